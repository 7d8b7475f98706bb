#include "net/http/server/write_progress.h"

#include <algorithm>

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace frontrow {
namespace {

// The window of a reader's rate, as a multiple of the deadline of a stalled reader.
constexpr std::int64_t kRateWindows = 3;

}  // namespace

std::uint64_t unacknowledged_bytes(int fd) {
  int bytes = 0;
  return ::ioctl(fd, SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

void WriteProgress::begin(int fd, std::int64_t now_ms) {
  measure(fd, now_ms);
  since_ms_ = window_since_ms_ = now_ms;
  window_bytes_ = acknowledged_;
}

void WriteProgress::measure(int fd, std::int64_t now_ms) {
  const std::uint64_t on_the_way = unacknowledged_bytes(fd);
  const std::uint64_t acknowledged = given_ - std::min(given_, on_the_way);
  if (acknowledged == acknowledged_) return;
  acknowledged_ = acknowledged;
  since_ms_ = now_ms;
}

bool WriteProgress::suffices(int fd, std::int64_t now_ms, const HttpLimits& limits) {
  measure(fd, now_ms);
  if (now_ms - since_ms_ >= limits.stalled_write_ms) return false;
  const std::int64_t window_ms = now_ms - window_since_ms_;
  if (window_ms < kRateWindows * limits.stalled_write_ms) return true;
  const std::uint64_t taken = acknowledged_ - window_bytes_;
  if (taken * 1000 < limits.write_rate_min * static_cast<std::uint64_t>(window_ms)) return false;
  window_bytes_ = acknowledged_;
  window_since_ms_ = now_ms;
  return true;
}

}  // namespace frontrow
