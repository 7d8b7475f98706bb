// Background checkpoints: snapshots that recovery starts from, and the divergences that they
// detect.
#include "engine/runtime/checkpoint/checkpointer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/base/prng.h"
#include "engine/core/state/invariants.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

// Runs one checkpoint in a thread, while the test's thread runs the workers.
Result<CheckpointReport> run_checkpoint(TestEngine& engine, Checkpointer& checkpointer) {
  Result<CheckpointReport> report = Error{"not run"};
  std::atomic<bool> done{false};
  std::thread thread([&] {
    report = checkpointer.run_once();
    done = true;
  });
  engine.run_until([&done] { return done.load(); }, "the checkpoint");
  thread.join();
  return report;
}

std::map<std::uint16_t, StateHash> state_hashes_of(SlotTable& slots) {
  std::map<std::uint16_t, StateHash> hashes;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{id});
    if (slot != nullptr && slot->seq > 0) hashes[id] = slot->state_hash();
  }
  return hashes;
}

void act_at_random(TestEngine& engine, ConcertId concert, Prng& random, int steps) {
  for (int i = 0; i < steps; ++i) {
    const auto user = static_cast<std::uint32_t>(1 + random.below(12));
    const Concert* live = engine.slot(slot_of_concert(concert)).find_concert(concert);
    const Caller caller{user_id(user), live->line.find(user_id(user)), live->token_epoch};
    const auto seat = static_cast<std::uint32_t>(1 + random.below(29));
    const RequestKey key = key_of(random.below(20), 5);
    switch (random.below(5)) {
      case 0:
        engine.send(0, {as_user(user), key, Join{concert, user_id(user)}});
        break;
      case 1:
        engine.send(0, {as_user(user), {}, Charge{user_id(user), Money{1000}}});
        break;
      case 2:
        engine.send(0, {caller, {}, place_hold(concert, {seat})});
        break;
      case 3:
        engine.send(0, {caller, key, Pay{concert, {make_hold_id(concert, live->last_hold)}}});
        break;
      default:
        engine.send(0, {caller, {}, ReleaseHold{make_hold_id(concert, live->last_hold)}});
    }
    engine.turn();
    if (random.chance(20))
      engine.advance(milliseconds(static_cast<std::int64_t>(random.below(4000))));
  }
}

ConcertSpec busy_concert() {
  ConcertSpec spec = small_concert(30);
  spec.rules.queue.max_active = 6;
  spec.rules.hold_s = 20;
  return spec;
}

class CheckpointSeeds : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, CheckpointSeeds, testing::Range<std::uint64_t>(1, 21));

// Snapshots and tail reach the same state as the whole log, for a crash at any point.
TEST_P(CheckpointSeeds, recovery_from_snapshots_is_recovery_from_the_whole_log) {
  Prng random(GetParam());
  MemoryJournal journal;
  MemoryArchive::Content kept;
  std::uint64_t cycles = 0;
  {
    TestEngine engine(journal, {.workers = 1 + random.below(3)});
    // With the smallest bound, each slot is copied alone.
    Checkpointer checkpointer(engine.engine(), journal,
                              {.copy_bytes = random.chance(50) ? std::uint64_t{1} : 1 << 20});
    const ConcertId concert = engine.create(busy_concert());
    for (int round = 0; round < 8; ++round) {
      act_at_random(engine, concert, random, 60);
      if (!random.chance(60)) continue;
      const auto report = run_checkpoint(engine, checkpointer);
      ASSERT_TRUE(report.ok()) << report.error();
      EXPECT_EQ(report->checkpoint_group, journal.archive().checkpoint_group());
      // A slot that changed only after the request for hashes has none yet.
      EXPECT_TRUE(report->hashes > 0 || report->slots == 0);
      ++cycles;
    }
    kept = journal.archive().content();
  }
  MemoryJournal whole(journal.groups());
  MemoryJournal shortened(journal.groups());
  shortened.archive().put_back(kept);
  SlotTable from_log, from_snapshots;
  ASSERT_TRUE(recover_slots(whole, from_log, {}).ok());
  const auto report = recover_slots(shortened, from_snapshots, {});
  ASSERT_TRUE(report.ok()) << report.error();
  EXPECT_EQ(report->snapshots, kept.snapshots.size());
  EXPECT_EQ(report->groups, journal.groups().size() - kept.checkpoint_group);
  EXPECT_EQ(state_hashes_of(from_snapshots), state_hashes_of(from_log));
  for (const auto& [id, hash] : state_hashes_of(from_snapshots))
    EXPECT_THAT(check_invariants(*from_snapshots.find(SlotId{id})), testing::IsEmpty());
  EXPECT_EQ(cycles > 0, kept.checkpoint_group > 0);
}

// An interrupted checkpoint leaves snapshots above the checkpoint position.
TEST_P(CheckpointSeeds, snapshots_above_the_checkpoint_are_no_matter) {
  Prng random(GetParam());
  MemoryJournal journal;
  MemoryArchive::Content first, second;
  {
    TestEngine engine(journal);
    Checkpointer checkpointer(engine.engine(), journal, {});
    const ConcertId concert = engine.create(busy_concert());
    act_at_random(engine, concert, random, 200);
    ASSERT_TRUE(run_checkpoint(engine, checkpointer).ok());
    first = journal.archive().content();
    act_at_random(engine, concert, random, 100);
    ASSERT_TRUE(run_checkpoint(engine, checkpointer).ok());
    second = journal.archive().content();
    act_at_random(engine, concert, random, 30);
  }
  MemoryArchive::Content mixed = first;
  for (auto& [slot, snapshot] : second.snapshots) {
    if (random.chance(50)) mixed.snapshots[slot] = snapshot;
  }
  MemoryJournal whole(journal.groups());
  MemoryJournal cut_short(journal.groups());
  cut_short.archive().put_back(mixed);
  SlotTable from_log, from_snapshots;
  ASSERT_TRUE(recover_slots(whole, from_log, {}).ok());
  const auto report = recover_slots(cut_short, from_snapshots, {});
  ASSERT_TRUE(report.ok()) << report.error();
  EXPECT_EQ(state_hashes_of(from_snapshots), state_hashes_of(from_log));
}

// An engine whose checkpoints are run by the test, one at a time.
class CheckpointCycle : public testing::Test {
 protected:
  Result<CheckpointReport> run() { return run_checkpoint(engine, checkpointer); }
  // Slots of the next checkpoint, which must succeed.
  std::uint64_t slots_of_next() {
    const auto report = run();
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error());
    return report.ok() ? report->slots : 0;
  }

  MemoryJournal journal;
  TestEngine engine{journal};
  Checkpointer checkpointer{engine.engine(), journal, {}};
};

TEST_F(CheckpointCycle, takes_in_changed_slots_only) {
  const ConcertId concert = engine.create(small_concert());
  for (std::uint32_t user = 1; user <= 5; ++user) engine.charge(user, 100);
  EXPECT_GE(slots_of_next(), 6U);
  engine.join(concert, 1);
  EXPECT_EQ(slots_of_next(), 1U);
  EXPECT_EQ(slots_of_next(), 0U);
  EXPECT_EQ(checkpointer.stats().cycles.get(), 3U);
}

TEST_F(CheckpointCycle, finds_and_names_a_live_slot_that_the_log_does_not_lead_to) {
  engine.charge(1, 100);
  ASSERT_TRUE(run().ok());
  engine.charge(1, 100);
  const std::uint64_t checkpoint_group = journal.archive().checkpoint_group();
  Slot& slot = engine.slot(slot_of_user(user_id(1)));
  slot.own_hash += 1;  // simulates a bit flip in memory
  const auto report = run();
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error(), testing::HasSubstr("slot " + std::to_string(slot.id.value)));
  EXPECT_THAT(report.error(), testing::HasSubstr("state hash"));
  EXPECT_EQ(journal.archive().checkpoint_group(), checkpoint_group);
  EXPECT_EQ(checkpointer.stats().failed.get(), 1U);
}

TEST(Checkpointer, snapshot_that_does_not_fit_its_head_is_refused_by_recovery) {
  MemoryJournal journal;
  {
    TestEngine engine(journal);
    Checkpointer checkpointer(engine.engine(), journal, {});
    engine.charge(1, 100);
    ASSERT_TRUE(run_checkpoint(engine, checkpointer).ok());
  }
  const SlotId slot = slot_of_user(user_id(1));
  const auto refused = [&](const std::function<void(SnapshotHead&)>& spoil) {
    MemoryJournal disk(journal.groups());
    auto content = journal.archive().content();
    spoil(content.snapshots.at(slot).first);
    disk.archive().put_back(content);
    SlotTable slots;
    const auto report = recover_slots(disk, slots, {});
    return report.ok() ? std::string() : report.error();
  };
  const std::string name = "snapshot of slot " + std::to_string(slot.value);
  EXPECT_EQ(refused([](SnapshotHead&) {}), "");
  EXPECT_THAT(refused([](SnapshotHead& head) { head.state_hash ^= 1; }), testing::HasSubstr(name));
  EXPECT_THAT(refused([](SnapshotHead& head) { ++head.seq; }), testing::HasSubstr(name));
}

// Checkpoints start by themselves: after so many events, or after an interval with events.
// The caller learns while a cycle waits for the state hashes that none may begin.
TEST(Checkpointer, cycle_that_may_not_begin_any_more_writes_nothing) {
  MemoryJournal journal;
  TestEngine engine{journal};
  engine.create(small_concert());
  bool may_begin = true;
  CheckpointOptions options;
  options.may_begin = [&may_begin] { return may_begin; };
  Checkpointer checkpointer(engine.engine(), journal, options);
  may_begin = false;
  const auto refused = run_checkpoint(engine, checkpointer);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error(), testing::HasSubstr("from another instance"));
  EXPECT_TRUE(journal.archive().snapshots()->empty());
  may_begin = true;
  EXPECT_TRUE(run_checkpoint(engine, checkpointer).ok());
  EXPECT_FALSE(journal.archive().snapshots()->empty());
}

TEST(Checkpointer, thread_runs_cycles_when_they_are_due_and_stops) {
  MemoryJournal journal;
  TestEngine engine(journal);
  Checkpointer checkpointer(engine.engine(), journal, {.events = 40, .interval = seconds(3600)});
  std::atomic<int> reports{0};
  checkpointer.start(0, [&reports](const Result<CheckpointReport>& report) {
    EXPECT_TRUE(report.ok()) << report.error();
    ++reports;
  });
  for (std::uint32_t user = 1; user <= 40; ++user) engine.charge(user, 100);
  engine.run_until([&] { return reports > 0; }, "a cycle");
  EXPECT_GT(journal.archive().checkpoint_group(), 0U);
  checkpointer.stop();
  EXPECT_EQ(checkpointer.stats().cycles.get(), static_cast<std::uint64_t>(reports));
}

TEST(Checkpointer, backlog_of_the_start_makes_the_first_cycle_due) {
  MemoryJournal journal;
  TestEngine engine(journal);
  engine.charge(1, 100);
  Checkpointer checkpointer(engine.engine(), journal, {.events = 1000, .interval = seconds(3600)});
  std::atomic<int> reports{0};
  checkpointer.start(1000, [&reports](const Result<CheckpointReport>&) { ++reports; });
  engine.run_until([&] { return reports > 0; }, "a cycle");
}

TEST(Checkpointer, cycle_without_memory_for_a_copy_is_postponed_and_is_no_failure) {
  MemoryJournal journal;
  TestEngine engine(journal);
  engine.charge(1, 100);
  engine.engine().set_memory_room(1);
  Checkpointer checkpointer(engine.engine(), journal, {.events = 1, .interval = milliseconds(1)});
  std::atomic<int> postponed{0};
  std::atomic<int> done{0};
  checkpointer.start(1, [&](const Result<CheckpointReport>& report) {
    EXPECT_TRUE(report.ok()) << report.error();
    if (report.ok()) ++(report->postponed ? postponed : done);
  });
  engine.run_until([&] { return postponed > 1; }, "two cycles to be postponed");
  EXPECT_EQ(done, 0);
  EXPECT_EQ(journal.archive().checkpoint_group(), 0U);
  engine.engine().set_memory_room(std::uint64_t{1} << 30);
  engine.run_until([&] { return done > 0; }, "a cycle");
  checkpointer.stop();
  EXPECT_GT(journal.archive().checkpoint_group(), 0U);
  EXPECT_EQ(checkpointer.stats().failed.get(), 0U);
}

}  // namespace
}  // namespace frontrow
