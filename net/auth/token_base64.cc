#include "net/auth/token_base64.h"

#include <array>
#include <bit>
#include <cstring>

namespace frontrow {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr unsigned char kFiller = 'A';  // of value 0

// The bits that each of the four characters of a group adds to the group's three bytes, in the
// memory order of a little-endian machine. A value with kNone marks a character outside the
// alphabet.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint32_t kNone = 0x8000'0000;
using Values = std::array<std::uint32_t, 256>;

constexpr Values make_values(int place) {
  Values values{};
  values.fill(kNone);
  for (std::uint32_t i = 0; i < kAlphabet.size(); ++i) {
    const std::uint32_t bits = i << (18 - 6 * place);
    values[static_cast<unsigned char>(kAlphabet[i])] =
        bits >> 16 | (bits & 0xff00) | (bits & 0xff) << 16;
  }
  return values;
}

constexpr std::array<Values, 4> kValues = {make_values(0), make_values(1), make_values(2),
                                           make_values(3)};

std::uint32_t group_of(const unsigned char* at) {
  return kValues[0][at[0]] | kValues[1][at[1]] | kValues[2][at[2]] | kValues[3][at[3]];
}

}  // namespace

char* base64url_encode(std::span<const std::uint8_t> bytes, char* out) {
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const std::uint32_t v =
        std::uint32_t{bytes[at]} << 16 | std::uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
    *out++ = kAlphabet[v >> 18];
    *out++ = kAlphabet[v >> 12 & 63];
    *out++ = kAlphabet[v >> 6 & 63];
    *out++ = kAlphabet[v & 63];
  }
  const std::size_t left = bytes.size() - at;
  if (left == 0) return out;
  const std::uint32_t v =
      std::uint32_t{bytes[at]} << 16 | (left == 2 ? std::uint32_t{bytes[at + 1]} << 8 : 0U);
  *out++ = kAlphabet[v >> 18];
  *out++ = kAlphabet[v >> 12 & 63];
  if (left == 2) *out++ = kAlphabet[v >> 6 & 63];
  return out;
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
  std::string text(base64url_size(bytes.size()), ' ');
  base64url_encode(bytes, text.data());
  return text;
}

std::optional<std::size_t> base64url_decode(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t tail = text.size() % 4;
  const std::size_t size = text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1);
  if (tail == 1 || size > out.size()) return std::nullopt;
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const whole = from + (text.size() - tail);
  std::uint8_t* to = out.data();
  std::uint32_t seen = 0;
  for (; from != whole; from += 4, to += 3) {
    const std::uint32_t group = group_of(from);
    seen |= group;
    std::memcpy(to, &group, 3);
  }
  if (tail != 0) {
    const unsigned char last[4] = {from[0], from[1], tail == 3 ? from[2] : kFiller, kFiller};
    const std::uint32_t group = group_of(last);
    seen |= group;
    std::memcpy(to, &group, tail - 1);
    // Bits of the last character that belong to no byte must be zero.
    if ((group & kNone) == 0 && group >> (8 * (tail - 1)) != 0) return std::nullopt;
  }
  if ((seen & kNone) != 0) return std::nullopt;
  return size;
}

}  // namespace frontrow
