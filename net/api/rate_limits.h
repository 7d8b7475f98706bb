// Limits on the requests of each client address and of each user: token buckets (the generic cell
// rate algorithm, ITU-T I.371), separately for joins, polls and writes.
//
// A bucket is one number, the theoretical arrival time of the next request: a request moves it on
// by one interval, and is refused if it would come to lie further ahead than a burst allows. A
// bucket whose time has passed is full, which is the state of one that was never used.
//
// Memory is fixed. Keys are hashed with a secret of the process into sets of eight; a new key takes
// the place of the one whose buckets are the fullest, so that of the keys in a set the busiest are
// remembered. Clients with a million addresses can make their own buckets forgotten, and with them
// those of others in the same sets: the limits then let more pass, and never refuse a client for
// the requests of another one.
//
// One for each thread, which counts the requests of its own connections: a client with connections
// on n threads has n times the rate. A check takes no lock and touches two or three cache lines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace frontrow {

enum class LimitedKind : std::uint8_t { kJoin, kPoll, kWrite };
inline constexpr std::size_t kLimitedKinds = 3;

struct RateRule {
  std::uint32_t per_second = 0;  // 0: no limit
  std::uint32_t burst = 1;       // requests at once
};
using RateRules = std::array<RateRule, kLimitedKinds>;  // by LimitedKind

class RateLimits {
 public:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kBytesOfEntry = 32;

  // `entries`: keys that are remembered, rounded up to a power of two of sets.
  RateLimits(const RateRules& rules, std::size_t entries);

  // Counts a request. 0: it may be served; otherwise the microseconds until it may. `key`: any
  // number that identifies the client, 0 is never limited. `now_us` never goes back.
  std::int64_t take(std::uint64_t key, LimitedKind kind, std::int64_t now_us);

  // Whether any kind is limited.
  bool is_on() const { return is_on_; }
  std::size_t capacity() const { return set_count_ * kWays; }

 private:
  struct Bucket {
    std::int64_t interval_us = 0;  // 0: no limit
    std::int64_t ahead_us_max = 0;
  };
  // Arrival times by kind.
  using Times = std::array<std::int64_t, kLimitedKinds>;
  struct alignas(64) Set {
    std::array<std::uint64_t, kWays> keys{};  // hashed; 0: free
    std::array<Times, kWays> times{};
  };
  static_assert(sizeof(Set) == kWays * kBytesOfEntry);

  static std::size_t place_of(Set& set, std::uint64_t hash);

  std::array<Bucket, kLimitedKinds> buckets_;
  bool is_on_ = false;
  const std::size_t set_count_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace frontrow
