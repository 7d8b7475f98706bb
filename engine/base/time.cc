#include "engine/base/time.h"

#include <chrono>

namespace frontrow {

template <class C>
static std::int64_t clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(C::now().time_since_epoch()).count();
}

SystemClock::SystemClock()
    : offset_ms_(clock_ms<std::chrono::system_clock>() - clock_ms<std::chrono::steady_clock>()) {}

Instant SystemClock::now() const {
  return {clock_ms<std::chrono::steady_clock>() + offset_ms_.load(std::memory_order_relaxed)};
}

void SystemClock::not_before(Instant t) {
  const std::int64_t behind_ms = t.ms - now().ms;
  if (behind_ms > 0) offset_ms_.fetch_add(behind_ms, std::memory_order_relaxed);
}

}  // namespace frontrow
