// Slots of another instance from the copy of its stream.
#include "engine/runtime/recovery/restore_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "engine/core/codec/snapshot_codec.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

// An owner whose stream is copied, and what its slots became.
class CopiedSale : public testing::Test {
 protected:
  void SetUp() override {
    concert_ = engine_.create(small_concert());
    fan_ = engine_.join(concert_, 1);
    engine_.charge(1, 5000);
    engine_.settle();
    middle_ = journal_.last_group();
    engine_.charge(1, 300);
    engine_.hold(concert_, fan_, {4});
    engine_.settle();
    newest_ = journal_.last_group();
  }

  const Slot& live(SlotId slot) { return engine_.slot(slot); }

  void expect_live(SlotTable& shadows, SlotId slot) {
    const Slot* shadow = shadows.find(slot);
    ASSERT_NE(shadow, nullptr);
    EXPECT_EQ(shadow->seq, live(slot).seq);
    EXPECT_EQ(shadow->state_hash(), live(slot).state_hash());
  }

  // Writes the snapshots of these slots at the middle of the stream.
  void checkpoint_copy(const std::vector<SlotId>& slots) {
    SlotTable table;
    Replay replay(table);
    for (std::uint64_t n = 1; n <= middle_; ++n)
      ASSERT_TRUE(replay.apply_group(journal_.groups()[n - 1].view(n)).ok());
    for (const SlotId id : slots) {
      const Slot& slot = table.at(id);
      const SnapshotHead head{.slot = id,
                              .group = middle_,
                              .seq = slot.seq,
                              .state_hash = slot.state_hash(),
                              .time = replay.shown(id)};
      ASSERT_TRUE(journal_.archive()
                      .write_snapshot(
                          head, [&](const PartSink& sink) { return encode_snapshot(slot, sink); })
                      .ok());
    }
    ASSERT_TRUE(journal_.archive().set_checkpoint_group(middle_).ok());
  }

  MemoryJournal journal_;
  TestEngine engine_{journal_};
  ConcertId concert_;
  Caller fan_;
  std::uint64_t middle_ = 0;
  std::uint64_t newest_ = 0;
};

TEST_F(CopiedSale, whole_copy_restores_the_wanted_slots_and_no_other) {
  const std::vector<SlotId> wanted{slot_of_concert(concert_)};
  SlotTable shadows;
  Replay replay(shadows);
  const auto report = restore_copy(journal_.archive(), newest_, wanted, replay);
  ASSERT_TRUE(report.ok()) << report.error();
  EXPECT_EQ(report->groups, newest_);
  EXPECT_EQ(report->snapshots, 0U);
  expect_live(shadows, wanted[0]);
  EXPECT_EQ(shadows.find(slot_of_user(user_id(1))), nullptr);
}

TEST_F(CopiedSale, snapshots_and_later_groups_restore_the_slots_and_the_replay_goes_on) {
  const std::vector<SlotId> wanted{slot_of_concert(concert_), slot_of_user(user_id(1))};
  checkpoint_copy(wanted);
  SlotTable shadows;
  Replay replay(shadows);
  const auto report = restore_copy(journal_.archive(), newest_, wanted, replay);
  ASSERT_TRUE(report.ok()) << report.error();
  EXPECT_EQ(report->snapshots, 2U);
  EXPECT_EQ(report->groups, newest_ - middle_);
  for (const SlotId slot : wanted) expect_live(shadows, slot);

  engine_.charge(1, 42);
  engine_.settle();
  const auto groups = journal_.groups();
  for (std::uint64_t n = newest_ + 1; n <= groups.size(); ++n) {
    const Status applied = replay.apply_group(groups[n - 1].view(n));
    ASSERT_TRUE(applied.ok()) << applied.error();
  }
  for (const SlotId slot : wanted) expect_live(shadows, slot);
}

TEST_F(CopiedSale, slot_whose_snapshot_is_missing_is_refused_at_its_next_record) {
  const std::vector<SlotId> wanted{slot_of_concert(concert_), slot_of_user(user_id(1))};
  checkpoint_copy({wanted[0]});
  SlotTable shadows;
  Replay replay(shadows);
  const auto report = restore_copy(journal_.archive(), newest_, wanted, replay);
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error(), HasSubstr("copy of stream 0000000000000000: group"));
  EXPECT_THAT(report.error(), HasSubstr("follows 0"));
}

}  // namespace
}  // namespace frontrow
