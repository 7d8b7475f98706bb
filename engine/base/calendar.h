// Dates and RFC 3339 times as text. Dates are proleptic Gregorian, years 1970..9999.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace frontrow {

// A day, or a time of a day to the minute, by the clocks of the place. The key of a showing: of two
// showings on a day, at least one has a time. A day without a time is before its times.
struct Date {
  static constexpr std::int32_t kNoTime = -1;
  std::int32_t days = 0;          // since 1970-01-01
  std::int32_t minute = kNoTime;  // of the day
  constexpr bool has_time() const { return minute != kNoTime; }
  constexpr auto operator<=>(const Date&) const = default;
};

// Parses "2026-12-24" or "2026-12-24T19:30": exactly 10 or 16 characters; the day and the time must
// exist.
std::optional<Date> parse_date(std::string_view text);
inline constexpr std::size_t kDateTextMax = 16;
// Writes 10 characters to out, 16 with a time; returns their count.
std::size_t format_date(Date date, char* out);
std::string to_string(Date date);

// A date in 32 bits, and back; nullopt if no date has these bits. A day without a time is the
// number of days, as in every log before times were kept.
std::uint32_t pack(Date date);
std::optional<Date> unpack_date(std::uint32_t packed);

// Parses an RFC 3339 time with a zone: "2026-12-24T20:00:00Z", with up to 9 fraction digits (cut to
// milliseconds) and any numeric offset. Leap seconds (:60) are rejected.
std::optional<Instant> parse_instant(std::string_view text);
inline constexpr int kInstantTextSize = 24;
// The last instant that has a text: the end of the year 9999.
inline constexpr Instant kInstantTextMax{253'402'300'799'999};
// Writes "2026-12-24T20:00:00.000Z", 24 characters, to out.
void format_instant(Instant instant, char* out);
std::string to_string(Instant instant);

}  // namespace frontrow
