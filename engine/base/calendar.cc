#include "engine/base/calendar.h"

#include <chrono>

namespace frontrow {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kYear10000Ms =
    std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}.time_since_epoch().count() * kDayMs;

// A date with a time in 32 bits: days up to the year 4840.
constexpr std::uint32_t kTimeBit = std::uint32_t{1} << 31;
constexpr unsigned kMinuteBits = 11;
constexpr std::uint32_t kMinutesPerDay = 24 * 60;
constexpr std::int32_t kDaysWithTimeMax = (1 << (31 - kMinuteBits)) - 1;

// Reads exactly `digits` decimal digits; -1 if a character is not a digit.
int read_digits(std::string_view text, std::size_t at, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    const char c = text[at + static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

void write_digits(char* out, int digits, int value) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Offset from UTC in minutes at the end of an RFC 3339 time ("Z", "+09:00"); nullopt if malformed.
std::optional<int> parse_zone(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const int hours = read_digits(zone, 1, 2);
  const int minutes = read_digits(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() == kDateTextMax) {
    std::optional<Date> date = parse_date(text.substr(0, 10));
    const int h = read_digits(text, 11, 2);
    const int m = read_digits(text, 14, 2);
    if (!date || text[10] != 'T' || text[13] != ':') return std::nullopt;
    if (h < 0 || h > 23 || m < 0 || m > 59 || date->days > kDaysWithTimeMax) return std::nullopt;
    date->minute = h * 60 + m;
    return date;
  }
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int y = read_digits(text, 0, 4);
  const int m = read_digits(text, 5, 2);
  const int d = read_digits(text, 8, 2);
  if (y < 1970 || m < 1 || d < 1) return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year{y},
                                        std::chrono::month{static_cast<unsigned>(m)},
                                        std::chrono::day{static_cast<unsigned>(d)}};
  if (!ymd.ok()) return std::nullopt;
  return Date{static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

std::size_t format_date(Date date, char* out) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days{std::chrono::days{date.days}}};
  write_digits(out, 4, static_cast<int>(ymd.year()));
  out[4] = '-';
  write_digits(out + 5, 2, static_cast<int>(static_cast<unsigned>(ymd.month())));
  out[7] = '-';
  write_digits(out + 8, 2, static_cast<int>(static_cast<unsigned>(ymd.day())));
  if (!date.has_time()) return 10;
  out[10] = 'T';
  write_digits(out + 11, 2, date.minute / 60);
  out[13] = ':';
  write_digits(out + 14, 2, date.minute % 60);
  return kDateTextMax;
}

std::string to_string(Date date) {
  std::string text(kDateTextMax, ' ');
  text.resize(format_date(date, text.data()));
  return text;
}

// With a time, the uppermost bit is set; below it are the days (20 bits) and the minute (11 bits).
std::uint32_t pack(Date date) {
  if (!date.has_time()) return static_cast<std::uint32_t>(date.days);
  return kTimeBit | static_cast<std::uint32_t>(date.days) << kMinuteBits |
         static_cast<std::uint32_t>(date.minute);
}

std::optional<Date> unpack_date(std::uint32_t packed) {
  if ((packed & kTimeBit) == 0) return Date{static_cast<std::int32_t>(packed)};
  const std::uint32_t minute = packed & ((1U << kMinuteBits) - 1);
  if (minute >= kMinutesPerDay) return std::nullopt;
  const std::uint32_t days = (packed & ~kTimeBit) >> kMinuteBits;
  return Date{static_cast<std::int32_t>(days), static_cast<std::int32_t>(minute)};
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  if (!date || text[13] != ':' || text[16] != ':') return std::nullopt;
  const int h = read_digits(text, 11, 2);
  const int m = read_digits(text, 14, 2);
  const int s = read_digits(text, 17, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return std::nullopt;
  std::size_t at = 19;
  int ms = 0;
  if (text[at] == '.') {
    std::size_t digits = 0;
    for (int scale = 100; at + 1 + digits < text.size(); ++digits, scale /= 10) {
      const char c = text[at + 1 + digits];
      if (c < '0' || c > '9') break;
      ms += (c - '0') * scale;
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    at += 1 + digits;
  }
  const auto zone = parse_zone(text.substr(at));
  if (!zone) return std::nullopt;
  const std::int64_t day_s = h * 3600 + m * 60 + s - *zone * 60;
  const Instant instant{date->days * kDayMs + day_s * 1000 + ms};
  // An offset can move the time out of the years that format_instant() can write.
  if (instant.ms < 0 || instant.ms >= kYear10000Ms) return std::nullopt;
  return instant;
}

void format_instant(Instant instant, char* out) {
  std::int64_t days = instant.ms / kDayMs;
  std::int64_t ms = instant.ms % kDayMs;
  if (ms < 0) {
    ms += kDayMs;
    --days;
  }
  format_date(Date{static_cast<std::int32_t>(days)}, out);
  out[10] = 'T';
  write_digits(out + 11, 2, static_cast<int>(ms / 3'600'000));
  out[13] = ':';
  write_digits(out + 14, 2, static_cast<int>(ms / 60'000 % 60));
  out[16] = ':';
  write_digits(out + 17, 2, static_cast<int>(ms / 1000 % 60));
  out[19] = '.';
  write_digits(out + 20, 3, static_cast<int>(ms % 1000));
  out[23] = 'Z';
}

std::string to_string(Instant instant) {
  std::string text(kInstantTextSize, ' ');
  format_instant(instant, text.data());
  return text;
}

}  // namespace frontrow
