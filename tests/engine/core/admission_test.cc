#include <algorithm>
#include <cmath>

#include "engine/core/decide.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

ConcertSpec crowd(std::uint32_t cap, std::uint32_t rate) {
  ConcertSpec spec = small_concert();
  spec.rules.queue = {
      .max_active = cap, .admit_per_second = rate, .session_s = 3600, .idle_s = 3600};
  spec.opens_at = kStart + seconds(1);
  return spec;
}

// Users 1 to `count`, in this order in the line.
std::vector<Fan> joined(World& w, ConcertId c, std::uint32_t count) {
  std::vector<Fan> fans;
  for (std::uint32_t n = 1; n <= count; ++n) fans.push_back(w.join(c, n));
  return fans;
}

std::uint32_t admitted(const World& w, ConcertId c) {
  return w.concert(c).line.drawn() - w.concert(c).line.waiting();
}

TEST(Admission, rate_is_kept_second_by_second) {
  for (const std::uint32_t rate : {1U, 3U, 7U, 100U, 333U, 700U}) {
    SCOPED_TRACE(rate);
    World w;
    const ConcertId c = w.create(crowd(1'000'000, rate));
    const std::uint32_t people = std::min(rate * 4 + 20, 3000U);
    for (std::uint32_t n = 1; n <= people; ++n) w.join(c, n);
    w.pass(seconds(1));
    const double burst = std::max(1.0, rate / 10.0);
    for (int ms = 0; ms <= 3000; ms += 1) {
      if (ms > 0) w.pass(milliseconds(1));
      const double allowed = burst + rate * ms / 1000.0;
      ASSERT_LE(admitted(w, c), allowed + 1e-9) << "at " << ms << " ms";
      // Rounding to milliseconds loses at most 1 %, not up to a millisecond for each admission.
      ASSERT_GE(admitted(w, c) + 1, std::floor(allowed * 0.99)) << "at " << ms << " ms";
    }
  }
}

TEST(Admission, quiet_time_is_not_caught_up_later) {
  World w;
  const ConcertId c = w.create(crowd(1000, 20));
  w.pass(seconds(100));
  EXPECT_EQ(w.concert(c).phase, Phase::kOpen);
  w.change({.concert = c, .phase = Phase::kPaused});
  for (std::uint32_t n = 1; n <= 50; ++n) w.join(c, n);
  w.change({.concert = c, .phase = Phase::kOpen});
  w.pass(seconds(50));
  EXPECT_EQ(admitted(w, c), 2U);  // the rate of a tenth of a second
}

TEST(Admission, cap_is_never_exceeded_and_every_free_place_is_filled) {
  World w;
  const ConcertId c = w.create(crowd(5, 1000));
  const std::vector<Fan> fans = joined(w, c, 60);
  w.pass(seconds(1));
  for (std::uint32_t gone = 0; gone + 5 < 60; ++gone) {
    EXPECT_EQ(w.concert(c).active(), 5U);
    EXPECT_EQ(w.look(fans[gone]).state, TokenState::kActive);
    EXPECT_EQ(w.look(fans[gone + 5]).position, 1U);
    EXPECT_GRANTED(w.ask(fans[gone].caller, Leave{c}));
    w.pass(milliseconds(10));
  }
}

TEST(Admission, people_who_left_the_line_are_skipped_in_order) {
  World w;
  const ConcertId c = w.create(crowd(3, 1000));
  const std::vector<Fan> fans = joined(w, c, 8);
  for (const std::size_t i : {0U, 2U, 3U}) EXPECT_GRANTED(w.ask(fans[i].caller, Leave{c}));
  w.pass(seconds(1));
  for (const std::size_t i : {1U, 4U, 5U})
    EXPECT_EQ(w.look(fans[i]).state, TokenState::kActive) << i;
  EXPECT_EQ(w.look(fans[6]).position, 1U);
}

TEST(Admission, lowering_the_cap_admits_nobody_until_there_is_room_again) {
  World w;
  const ConcertId c = w.create(crowd(3, 1000));
  const std::vector<Fan> fans = joined(w, c, 5);
  w.pass(seconds(1));
  w.change({.concert = c, .max_active = 1});
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_GRANTED(w.ask(fans[i].caller, Leave{c}));
    w.pass(seconds(1));
    EXPECT_EQ(w.look(fans[3]).state, TokenState::kWaiting);
  }
  EXPECT_GRANTED(w.ask(fans[2].caller, Leave{c}));
  w.pass(seconds(1));
  EXPECT_EQ(w.look(fans[3]).state, TokenState::kActive);
  EXPECT_EQ(w.concert(c).active(), 1U);
}

TEST(Admission, raising_the_rate_takes_effect_at_once_and_grants_nothing_for_the_past) {
  World w;
  const ConcertId c = w.create(crowd(1000, 1));
  for (std::uint32_t n = 1; n <= 300; ++n) w.join(c, n);
  w.pass(seconds(1));
  EXPECT_EQ(admitted(w, c), 1U);
  w.change({.concert = c, .admit_per_second = 100});
  w.tick();
  EXPECT_EQ(admitted(w, c), 1U);
  for (int i = 0; i < 100; ++i) w.pass(milliseconds(10));
  EXPECT_EQ(admitted(w, c), 101U);
}

TEST(Admission, pausing_and_closing_stop_it_and_opening_goes_on) {
  World w;
  const ConcertId c = w.create(crowd(1000, 10));
  for (std::uint32_t n = 1; n <= 100; ++n) w.join(c, n);
  w.pass(seconds(1));
  for (const Phase phase : {Phase::kPaused, Phase::kClosed}) {
    const std::uint32_t before = admitted(w, c);
    w.change({.concert = c, .phase = phase});
    for (int i = 0; i < 20; ++i) w.pass(milliseconds(100));
    EXPECT_EQ(admitted(w, c), before);
  }
  w.change({.concert = c, .phase = Phase::kOpen});
  w.tick();
  EXPECT_EQ(admitted(w, c), 2U);
}

TEST(Admission, one_record_admits_a_range_and_not_one_person) {
  World w;
  const ConcertId c = w.create(crowd(10'000, 50'000));
  for (std::uint32_t n = 1; n <= 2000; ++n) w.join(c, n);
  const std::uint64_t before = w.records();
  w.pass(seconds(1));
  EXPECT_EQ(admitted(w, c), 2000U);
  EXPECT_EQ(w.records(), before + 1);
  EXPECT_LE(w.concert(c).admission.milli, 0 + 5000 * 1000);
}

TEST(Admission, next_wakeup_is_never_later_than_the_next_admission) {
  World w;
  const ConcertId c = w.create(crowd(4, 3));
  const std::vector<Fan> fans = joined(w, c, 12);
  for (int ms = 0; ms < 3000; ++ms) {
    const std::uint32_t before = admitted(w, c);
    const Instant promised = next_wakeup(w.concert(c), w.now());
    w.pass(milliseconds(1));
    if (admitted(w, c) != before) {
      EXPECT_LE(promised, w.now());
    }
    if (ms == 2500) {
      EXPECT_GRANTED(w.ask(fans[0].caller, Leave{c}));
    }
  }
  EXPECT_EQ(admitted(w, c), 5U);
}

}  // namespace
}  // namespace frontrow
