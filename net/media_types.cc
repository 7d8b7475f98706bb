#include "net/media_types.h"

#include <algorithm>

namespace frontrow {
namespace {

constexpr std::string_view kJson = "application/json";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view part = trim(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// "q=0", "q=0.000": not wanted.
bool is_excluded(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

std::string_view type_of(Produces produces) {
  switch (produces) {
    case Produces::kJson:
      return kJson;
    case Produces::kEvents:
      return "text/event-stream";
    case Produces::kText:
      return "text/plain";
    case Produces::kHtml:
      return "text/html";
    case Produces::kNothing:
      return {};
  }
  return {};
}

}  // namespace

bool accepts(std::string_view accept, Produces produces) {
  if (accept.empty() || produces == Produces::kNothing) return true;
  const std::string_view type = type_of(produces);
  if (accept == type || accept == "*/*") return true;  // as nearly all ask
  const std::string_view main_type = type.substr(0, type.find('/'));
  // The most specific range that matches decides.
  int best = 0;
  bool wanted = false;
  while (!accept.empty()) {
    std::string_view range = take_until(accept, ',');
    const std::string_view name = take_until(range, ';');
    int specific = 0;
    if (name == "*/*") specific = 1;
    if (name.size() > 2 && name.ends_with("/*") &&
        equal_ignoring_case(name.substr(0, name.size() - 2), main_type)) {
      specific = 2;
    }
    if (equal_ignoring_case(name, type)) specific = 3;
    if (specific <= best) continue;
    best = specific;
    wanted = !is_excluded(range);
  }
  return wanted;
}

bool is_json(std::string_view content_type) {
  if (content_type == kJson) return true;  // as nearly all send it
  if (!equal_ignoring_case(take_until(content_type, ';'), kJson)) return false;
  while (!content_type.empty()) {
    const std::string_view parameter = take_until(content_type, ';');
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    if (!equal_ignoring_case(parameter.substr(0, equals), "charset")) continue;
    std::string_view charset = parameter.substr(std::min(equals + 1, parameter.size()));
    if (charset.size() >= 2 && charset.front() == '"')
      charset = charset.substr(1, charset.size() - 2);
    if (!equal_ignoring_case(charset, "utf-8")) return false;
  }
  return true;
}

}  // namespace frontrow
