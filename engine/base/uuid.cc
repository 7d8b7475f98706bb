#include "engine/base/uuid.h"

#include <array>
#include <cstdint>

namespace frontrow {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[std::size_t{'0'} + i] = i;
  for (std::uint8_t i = 10; i < 16; ++i) {
    values[std::size_t{'a'} + i - 10] = values[std::size_t{'A'} + i - 10] = i;
  }
  return values;
}();

// Text offset of the first digit of each byte: groups of 4, 2, 2, 2 and 6 bytes, dashes between.
constexpr std::array<std::uint8_t, 16> kPlaces = {0,  2,  4,  6,  9,  11, 14, 16,
                                                  19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

std::optional<UserId> parse_uuid(std::string_view text) {
  if (text.size() != kUuidTextSize) return std::nullopt;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return std::nullopt;
  UserId user;
  unsigned seen = 0;
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    const unsigned high = kDigitValues[static_cast<unsigned char>(text[kPlaces[i]])];
    const unsigned low = kDigitValues[static_cast<unsigned char>(text[kPlaces[i] + 1U])];
    seen |= high | low;
    user.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (seen > 15 || user.is_nil()) return std::nullopt;
  return user;
}

void format_uuid(const UserId& user, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out[8] = out[13] = out[18] = out[23] = '-';
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    out[kPlaces[i]] = kDigits[user.bytes[i] >> 4];
    out[kPlaces[i] + 1U] = kDigits[user.bytes[i] & 15];
  }
}

std::string to_string(const UserId& user) {
  std::string text(kUuidTextSize, ' ');
  format_uuid(user, text.data());
  return text;
}

}  // namespace frontrow
