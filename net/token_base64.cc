#include "net/token_base64.h"

#include <array>

namespace frontrow {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Any value above 63 marks a character that is none of the alphabet.
constexpr std::uint8_t kNone = 0x80;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto kValues = make_values();

std::uint32_t value_at(std::string_view text, std::size_t at) {
  return kValues[static_cast<unsigned char>(text[at])];
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
  std::size_t at = 0;
  std::size_t to = 0;
  std::uint32_t bad = 0;
  // On the way of every request: the sizes were checked above, once.
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  std::uint8_t* bytes = out.data();
  for (; at + 4 <= text.size(); at += 4, to += 3) {
    const std::uint32_t a = kValues.data()[from[at]];
    const std::uint32_t b = kValues.data()[from[at + 1]];
    const std::uint32_t c = kValues.data()[from[at + 2]];
    const std::uint32_t d = kValues.data()[from[at + 3]];
    bad |= a | b | c | d;
    bytes[to] = static_cast<std::uint8_t>(a << 2 | b >> 4);
    bytes[to + 1] = static_cast<std::uint8_t>(b << 4 | c >> 2);
    bytes[to + 2] = static_cast<std::uint8_t>(c << 6 | d);
  }
  if (tail != 0) {
    const std::uint32_t a = value_at(text, at);
    const std::uint32_t b = value_at(text, at + 1);
    const std::uint32_t c = tail == 3 ? value_at(text, at + 2) : 0;
    bad |= a | b | c;
    out[to] = static_cast<std::uint8_t>(a << 2 | b >> 4);
    if (tail == 3) out[to + 1] = static_cast<std::uint8_t>(b << 4 | c >> 2);
    const std::uint32_t unused_bits = tail == 2 ? b & 15 : c & 3;
    if (unused_bits != 0) return std::nullopt;
  }
  if ((bad & kNone) != 0) return std::nullopt;
  return size;
}

}  // namespace frontrow
