// SHA-256 (FIPS 180-4) of the bytes of a message, by OpenSSL, and 32 bytes as hexadecimal digits.
// Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace frontrow {

using Bytes32 = std::array<std::byte, 32>;

Bytes32 sha256_of(std::span<const std::byte> message);

// 64 hexadecimal digits, lower case; parsed in either case.
std::string to_hex(const Bytes32& bytes);
std::optional<Bytes32> parse_bytes32(std::string_view hex);

}  // namespace frontrow
