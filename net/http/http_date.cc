#include "net/http/http_date.h"

#include <algorithm>
#include <chrono>

namespace frontrow {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t kYear10000Ms =
    chrono::milliseconds{chrono::sys_days{chrono::year{10000} / 1 / 1}.time_since_epoch()}.count();

char* put(std::string_view text, char* out) { return std::copy(text.begin(), text.end(), out); }

char* put_digits(unsigned value, int digits, char* out) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + digits;
}

}  // namespace

void format_http_date(Instant wall, char* out) {
  static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const chrono::sys_time<chrono::milliseconds> time{
      chrono::milliseconds{std::clamp<std::int64_t>(wall.ms, 0, kYear10000Ms - 1)}};
  const chrono::sys_days day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{chrono::floor<chrono::seconds>(time - day)};
  const auto number = [](auto count) { return static_cast<unsigned>(count); };

  out = put(kDays[chrono::weekday{day}.c_encoding()], out);
  out = put_digits(number(date.day()), 2, put(", ", out));
  out = put(kMonths[number(date.month()) - 1], put(" ", out));
  out = put_digits(number(int{date.year()}), 4, put(" ", out));
  out = put_digits(number(clock.hours().count()), 2, put(" ", out));
  out = put_digits(number(clock.minutes().count()), 2, put(":", out));
  out = put_digits(number(clock.seconds().count()), 2, put(":", out));
  put(" GMT", out);
}

void HttpDate::set(std::int64_t monotonic_ms, Instant wall) {
  char* const date = put(kName, line_.data());
  format_http_date(wall, date);
  put(kEnd, date + kHttpDateSize);
  size_ = line_.size();
  due_ms_ = monotonic_ms + 1000 - wall.ms % 1000;
}

}  // namespace frontrow
