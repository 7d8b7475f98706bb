// CSV as spreadsheets want it: RFC 4180 (CRLF, quotes where needed) in UTF-8 behind a byte order
// mark.
//
// A text that a spreadsheet could evaluate as a formula gets a leading apostrophe (OWASP, CSV
// injection). Numbers stay numbers, negative ones too. An unset value is an empty field. Pure
// functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/time.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// The UTF-8 byte order mark, the first bytes of a CSV file.
inline constexpr std::string_view kCsvMark = "\xEF\xBB\xBF";

// Appends one field of a CSV row: a text with a leading apostrophe if it could be a formula, and in
// quotes if needed. Several seats are separated by a space.
void append_csv(std::string& out, std::string_view text);
inline void append_csv(std::string& out, const char* text) {
  append_csv(out, std::string_view(text));
}
inline void append_csv(std::string& out, const std::string& text) {
  append_csv(out, std::string_view(text));
}
void append_csv(std::string& out, std::uint64_t value);
void append_csv(std::string& out, Money money);
void append_csv(std::string& out, const Currency& currency);
void append_csv(std::string& out, const UserId& user);
void append_csv(std::string& out, Date date);
void append_csv(std::string& out, Instant instant);
void append_csv(std::string& out, const SeatList& seats);
template <class T>
void append_csv(std::string& out, const std::optional<T>& value) {
  if (value) append_csv(out, *value);
}
template <class Tag, class Rep>
void append_csv(std::string& out, Id<Tag, Rep> id) {
  append_csv(out, std::uint64_t{id.value});
}

}  // namespace frontrow
