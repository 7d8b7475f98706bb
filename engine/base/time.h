// Time in the engine: wall milliseconds since the Unix epoch. The core takes an Instant as an
// argument and never reads a clock.
#pragma once

#include <algorithm>
#include <atomic>
#include <compare>
#include <cstdint>
#include <limits>

namespace frontrow {

struct Duration {
  std::int64_t ms = 0;
  constexpr auto operator<=>(const Duration&) const = default;
};

struct Instant {
  std::int64_t ms = 0;  // since 1970-01-01T00:00:00Z; 0 means "not set" where a field is optional
  constexpr auto operator<=>(const Instant&) const = default;
  constexpr bool is_set() const { return ms != 0; }
};

constexpr Duration milliseconds(std::int64_t n) { return {n}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000}; }
constexpr Instant operator+(Instant t, Duration d) { return {t.ms + d.ms}; }
constexpr Instant operator-(Instant t, Duration d) { return {t.ms - d.ms}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

// Source of `now` for a process. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  // Moves the clock forward to `t` if the clock is behind; time runs on from there.
  virtual void not_before(Instant t) = 0;
};

// Wall time at construction plus the time that the monotonic clock has run since. A stepped wall
// clock (NTP, an operator, a suspended host) never expires a hold early nor keeps one alive. Slow
// corrections do reach this clock, because the kernel slews the monotonic clock too.
class SystemClock final : public Clock {
 public:
  SystemClock();
  Instant now() const override;
  void not_before(Instant t) override;

 private:
  std::atomic<std::int64_t> offset_ms_;
};

// A clock that moves only when set; for tests and simulations. One thread sets, any thread reads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_ms_(start.ms) {}
  Instant now() const override { return {now_ms_.load()}; }
  void not_before(Instant t) override { now_ms_ = std::max(now_ms_.load(), t.ms); }
  void advance(Duration d) { now_ms_ += d.ms; }
  void set(Instant t) { now_ms_ = t.ms; }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace frontrow
