#include "net/api/rate_limits.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kBegin = 1000 * kSecond;

RateRules rules(std::uint32_t joins, std::uint32_t polls, std::uint32_t writes) {
  return {{{joins, 2}, {polls, 10}, {writes, 1}}};
}

int allowed_of(RateLimits& limits, std::uint64_t key, LimitedKind kind, std::int64_t now_us,
               int requests) {
  int allowed = 0;
  for (int i = 0; i < requests; ++i) allowed += limits.take(key, kind, now_us) == 0 ? 1 : 0;
  return allowed;
}

TEST(RateLimits, burst_passes_at_once_and_then_the_rate) {
  RateLimits limits(rules(1, 5, 2), 64);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin, 50), 10);
  EXPECT_EQ(limits.take(7, LimitedKind::kPoll, kBegin), kSecond / 5);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin + kSecond / 5 - 1, 50), 0);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin + kSecond / 5, 50), 1);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin + 2 * kSecond, 50), 9);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin + 100 * kSecond, 50), 10);
}

TEST(RateLimits, kinds_and_clients_are_apart) {
  RateLimits limits(rules(1, 5, 2), 64);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kJoin, kBegin, 50), 2);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kWrite, kBegin, 50), 1);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin, 50), 10);
  EXPECT_EQ(allowed_of(limits, 8, LimitedKind::kJoin, kBegin, 50), 2);
}

TEST(RateLimits, kind_without_a_rate_and_the_key_zero_are_not_limited) {
  RateLimits limits(rules(1, 0, 2), 64);
  EXPECT_TRUE(limits.is_on());
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin, 50), 50);
  EXPECT_EQ(allowed_of(limits, 0, LimitedKind::kJoin, kBegin, 50), 50);
  RateLimits off(RateRules{}, 64);
  EXPECT_FALSE(off.is_on());
  EXPECT_EQ(allowed_of(off, 7, LimitedKind::kJoin, kBegin, 50), 50);
}

// Against a map that forgets nobody: where all keys have places, the answers are the same.
TEST(RateLimits, answers_are_those_of_a_naive_model) {
  constexpr std::uint64_t kKeys = 20;
  RateLimits limits(rules(3, 50, 7), 4096);
  std::map<std::pair<std::uint64_t, int>, std::int64_t> arrivals;
  const std::int64_t intervals[] = {kSecond / 3, kSecond / 50, kSecond / 7};
  const std::int64_t bursts[] = {2, 10, 1};
  Prng prng(4);
  std::int64_t now = kBegin;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    now += static_cast<std::int64_t>(prng.below(4'000));
    const std::uint64_t key = 1 + prng.below(kKeys);
    const int kind = static_cast<int>(prng.below(3));
    std::int64_t& arrival = arrivals[{key, kind}];
    const std::int64_t next = std::max(arrival, now) + intervals[kind];
    const std::int64_t wait =
        std::max<std::int64_t>(0, next - now - bursts[kind] * intervals[kind]);
    if (wait == 0) arrival = next;
    refused += wait == 0 ? 0 : 1;
    ASSERT_EQ(limits.take(key, static_cast<LimitedKind>(kind), now), wait) << i;
  }
  EXPECT_GT(refused, 1000);
}

TEST(RateLimits, million_clients_take_no_more_memory_and_refuse_nobody_else) {
  RateLimits limits(rules(1, 5, 2), 4096);
  EXPECT_EQ(limits.capacity(), 4096U);
  for (std::uint64_t key = 1; key <= 1'000'000; ++key)
    ASSERT_EQ(limits.take(key << 20, LimitedKind::kJoin, kBegin), 0) << key;
}

TEST(RateLimits, busy_client_is_remembered_among_a_few_idle_ones) {
  RateLimits limits(rules(1, 5, 2), 4096);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin, 50), 10);
  for (std::uint64_t key = 100; key < 3000; ++key) limits.take(key, LimitedKind::kPoll, kBegin + 1);
  EXPECT_EQ(allowed_of(limits, 7, LimitedKind::kPoll, kBegin + 2, 50), 0);
}

}  // namespace
}  // namespace frontrow
