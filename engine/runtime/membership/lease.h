// The lease of an owner: how long it may decide on commands without asking the other members.
//
// A beat extends the lease to 1.5 s after it was *sent*, as soon as it is known to have taken
// effect. Other members declare a member dead only after its record stood still for 2 s of their
// own clocks, counted from when they saw the record (liveness.h), which is after the beat was sent.
// So the lease has ended by then, although no clock is compared with another one: the clocks need
// only run at the same rate, to a few percent.
//
// The lease protects replies that leave nothing in the log. A write is fenced by the shared log,
// with or without a lease.
//
//   decide; then take the clock's time; reply only if the lease is valid at that time
//
// The time is to be taken after the slot was read: a thread may stand still between two
// instructions, and the slot may have another owner when it goes on.
//
// The clock is the kernel's CLOCK_BOOTTIME: monotonic, and it counts the time in which the machine
// slept. It does not count the time in which a hypervisor stopped the whole machine. An owner that
// was stopped so may answer reads from a slot that has another owner by then, until its clock has
// used up the lease; its writes are fenced.
//
// Threads: is_valid() from any; the others from any, usually that of the beats.
#pragma once

#include <time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>

namespace frontrow {

inline constexpr std::int64_t kLeaseMs = 1500;

// The monotonic clock of leases and beats, in milliseconds; injected for tests.
using MonotonicMs = std::function<std::int64_t()>;

inline std::int64_t monotonic_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class Lease {
 public:
  bool is_valid(std::int64_t now_ms) const {
    return now_ms < until_ms_.load(std::memory_order_acquire);
  }

  // The end of the lease, in the past if it is not valid.
  std::int64_t until_ms() const { return until_ms_.load(std::memory_order_acquire); }

  // By a beat that was sent at `sent_ms` and has taken effect. The result of an older beat moves
  // nothing back.
  void extend(std::int64_t sent_ms) {
    std::int64_t until_ms = until_ms_.load(std::memory_order_relaxed);
    while (until_ms != kRevoked && until_ms < sent_ms + kLeaseMs) {
      if (until_ms_.compare_exchange_weak(until_ms, sent_ms + kLeaseMs, std::memory_order_release,
                                          std::memory_order_relaxed)) {
        return;
      }
    }
  }

  // For ever: no beat extends it again.
  void revoke() { until_ms_.store(kRevoked, std::memory_order_release); }
  bool is_revoked() const { return until_ms() == kRevoked; }

 private:
  static constexpr std::int64_t kRevoked = std::numeric_limits<std::int64_t>::min();

  std::atomic<std::int64_t> until_ms_{kRevoked + 1};
};

}  // namespace frontrow
