#include "engine/runtime/shard/slot_timers.h"

#include <gtest/gtest.h>

#include <vector>

namespace frontrow {
namespace {

std::vector<SlotId> due(SlotTimers& timers, std::int64_t now_ms) {
  std::vector<SlotId> visited;
  timers.run_due(now_ms, [&](SlotId slot) {
    visited.push_back(slot);
    timers.set(slot, kNever.ms);
  });
  return visited;
}

TEST(SlotTimers, visit_slots_that_are_due_and_no_others) {
  SlotTimers timers;
  EXPECT_EQ(timers.earliest_ms(), kNever.ms);
  EXPECT_FALSE(timers.has(SlotId{7}));
  timers.set(SlotId{7}, 100);
  timers.set(SlotId{9}, 300);
  timers.set(SlotId{0}, 200);
  EXPECT_TRUE(timers.has(SlotId{7}));
  EXPECT_EQ(timers.earliest_ms(), 100);
  EXPECT_EQ(due(timers, 99), std::vector<SlotId>{});
  EXPECT_EQ(due(timers, 200), (std::vector<SlotId>{SlotId{7}, SlotId{0}}));
  EXPECT_EQ(timers.earliest_ms(), 300);
  EXPECT_EQ(due(timers, 299), std::vector<SlotId>{});
  EXPECT_EQ(due(timers, 300), std::vector<SlotId>{SlotId{9}});
  EXPECT_EQ(timers.earliest_ms(), kNever.ms);
}

TEST(SlotTimers, newer_time_of_a_slot_replaces_the_older_one) {
  SlotTimers timers;
  timers.set(SlotId{1}, 100);
  timers.set(SlotId{1}, 500);
  EXPECT_EQ(due(timers, 100), std::vector<SlotId>{});
  EXPECT_EQ(timers.slots().size(), 1U);
  EXPECT_EQ(due(timers, 500), std::vector<SlotId>{SlotId{1}});
}

// A reply that leaves during a visit can make its receiver submit a command that creates a concert.
TEST(SlotTimers, visit_may_add_slots) {
  SlotTimers timers;
  timers.set(SlotId{1}, 100);
  std::vector<SlotId> visited;
  timers.run_due(100, [&](SlotId slot) {
    visited.push_back(slot);
    timers.set(slot, 900);
    if (slot != SlotId{1}) return;
    for (std::uint16_t id = 2; id < 200; ++id) timers.set(SlotId{id}, id < 100 ? 50 : 700);
  });
  EXPECT_EQ(visited.size(), 99U);
  EXPECT_TRUE(due(timers, 100).empty());
  EXPECT_EQ(timers.earliest_ms(), 700);
}

}  // namespace
}  // namespace frontrow
