// Text of protocols, files and command lines: ASCII only, no locale. Pure functions.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace frontrow {

// Parses the whole text as a number. nullopt: a character is left, the number does not fit T, or T
// is unsigned and the text has a sign.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || read_to != end) return std::nullopt;
  return number;
}

// The same for hexadecimal digits without a prefix.
inline std::optional<std::uint64_t> parse_hex_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number, 16);
  if (error != std::errc{} || read_to != end) return std::nullopt;
  return number;
}

// Removes the number at the beginning of the text and returns it. nullopt: there is none.
template <class T>
std::optional<T> take_number(std::string_view& text) {
  T number{};
  const auto [read_to, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read_to - text.data()));
  return number;
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

// The text without the spaces and tabs around it.
constexpr std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace frontrow
