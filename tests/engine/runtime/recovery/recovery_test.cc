// A crash at any moment: recovery restores all appended records and completes unfinished payments.
#include "engine/runtime/recovery/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "engine/base/prng.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

using Hashes = std::map<std::uint16_t, std::uint64_t>;

Hashes hashes_of(SlotTable& slots) {
  Hashes hashes;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{id});
    if (slot != nullptr && slot->seq > 0)
      hashes[id] = HashFold(slot->seq).add(slot->state_hash()).value();
  }
  return hashes;
}

std::uint64_t records_of(SlotTable& slots) {
  std::uint64_t records = 0;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (const Slot* slot = slots.find(SlotId{id})) records += slot->seq;
  }
  return records;
}

// The live state when each group was durable and no later decision was made; index 0 is the empty
// log.
struct Boundary {
  Hashes hashes;
  Instant at;
};

class Night {
 public:
  explicit Night(std::uint64_t seed) : random_(seed) {
    boundaries_.push_back({{}, engine_.now()});
    ConcertSpec spec = small_concert(30);
    spec.rules.queue.max_active = 6;
    spec.rules.hold_s = 20;
    engine_.send(0, {kAdmin, key_of(1, 1), CreateConcert{spec}});
    for (int i = 0; i < 6; ++i) step();
  }

  void play(int steps) {
    for (int i = 0; i < steps; ++i) {
      act();
      if (random_.chance(70)) step();
      if (random_.chance(30))
        engine_.advance(milliseconds(static_cast<std::int64_t>(random_.below(4000))));
    }
    step();
  }

  MemoryJournal journal;
  const std::vector<Boundary>& boundaries() const { return boundaries_; }

 private:
  // Appends one group at most: the single worker submits all its decisions at once.
  void step() {
    engine_.turn();
    const std::uint64_t records = records_of(engine_.engine().slots());
    if (records == records_) return;
    records_ = records;
    ASSERT_TRUE(journal.wait_for_records(records));
    ASSERT_EQ(journal.last_group(), boundaries_.size());
    // Waits until the worker can see the write, so that the next turn submits the next group.
    while (!engine_.engine().worker(0).has_work()) std::this_thread::yield();
    boundaries_.push_back({hashes_of(engine_.engine().slots()), engine_.now()});
  }

  void act() {
    const ConcertId concert{1};
    const auto user = static_cast<std::uint32_t>(1 + random_.below(12));
    const Concert* live = engine_.slot(slot_of_concert(concert)).find_concert(concert);
    ASSERT_NE(live, nullptr);
    const Caller caller{user_id(user), live->line.find(user_id(user)), live->token_epoch};
    const auto any = [&](std::uint32_t last) {
      return static_cast<std::uint32_t>(random_.below(last + 1));
    };
    const RequestKey key = random_.chance(50) ? key_of(random_.below(20), 5) : RequestKey{};
    switch (random_.below(9)) {
      case 0:
        engine_.send(0, {as_user(user), key, Join{concert, user_id(user)}});
        return;
      case 1:
        engine_.send(0, {as_user(user), key, Charge{user_id(user), Money{500 + any(900)}}});
        return;
      case 2:
      case 3:
        engine_.send(0, {caller, {}, place_hold(concert, {1 + any(29)})});
        return;
      case 4:
      case 5:
      case 6:
        engine_.send(
            0, {caller, key, Pay{concert, {make_hold_id(concert, live->last_hold - any(3))}}});
        return;
      case 7:
        engine_.send(0, {caller, {}, ReleaseHold{make_hold_id(concert, live->last_hold)}});
        return;
      default:
        if (random_.chance(40)) engine_.send(0, {caller, {}, Leave{concert}});
        if (random_.chance(40))
          engine_.send(0, {kAdmin, {}, Refund{make_payment_id(concert, live->last_payment)}});
    }
  }

  TestEngine engine_{journal};
  Prng random_;
  std::uint64_t records_ = 0;
  std::vector<Boundary> boundaries_;
};

std::vector<MemoryGroup> first_groups(const MemoryJournal& journal, std::size_t n) {
  auto groups = journal.groups();
  groups.resize(n);
  return groups;
}

class CrashTest : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, CrashTest, testing::Range<std::uint64_t>(1, 5));

TEST_P(CrashTest, replay_up_to_every_group_is_the_live_state_of_that_moment) {
  Night night(GetParam());
  night.play(1000);
  const auto groups = night.journal.groups();
  ASSERT_GT(groups.size(), 100U);
  ASSERT_EQ(night.boundaries().size(), groups.size() + 1);
  SlotTable slots;
  Replay replay(slots);
  for (std::size_t n = 1; n <= groups.size(); ++n) {
    const Status replayed = replay.apply_group(groups[n - 1].view(n));
    ASSERT_TRUE(replayed.ok()) << replayed.error();
    ASSERT_EQ(hashes_of(slots), night.boundaries()[n].hashes) << "group " << n;
  }
  // The run must have covered all kinds of events.
  const Concert* concert = slots.at(slot_of_concert(ConcertId{1})).find_concert(ConcertId{1});
  EXPECT_GT(concert->payments_completed, 5U);
  EXPECT_GT(concert->payments_refunded, 0U);
  EXPECT_GT(concert->expired_holds.size(), 0U);
}

TEST_P(CrashTest, crash_after_any_group_leaves_nothing_unfinished_after_the_restart) {
  Night night(GetParam());
  night.play(120);
  for (std::size_t n = 0; n < night.boundaries().size(); ++n) {
    MemoryJournal disk(first_groups(night.journal, n));
    TestEngine again(disk, {}, night.boundaries()[n].at);
    EXPECT_EQ(again.recovery().groups, n);
    again.settle();
    EXPECT_THAT(unsettled_or_wrong(again.engine().slots()), testing::IsEmpty())
        << "after group " << n;
  }
}

// Five groups lie between "pay" and the last acknowledgement; the crash comes before each of them.
TEST(Recovery, payment_cut_off_at_any_step_is_completed_once_by_resent_outbox_entries) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const ConcertId concert = engine.create(small_concert());
  const Caller fan = engine.join(concert, 1);
  engine.charge(1, 5000);
  const HoldId hold = engine.hold(concert, fan, {4});
  engine.settle();
  const std::size_t before = journal.groups().size();
  const Reply paid = engine.ask({fan, {}, Pay{concert, {hold}}});
  engine.settle();
  const std::size_t after = journal.groups().size();
  ASSERT_GE(after - before, 5U);
  for (std::size_t n = before + 1; n <= after; ++n) {
    MemoryJournal disk(first_groups(journal, n));
    TestEngine again(disk, {.workers = 2});
    again.settle();
    const Reply twice = again.ask({fan, {}, Pay{concert, {hold}}});
    EXPECT_EQ(outcome(twice), "none") << "after group " << n;
    EXPECT_FALSE(twice.created);
    EXPECT_EQ(body_of<PaymentView>(twice).purchase, body_of<PaymentView>(paid).purchase);
    EXPECT_EQ(body_of<BalanceView>(again.ask({as_user(1), {}, ReadBalance{user_id(1)}})).balance,
              Money{4000});
    again.settle();
    EXPECT_THAT(unsettled_or_wrong(again.engine().slots()), testing::IsEmpty())
        << "after group " << n;
  }
}

TEST(Recovery, concert_cut_off_at_any_step_is_there_after_the_restart) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const Command create{kAdmin, key_of(3, 3), CreateConcert{small_concert()}};
  engine.ask(create);
  engine.settle();
  for (std::size_t n = 1; n <= journal.groups().size(); ++n) {
    MemoryJournal disk(first_groups(journal, n));
    TestEngine again(disk, {.workers = 3});
    again.settle();
    EXPECT_EQ(outcome(again.ask({{}, {}, ReadConcert{ConcertId{1}}})), "none")
        << "after group " << n;
    EXPECT_EQ(body_of<ConcertCreated>(again.ask(create)).concert, ConcertId{1});
    EXPECT_EQ(body_of<ConcertIds>(again.ask({{}, {}, ListConcerts{}})).concerts.size(), 1U);
  }
}

TEST(Recovery, what_was_decided_and_not_appended_is_gone_and_was_never_answered) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const ConcertId concert = engine.create(small_concert());
  engine.settle();
  journal.hold();
  const Sent join = engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  engine.turn();
  MemoryJournal disk(journal.groups());
  TestEngine again(disk);
  EXPECT_EQ(engine.answers(join), 0U);
  EXPECT_EQ(body_of<ConcertView>(again.ask({{}, {}, ReadConcert{concert}})).joined, 0U);
}

// Users could not poll while the server was down.
TEST(Recovery, nobody_is_idle_for_the_time_the_server_was_down) {
  MemoryJournal journal;
  ConcertSpec spec = small_concert();
  spec.rules.queue.max_active = 1;
  Instant at;
  {
    TestEngine engine(journal);
    const ConcertId concert = engine.create(spec);
    engine.join(concert, 1);
    engine.join(concert, 2);
    engine.settle();
    at = engine.now();
  }
  TestEngine again(journal, {}, at + seconds(300));
  again.settle();
  EXPECT_EQ(body_of<ConcertView>(again.ask({{}, {}, ReadConcert{ConcertId{1}}})).waiting, 1U);
  again.advance(seconds(59));
  again.settle();
  EXPECT_EQ(body_of<ConcertView>(again.ask({{}, {}, ReadConcert{ConcertId{1}}})).waiting, 1U);
}

// If the newest time were only a lower bound, the clock would stand for an hour: no admission, no
// expired hold.
TEST(Recovery, clock_that_was_put_back_runs_on_from_the_newest_record) {
  MemoryJournal journal;
  ConcertSpec spec = small_concert();
  spec.rules.queue = {.max_active = 1, .admit_per_second = 1, .session_s = 10, .idle_s = 60};
  Instant newest;
  {
    TestEngine engine(journal);
    const ConcertId concert = engine.create(spec);
    engine.hold(concert, engine.join(concert, 1), {1});
    engine.join(concert, 2);
    engine.settle();
    newest = engine.now();
    EXPECT_EQ(engine.recovery().clock_behind, Duration{});
  }
  TestEngine again(journal, {}, newest - seconds(3600));
  EXPECT_EQ(again.recovery().clock_behind, seconds(3600));
  EXPECT_EQ(again.now(), newest);
  again.advance(seconds(11));
  again.settle();
  const auto view = body_of<ConcertView>(again.ask({{}, {}, ReadConcert{ConcertId{1}}}));
  EXPECT_EQ(view.active, 1U) << "the next was let in";
  EXPECT_EQ(view.waiting, 0U);
  EXPECT_EQ(view.dates[0]->held, 0U) << "the hold ended with its session";
}

}  // namespace
}  // namespace frontrow
