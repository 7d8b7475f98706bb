#include "net/http/media_types.h"

#include <algorithm>

#include "engine/base/text.h"

namespace frontrow {
namespace {

constexpr std::string_view kJson = "application/json";

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view part = trimmed(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// "q=0", "q=0.000": the type is excluded.
bool is_excluded(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] | 0x20) != 'q' || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

// The weight among parameters, in thousandths (RFC 9110, 12.4.2); 1000 without one, 0 for a
// malformed one.
int weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = take_until(parameters, ';');
    if (parameter.size() < 2 || (parameter[0] | 0x20) != 'q' || parameter[1] != '=') continue;
    const std::string_view text = parameter.substr(2);
    const bool is_number = !text.empty() && text.size() <= 5 &&
                           (text[0] == '0' || text[0] == '1') &&
                           (text.size() == 1 || text[1] == '.') &&
                           text.find_first_not_of("0123456789", 2) == std::string_view::npos;
    if (!is_number) return 0;
    int weight = (text[0] - '0') * 1000;
    for (std::size_t i = 2, unit = 100; i < text.size(); ++i, unit /= 10)
      weight += (text[i] - '0') * static_cast<int>(unit);
    return std::min(weight, 1000);
  }
  return 1000;
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
    case Produces::kHtmlOrJson:
      return "text/html";
    case Produces::kTable:
      return "text/csv";
    case Produces::kNothing:
    case Produces::kPageFile:
      return {};
  }
  return {};
}

bool accepts_type(std::string_view accept, std::string_view type) {
  if (accept == type || accept == "*/*") return true;  // the usual headers
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

struct CodingWeights {
  int gzip = -1;  // -1: not named
  int zstd = -1;
  int identity = -1;
};

CodingWeights coding_weights(std::string_view accept_encoding) {
  CodingWeights weights;
  int others = -1;
  while (!accept_encoding.empty()) {
    std::string_view parameters = take_until(accept_encoding, ',');
    const std::string_view coding = take_until(parameters, ';');
    const int weight = weight_of(parameters);
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
      weights.gzip = weight;
    if (equal_ignoring_case(coding, "zstd")) weights.zstd = weight;
    if (equal_ignoring_case(coding, "identity")) weights.identity = weight;
    if (coding == "*") others = weight;
  }
  // "*" covers codings that are not named. No coding is always accepted, as the last choice, unless
  // the header says otherwise.
  if (weights.gzip < 0) weights.gzip = others;
  return weights;
}

}  // namespace

bool accepts(std::string_view accept, Produces produces) {
  if (accept.empty() || type_of(produces).empty()) return true;
  if (produces == Produces::kHtmlOrJson && accepts(accept, Produces::kJson)) return true;
  if (produces == Produces::kTable && accepts_type(accept, "application/x-ndjson")) return true;
  return accepts_type(accept, type_of(produces));
}

bool prefers_gzip(std::string_view accept_encoding) {
  const CodingWeights weights = coding_weights(accept_encoding);
  return weights.gzip > 0 && weights.gzip >= weights.identity;
}

bool prefers_zstd(std::string_view accept_encoding) {
  const CodingWeights weights = coding_weights(accept_encoding);
  return weights.zstd > 0 && weights.zstd >= std::max(weights.gzip, weights.identity);
}

bool is_json(std::string_view content_type) {
  if (content_type == kJson) return true;  // the usual header
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
