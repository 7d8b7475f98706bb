#include "net/http/server/http_clock.h"

#include <chrono>

namespace frontrow {
namespace {

template <class Clock>
std::int64_t ms_since_epoch() {
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

void HttpClock::update() {
  now_ms_ = ms_since_epoch<std::chrono::steady_clock>();
  if (!date_.is_due(now_ms_)) return;
  date_.set(now_ms_, Instant{ms_since_epoch<std::chrono::system_clock>()});
}

}  // namespace frontrow
