// Finds what is wrong with a text that is not JSON (RFC 8259, UTF-8), and where.
//
// The slow second look of the reader, taken only when a body was refused: it decides whether the
// text itself is broken, which goes before any fault of a member, and gives the byte at which it
// breaks. Strict: no comments, no trailing comma, no byte order mark, no lone surrogate, no control
// character within a string, depth bounded. Pure; any thread; allocates nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace frontrow {

inline constexpr int kJsonDepthMax = 16;  // objects and arrays within each other

struct JsonFault {
  std::size_t offset =
      0;  // of the first byte that cannot be right; the text's size if it ends too early
  const char* why = "";  // what was expected there
};

std::optional<JsonFault> find_json_fault(std::string_view text);

}  // namespace frontrow
