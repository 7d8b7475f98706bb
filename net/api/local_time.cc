#include "net/api/local_time.h"

#include <cctz/civil_time.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>

#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo/";

// A name becomes a path in the database: only letters, digits and few signs, in parts that begin
// with an upper-case letter, as those of all places do.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kTimeZoneBytesMax) return false;
  bool begins = true;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (begins && !is_upper) return false;
    begins = c == '/';
    const bool is_other = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                          c == '-' || c == '+' || c == '/';
    if (!is_upper && !is_other) return false;
  }
  return !begins;
}

cctz::civil_second civil_day(Date date) {
  return cctz::civil_second(cctz::civil_day(1970, 1, 1) + date.days);
}

Instant instant_at(const cctz::civil_second& civil, const cctz::time_zone& zone) {
  const auto since = zone.lookup(civil).pre.time_since_epoch();
  // 1970-01-01 east of Greenwich begins before the first instant, and 9999-12-31 ends after the
  // last.
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  return Instant{std::clamp<std::int64_t>(ms, 1, kInstantTextMax.ms)};
}

}  // namespace

std::optional<LocalTime> LocalTime::in(std::string_view zone) {
  if (!is_zone_name(zone)) return std::nullopt;
  // cctz remembers each name, also of zones that do not exist.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(std::string(kDatabase).append(zone), ignored))
    return std::nullopt;
  cctz::time_zone found;
  if (!cctz::load_time_zone(std::string(zone), &found)) return std::nullopt;
  return LocalTime(found);
}

Instant LocalTime::instant_of(Date date) const {
  return instant_at(civil_day(date) + date.minute * 60, zone_);
}

Instant LocalTime::end_of_day(Date date) const {
  return instant_at(civil_day({date.days + 1}), zone_);
}

}  // namespace frontrow
