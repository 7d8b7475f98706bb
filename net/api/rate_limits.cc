#include "net/api/rate_limits.h"

#include <algorithm>
#include <bit>

#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;  // of a second

}  // namespace

RateLimits::RateLimits(const RateRules& rules, std::size_t entries)
    : set_count_(std::bit_ceil(std::max<std::size_t>(1, entries / kWays))) {
  for (std::size_t i = 0; i < kLimitedKinds; ++i) {
    const RateRule& rule = rules[i];
    if (rule.per_second == 0) continue;
    const std::int64_t interval = std::max<std::int64_t>(1, kMicroseconds / rule.per_second);
    buckets_[i] = {interval, interval * std::max(1U, rule.burst)};
    is_on_ = true;
  }
  if (is_on_) sets_ = std::make_unique<Set[]>(set_count_);
}

// The place of the key, or else that of the key whose latest arrival time is the earliest.
std::size_t RateLimits::place_of(Set& set, std::uint64_t hash) {
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.keys[way] == hash) return way;
  }
  const auto busy_until = [&set](std::size_t way) { return std::ranges::max(set.times[way]); };
  std::size_t fullest = 0;
  for (std::size_t way = 1; way < kWays; ++way) {
    if (busy_until(way) < busy_until(fullest)) fullest = way;
  }
  set.keys[fullest] = hash;
  set.times[fullest] = {};
  return fullest;
}

std::int64_t RateLimits::take(std::uint64_t key, LimitedKind kind, std::int64_t now_us) {
  const auto index = static_cast<std::size_t>(kind);
  const Bucket& bucket = buckets_[index];
  if (bucket.interval_us == 0 || key == 0) return 0;
  const std::uint64_t hash = mix64(key ^ process_hash_secret()) | 1;
  Set& set = sets_[hash >> 1 & (set_count_ - 1)];
  std::int64_t& arrival = set.times[place_of(set, hash)][index];
  const std::int64_t next = std::max(arrival, now_us) + bucket.interval_us;
  const std::int64_t wait = next - now_us - bucket.ahead_us_max;
  if (wait > 0) return wait;
  arrival = next;
  return 0;
}

}  // namespace frontrow
