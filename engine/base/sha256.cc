#include "engine/base/sha256.h"

#include <openssl/sha.h>

namespace frontrow {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

Bytes32 sha256_of(std::span<const std::byte> message) {
  Bytes32 digest;
  SHA256(reinterpret_cast<const unsigned char*>(message.data()), message.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string to_hex(const Bytes32& bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const std::byte b : bytes) {
    for (const int digit : {std::to_integer<int>(b) >> 4, std::to_integer<int>(b) & 15})
      hex += "0123456789abcdef"[digit];
  }
  return hex;
}

std::optional<Bytes32> parse_bytes32(std::string_view hex) {
  Bytes32 bytes;
  if (hex.size() != 2 * bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return bytes;
}

}  // namespace frontrow
