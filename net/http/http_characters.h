// Classes of bytes in HTTP (RFC 9110, 5.5 and 5.6.2). Constant tables, any thread.
#pragma once

#include <array>
#include <string_view>

#include "engine/base/text.h"

namespace frontrow {

namespace characters {
// Characters of a method, a field's name and the like (tchar).
inline constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (const unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  return table;
}();
}  // namespace characters

constexpr bool is_token_byte(char c) { return characters::kToken[static_cast<unsigned char>(c)]; }

// The value of a hexadecimal digit; -1 for other characters.
constexpr int hexadecimal(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Bytes of a field's value: visible characters, space, tab, and those beyond ASCII.
constexpr bool is_field_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace frontrow
