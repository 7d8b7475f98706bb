#include "engine/base/time.h"

#include <chrono>

namespace frontrow {

template <class C>
static std::int64_t clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(C::now().time_since_epoch()).count();
}

SystemClock::SystemClock()
    : offset_ms_(clock_ms<std::chrono::system_clock>() - clock_ms<std::chrono::steady_clock>()) {}

Instant SystemClock::now() const { return {clock_ms<std::chrono::steady_clock>() + offset_ms_}; }

}  // namespace frontrow
