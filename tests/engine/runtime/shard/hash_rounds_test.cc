#include "engine/runtime/shard/hash_rounds.h"

#include <gtest/gtest.h>

#include <set>

namespace frontrow {
namespace {

// Logs the hashes of all slots that are left, as a worker's turns do.
std::set<std::uint16_t> log_all(HashRounds& rounds) {
  std::set<std::uint16_t> logged;
  while (const auto slot = rounds.next()) {
    rounds.note_change(*slot);  // by the record of the hash
    rounds.note_logged(*slot);
    EXPECT_TRUE(logged.insert(slot->value).second);
  }
  rounds.end_step();
  return logged;
}

TEST(HashRounds, round_has_each_slot_that_changed_since_the_one_before) {
  HashRounds rounds;
  for (const SlotId slot : {SlotId{3}, SlotId{5}, SlotId{3}}) rounds.note_change(slot);
  rounds.begin(1);
  EXPECT_FALSE(rounds.is_gathered(1));
  EXPECT_EQ(log_all(rounds), (std::set<std::uint16_t>{3, 5}));
  EXPECT_TRUE(rounds.is_gathered(1));
  rounds.note_change(SlotId{5});
  rounds.begin(2);
  EXPECT_EQ(log_all(rounds), std::set<std::uint16_t>{5});
  rounds.begin(3);
  EXPECT_TRUE(log_all(rounds).empty());
  EXPECT_TRUE(rounds.is_gathered(3));
}

TEST(HashRounds, round_that_is_running_does_not_begin_again) {
  HashRounds rounds;
  rounds.note_change(SlotId{1});
  rounds.note_change(SlotId{2});
  rounds.begin(1);
  const auto first = rounds.next();
  ASSERT_TRUE(first);
  rounds.end_step();
  EXPECT_FALSE(rounds.is_gathered(1)) << "one slot is left";
  rounds.note_change(SlotId{9});  // belongs to the next round
  rounds.begin(1);
  const auto logged = log_all(rounds);
  EXPECT_EQ(logged.size(), 1U);
  EXPECT_FALSE(logged.contains(9));
  rounds.begin(2);
  EXPECT_TRUE(log_all(rounds).contains(9));
}

TEST(HashRounds, round_is_done_when_the_batch_with_its_last_record_is_durable) {
  HashRounds rounds;
  rounds.note_change(SlotId{1});
  rounds.batch_submitted(1);  // before the round
  rounds.begin(1);
  log_all(rounds);
  rounds.batch_submitted(2);
  rounds.batch_durable(1);
  EXPECT_EQ(rounds.done(), 0U);
  rounds.batch_durable(2);
  EXPECT_EQ(rounds.done(), 1U);
  rounds.begin(2);
  log_all(rounds);
  EXPECT_EQ(rounds.done(), 1U);
  rounds.all_durable();
  EXPECT_EQ(rounds.done(), 2U);
}

}  // namespace
}  // namespace frontrow
