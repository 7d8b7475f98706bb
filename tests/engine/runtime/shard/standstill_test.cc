// A worker that was stopped: time has passed, and users could not poll meanwhile.
#include <gtest/gtest.h>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

class Standstill : public testing::Test {
 protected:
  static ConcertSpec spec() {
    ConcertSpec spec = small_concert();
    spec.rules.queue = {
        .max_active = 1, .admit_per_second = 1000, .session_s = 86'400, .idle_s = 60};
    spec.rules.hold_s = 30;
    return spec;
  }
  ConcertView view() { return body_of<ConcertView>(engine.ask({{}, {}, ReadConcert{concert}})); }

  MemoryJournal journal;
  TestEngine engine{journal};
  ConcertId concert = engine.create(spec());
  Caller inside = engine.join(concert, 1);
  HoldId hold = engine.hold(concert, inside, {1});
  Caller waiting = engine.join(concert, 2);
};

TEST_F(Standstill, nobody_is_idle_for_it_and_deadlines_have_passed) {
  engine.settle();
  engine.advance(seconds(300));
  engine.settle();
  EXPECT_EQ(view().waiting, 1U);
  EXPECT_EQ(view().dates[0]->held, 0U) << "a deadline is a deadline";
}

TEST_F(Standstill, who_is_not_seen_while_it_runs_leaves_the_line) {
  for (int i = 0; i < 70; ++i) {
    engine.advance(seconds(1));
    engine.settle();
  }
  EXPECT_EQ(view().waiting, 0U);
}

}  // namespace
}  // namespace frontrow
