// base64url without padding (RFC 4648 section 5, as in RFC 7515), into buffers of the caller.
//
// Decoding is strict: no padding, no other alphabet, no whitespace, and unused bits at the end must
// be zero, so that each byte string has exactly one text. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace frontrow {

constexpr std::size_t base64url_size(std::size_t bytes) { return (bytes * 4 + 2) / 3; }

// Writes base64url_size(bytes.size()) characters to out and returns their end.
char* base64url_encode(std::span<const std::uint8_t> bytes, char* out);
std::string base64url_encode(std::span<const std::uint8_t> bytes);

// Decodes into out and returns the number of bytes; nullopt if the text is not strict base64url or
// does not fit.
std::optional<std::size_t> base64url_decode(std::string_view text, std::span<std::uint8_t> out);

}  // namespace frontrow
