// Dates and RFC 3339 times as text. Dates are proleptic Gregorian, years 1970..9999.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace frontrow {

struct Date {
  std::int32_t days = 0;  // since 1970-01-01
  constexpr auto operator<=>(const Date&) const = default;
};

// Parses "2026-12-24": exactly ten characters, and the day must exist.
std::optional<Date> parse_date(std::string_view text);
// Writes 10 characters to out.
void format_date(Date date, char* out);
std::string to_string(Date date);

// Parses an RFC 3339 time with a zone: "2026-12-24T20:00:00Z", with up to 9 fraction digits (cut to
// milliseconds) and any numeric offset. Leap seconds (:60) are rejected.
std::optional<Instant> parse_instant(std::string_view text);
inline constexpr int kInstantTextSize = 24;
// Writes "2026-12-24T20:00:00.000Z", 24 characters, to out.
void format_instant(Instant instant, char* out);
std::string to_string(Instant instant);

}  // namespace frontrow
