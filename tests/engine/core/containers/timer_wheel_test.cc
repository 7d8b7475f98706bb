// One suite for a multimap and the wheel; then both side by side on random steps.
#include "engine/core/containers/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/base/prng.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

using Drained = std::vector<std::pair<std::int64_t, std::uint64_t>>;

class NaiveTimers {
 public:
  using Handle = std::uint32_t;
  Handle schedule(Instant deadline, std::uint64_t key) {
    timers_.emplace(std::pair{deadline.ms, key}, next_handle_);
    return next_handle_++;
  }
  void cancel(Handle handle) {
    std::erase_if(timers_, [handle](const auto& t) { return t.second == handle; });
  }
  void advance(Instant now) { now_ = std::max(now_, now); }
  Drained drain() {
    Drained out;
    while (!timers_.empty() && timers_.begin()->first.first <= now_.ms) {
      out.push_back(timers_.begin()->first);
      timers_.erase(timers_.begin());
    }
    return out;
  }
  Instant next() const { return timers_.empty() ? kNever : Instant{timers_.begin()->first.first}; }
  std::size_t size() const { return timers_.size(); }

 private:
  std::multimap<std::pair<std::int64_t, std::uint64_t>, Handle> timers_;
  Handle next_handle_ = 0;
  Instant now_;
};

class FastTimers : public TimerWheel {
 public:
  Drained drain() {
    Drained out;
    while (!due().empty()) {
      const Due first = due().front();
      out.push_back({first.deadline.ms, first.key});
      cancel(first.handle);
    }
    return out;
  }
};

template <class T>
struct Timers : ::testing::Test {
  T timers;
  Drained at(std::int64_t ms) {
    timers.advance(Instant{ms});
    return timers.drain();
  }
};
using BothTimers = ::testing::Types<NaiveTimers, FastTimers>;
TYPED_TEST_SUITE(Timers, BothTimers);

TYPED_TEST(Timers, nothing_is_due_before_its_deadline_and_everything_at_it) {
  this->timers.schedule(Instant{1000}, 1);
  EXPECT_TRUE(this->at(999).empty());
  EXPECT_EQ(this->at(1000), (Drained{{1000, 1}}));
  EXPECT_EQ(this->timers.size(), 0U);
  EXPECT_EQ(this->timers.next(), kNever);
}

TYPED_TEST(Timers, equal_deadlines_drain_in_the_order_of_their_keys) {
  for (const std::uint64_t key : {5U, 1U, 9U, 3U}) this->timers.schedule(Instant{70}, key);
  this->timers.schedule(Instant{69}, 100);
  EXPECT_EQ(this->at(500), (Drained{{69, 100}, {70, 1}, {70, 3}, {70, 5}, {70, 9}}));
}

TYPED_TEST(Timers, cancelled_timers_do_not_drain) {
  const auto a = this->timers.schedule(Instant{10}, 1);
  this->timers.schedule(Instant{10}, 2);
  const auto c = this->timers.schedule(Instant{100'000}, 3);
  this->timers.cancel(a);
  this->timers.cancel(c);
  EXPECT_EQ(this->at(1'000'000), (Drained{{10, 2}}));
}

TYPED_TEST(Timers, deadline_that_has_passed_is_due_at_once_and_first) {
  this->at(1000);
  this->timers.schedule(Instant{1005}, 1);
  this->timers.schedule(Instant{500}, 2);
  this->timers.schedule(Instant{1000}, 3);
  EXPECT_EQ(this->timers.next(), Instant{500});
  EXPECT_EQ(this->at(1000), (Drained{{500, 2}, {1000, 3}}));
  EXPECT_EQ(this->at(1005), (Drained{{1005, 1}}));
}

TYPED_TEST(Timers, jumps_over_hours_and_years_lose_nothing) {
  const std::int64_t hour = 3'600'000;
  const std::int64_t year = 8760 * hour;
  this->at(kStart.ms);
  Drained expected;
  for (const std::int64_t after : {1L, 63L, 64L, 4096L, hour, 24 * hour, year, 900 * year}) {
    this->timers.schedule(Instant{kStart.ms + after}, static_cast<std::uint64_t>(after));
    expected.push_back({kStart.ms + after, static_cast<std::uint64_t>(after)});
  }
  EXPECT_EQ(this->at(kStart.ms + 1000 * year), expected);
}

TYPED_TEST(Timers, time_going_back_is_ignored) {
  this->at(5000);
  this->timers.schedule(Instant{5001}, 1);
  EXPECT_TRUE(this->at(10).empty());
  EXPECT_EQ(this->at(5001).size(), 1U);
}

TEST(TimersProperty, due_timers_that_are_not_handled_stay_due_in_order) {
  TimerWheel wheel;
  const auto late = wheel.schedule(Instant{30}, 1);
  wheel.advance(Instant{40});
  wheel.schedule(Instant{20}, 2);
  wheel.schedule(Instant{45}, 3);
  wheel.advance(Instant{50});
  ASSERT_EQ(wheel.due().size(), 3U);
  EXPECT_EQ(wheel.due()[0].key, 2U);
  EXPECT_EQ(wheel.due()[1].key, 1U);
  EXPECT_EQ(wheel.due()[2].key, 3U);
  EXPECT_EQ(wheel.due()[1].handle, late);
  wheel.cancel(late);  // in the middle
  EXPECT_EQ(wheel.due()[1].handle, TimerWheel::kNone);
  wheel.cancel(wheel.due()[0].handle);
  EXPECT_EQ(wheel.due().front().key, 3U);
  EXPECT_EQ(wheel.size(), 1U);
}

std::int64_t random_distance(Prng& random) {
  const auto bits = 1 + random.below(random.chance(90) ? 20 : 36);
  return static_cast<std::int64_t>(random.below(std::uint64_t{1} << bits));
}

TEST(TimersProperty, random_steps_agree_with_the_multimap) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Prng random(seed);
    NaiveTimers naive;
    FastTimers fast;
    std::vector<std::pair<NaiveTimers::Handle, TimerWheel::Handle>> scheduled;
    std::vector<std::uint64_t> keys;
    std::int64_t now = random.chance(50) ? 0 : kStart.ms;
    std::uint64_t key = 0;
    for (int step = 0; step < 600; ++step) {
      const auto dice = random.below(100);
      if (dice < 60) {
        const std::int64_t from =
            random.chance(10) ? -random_distance(random) : random_distance(random);
        const Instant deadline{std::max<std::int64_t>(now + from, 0)};
        key += 1 + random.below(3);
        const std::uint64_t mixed = key ^ (key << 7 & 0x3f80);
        scheduled.push_back({naive.schedule(deadline, mixed), fast.schedule(deadline, mixed)});
        keys.push_back(mixed);
      } else if (dice < 80 && !scheduled.empty()) {
        const std::size_t i = random.below(scheduled.size());
        naive.cancel(scheduled[i].first);
        fast.cancel(scheduled[i].second);
        scheduled.erase(scheduled.begin() + static_cast<std::ptrdiff_t>(i));
        keys.erase(keys.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        now += random_distance(random);
        naive.advance(Instant{now});
        fast.advance(Instant{now});
        if (random.chance(70)) {
          const Drained expected = naive.drain();
          ASSERT_EQ(fast.drain(), expected) << "seed " << seed << " step " << step;
          for (const auto& [deadline, gone] : expected) {
            const auto at = std::find(keys.begin(), keys.end(), gone) - keys.begin();
            scheduled.erase(scheduled.begin() + at);
            keys.erase(keys.begin() + at);
          }
        }
      }
      ASSERT_EQ(fast.size(), naive.size());
      ASSERT_LE(fast.next(), naive.next()) << "seed " << seed << " step " << step;
    }
  }
}

// A wheel that is rebuilt from the same timers drains in the same order.
TEST(TimersProperty, order_does_not_depend_on_the_order_of_scheduling) {
  Prng random(7);
  Drained timers;
  for (std::uint64_t i = 0; i < 2000; ++i)
    timers.push_back({kStart.ms + random_distance(random), i});
  FastTimers forward;
  FastTimers backward;
  backward.advance(kStart);
  for (auto t = timers.begin(); t != timers.end(); ++t)
    forward.schedule(Instant{t->first}, t->second);
  for (auto t = timers.rbegin(); t != timers.rend(); ++t)
    backward.schedule(Instant{t->first}, t->second);
  for (FastTimers* wheel : {&forward, &backward})
    wheel->advance(Instant{kStart.ms + (std::int64_t{1} << 40)});
  EXPECT_EQ(forward.drain(), backward.drain());
}

}  // namespace
}  // namespace frontrow
