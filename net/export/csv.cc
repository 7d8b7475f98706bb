#include "net/export/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "engine/base/uuid.h"

namespace frontrow {
namespace {

// True if a spreadsheet may evaluate the text: by its first character after blanks, which some
// programs remove, or because it begins with white space that only serves to hide a formula. The
// last four signs are the full-width forms.
bool is_formula(std::string_view text) {
  if (!text.empty() && std::string_view("\t\r\n").find(text.front()) != std::string_view::npos)
    return true;
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  constexpr std::string_view kBegins[] = {"=", "+", "-", "@", "＝", "＋", "－", "＠"};
  return std::any_of(std::begin(kBegins), std::end(kBegins),
                     [text](std::string_view sign) { return text.starts_with(sign); });
}

}  // namespace

void append_csv(std::string& out, std::string_view text) {
  // Blanks at the ends are part of a field (RFC 4180), but many readers remove them.
  const bool has_outer_blank = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  const std::string_view defuse = is_formula(text) ? "'" : "";
  if (text.find_first_of(",;\"\t\r\n") == text.npos && !has_outer_blank) {
    out += defuse;
    out += text;
    return;
  }
  out += '"';
  out += defuse;
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv(std::string& out, std::uint64_t value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

void append_csv(std::string& out, Money money) {
  const fmt::format_int digits(money.minor);
  out.append(digits.data(), digits.size());
}

void append_csv(std::string& out, const Currency& currency) { out += currency.text(); }

void append_csv(std::string& out, const UserId& user) {
  std::array<char, kUuidTextSize> text;
  format_uuid(user, text.data());
  out.append(text.data(), text.size());
}

void append_csv(std::string& out, Date date) { out += to_string(date); }

void append_csv(std::string& out, Instant instant) {
  if (!instant.is_set()) return;
  std::array<char, kInstantTextSize> text;
  format_instant(instant, text.data());
  out.append(text.data(), text.size());
}

void append_csv(std::string& out, const SeatList& seats) {
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (i > 0) out += ' ';
    append_csv(out, seats[i]);
  }
}

}  // namespace frontrow
