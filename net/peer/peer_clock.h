// The time of the links between instances: a monotonic clock, whose zero has no meaning to other
// instances. The stamps in a peer's frames serve to translate the times of its clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace frontrow {

class PeerClock {
 public:
  virtual ~PeerClock() = default;
  virtual std::int64_t now_us() const = 0;
};

class SteadyPeerClock final : public PeerClock {
 public:
  std::int64_t now_us() const override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }
};

// Our clock minus a peer's. Each sample is too large by the transit time of its frame, so the
// smallest one is the nearest; only the last two windows of time count, as clocks drift apart. A
// translated deadline is never earlier than the true one, and later by the transit time of the
// fastest frame.
class PeerClockOffset {
 public:
  static constexpr std::int64_t kWindowMs = 10'000;

  void sample(std::int64_t offset_ms, std::int64_t now_ms) {
    if (!begun_ || now_ms - window_began_ms_ > kWindowMs) {
      before_ = begun_ ? current_ : offset_ms;
      current_ = offset_ms;
      window_began_ms_ = now_ms;
      begun_ = true;
    }
    current_ = std::min(current_, offset_ms);
  }
  std::int64_t ms() const { return std::min(before_, current_); }

 private:
  bool begun_ = false;
  std::int64_t before_ = 0;
  std::int64_t current_ = 0;
  std::int64_t window_began_ms_ = 0;
};

}  // namespace frontrow
