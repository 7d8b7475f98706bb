// Finds the fault of a text that is not JSON (RFC 8259, UTF-8), and its place.
//
// The slow second check, made only after the reader refused a body. It decides whether the text
// itself is broken, which takes precedence over any fault of a member, and gives the offset of the
// fault. Strict: no comments, no trailing comma, no byte order mark, no lone surrogate, no control
// character within a string, bounded depth. Pure; any thread; no allocation.
//
// simdjson 3.0 can't give that offset. Its first pass has no location at all for a string that does
// not end, a raw control character or bytes that are not UTF-8. document::current_location() is the
// start of a number or word or the token after a string, not the wrong byte, and 0 for a text that
// ends too early. Members that are skipped are not checked.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace frontrow {

inline constexpr int kJsonDepthMax = 16;  // objects and arrays within each other

struct JsonFault {
  std::size_t offset =
      0;  // of the first byte that cannot be right; the text's size if it ends too early
  const char* why = "";  // the expectation at that byte
};

std::optional<JsonFault> find_json_fault(std::string_view text);

}  // namespace frontrow
