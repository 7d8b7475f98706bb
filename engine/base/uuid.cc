#include "engine/base/uuid.h"

namespace frontrow {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_at(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::optional<UserId> parse_uuid(std::string_view text) {
  if (text.size() != kUuidTextSize) return std::nullopt;
  UserId user;
  std::size_t byte = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (dash_at(i)) {
      if (text[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    user.bytes[byte++] = static_cast<std::uint8_t>(high << 4 | low);
    i += 2;
  }
  if (user.is_nil()) return std::nullopt;
  return user;
}

void format_uuid(const UserId& user, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::size_t at = 0;
  for (const std::uint8_t byte : user.bytes) {
    if (dash_at(at)) out[at++] = '-';
    out[at++] = kDigits[byte >> 4];
    out[at++] = kDigits[byte & 15];
  }
}

std::string to_string(const UserId& user) {
  std::string text(kUuidTextSize, ' ');
  format_uuid(user, text.data());
  return text;
}

}  // namespace frontrow
