// Times by the clocks of a place, from the IANA time zone database of the system (tzdata, by cctz).
//
// Any thread. The first use of a zone reads its file; later ones find it in memory.
#pragma once

#include <cctz/time_zone.h>

#include <optional>
#include <string_view>

#include "engine/base/calendar.h"
#include "engine/base/time.h"

namespace frontrow {

class LocalTime {
 public:
  // By the name of a place, such as Asia/Seoul, or UTC; nullopt if the database has no such zone.
  static std::optional<LocalTime> in(std::string_view zone);

  // A date with a time. Of a time that the clocks show twice, the first; one that they skip counts
  // as if they had not been put forward.
  Instant instant_of(Date date) const;
  // The end of a date's day, which is the begin of the next one.
  Instant end_of_day(Date date) const;

 private:
  explicit LocalTime(cctz::time_zone zone) : zone_(zone) {}
  cctz::time_zone zone_;
};

}  // namespace frontrow
