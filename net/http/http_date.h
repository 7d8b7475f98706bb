// The Date header of responses (RFC 9110, 6.6.1): wall time as an IMF-fixdate, kept as text.
//
// The text is rebuilt when its second is over, not for each response: the owner passes its current
// monotonic time to is_due(), and reads the wall clock only then. A step of the wall clock takes
// effect within a second.
//
// One thread; no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "engine/base/time.h"

namespace frontrow {

inline constexpr std::size_t kHttpDateSize = 29;

// Writes "Sun, 06 Nov 1994 08:49:37 GMT", kHttpDateSize characters, to out. Times outside the years
// 1970 to 9999 become the nearest one inside.
void format_http_date(Instant wall, char* out);

class HttpDate {
 public:
  bool is_due(std::int64_t monotonic_ms) const { return monotonic_ms >= due_ms_; }
  // wall: the time at monotonic_ms.
  void set(std::int64_t monotonic_ms, Instant wall);
  // The header line with its CRLF, the same until the next set(); empty before the first.
  std::string_view line() const { return {line_.data(), size_}; }

 private:
  static constexpr std::string_view kName = "Date: ";
  static constexpr std::string_view kEnd = "\r\n";

  std::int64_t due_ms_ = std::numeric_limits<std::int64_t>::min();  // monotonic
  std::size_t size_ = 0;
  std::array<char, kName.size() + kHttpDateSize + kEnd.size()> line_{};
};

}  // namespace frontrow
