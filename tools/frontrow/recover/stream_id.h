// A stream's id as the commands print and read it: 16 hexadecimal digits. Any thread.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace frontrow::recover {

inline constexpr std::size_t kStreamDigits = 16;

inline std::string stream_text(std::uint64_t stream) { return fmt::format("{:016x}", stream); }

// Empty for any other text than 1 to 16 hexadecimal digits.
inline std::optional<std::uint64_t> parse_stream(std::string_view text) {
  std::uint64_t stream = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, stream, 16);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == end;
  if (text.empty() || text.size() > kStreamDigits || !is_whole) return std::nullopt;
  return stream;
}

}  // namespace frontrow::recover
