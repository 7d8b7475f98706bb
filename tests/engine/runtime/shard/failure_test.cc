// Failing journal, low disk and memory, and overload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {

// For the names of the tests.
static std::string name_of(AppendStatus status) {
  return status == AppendStatus::kFailed ? "failed" : "fenced";
}
static void PrintTo(AppendStatus status, std::ostream* out) { *out << name_of(status); }

namespace {

class JournalFailureTest : public testing::TestWithParam<AppendStatus> {
 protected:
  void fail_next_group() {
    engine.settle();
    journal.fail_at(journal.last_group() + 1, GetParam());
  }
  void expect_all_unknown(const std::vector<Sent>& sent) {
    for (const Sent& s : sent) {
      EXPECT_EQ(engine.answers(s), 1U);
      EXPECT_EQ(outcome(engine.answer(s)), "outcome_unknown") << "request " << s.context;
    }
  }
  void run_until_failed() {
    engine.run_until([&] { return engine.engine().failed(); }, "the failure");
    for (int i = 0; i < 3; ++i) engine.turn();
  }

  MemoryJournal journal;
  TestEngine engine{journal, {.workers = 2}};
  ConcertId concert = engine.create(small_concert());
};
INSTANTIATE_TEST_SUITE_P(Kinds, JournalFailureTest,
                         testing::Values(AppendStatus::kFailed, AppendStatus::kFenced),
                         [](const auto& kind) { return name_of(kind.param); });

TEST_P(JournalFailureTest, everything_held_back_has_an_unknown_outcome) {
  journal.hold();
  fail_next_group();
  const std::uint64_t begun = journal.appends_begun();
  const std::size_t shard = engine.owner(ReadConcert{concert});
  std::vector<Sent> sent;
  sent.push_back(engine.send(shard, {as_user(1), {}, Join{concert, user_id(1)}}));
  engine.turn();
  ASSERT_TRUE(journal.wait_for_append(begun + 1));
  sent.push_back(engine.send(shard, {{}, {}, ReadConcert{concert}}));  // waits for the write
  sent.push_back(
      engine.send(shard, {as_user(2), {}, Join{concert, user_id(2)}}));  // waits in the next batch
  sent.push_back(
      engine.send(1 - shard, {as_user(3), {}, Join{concert, user_id(3)}}));  // still in the intake
  journal.release();
  run_until_failed();
  expect_all_unknown(sent);
}

TEST_P(JournalFailureTest, payment_that_waits_for_the_wallet_has_an_unknown_outcome) {
  const Caller fan = engine.join(concert, 1);
  const HoldId hold = engine.hold(concert, fan, {1});
  engine.charge(1, 5000);
  engine.settle();
  journal.fail_at(journal.last_group() + 2,
                  GetParam());  // PaymentStarted is written, MoneyReserved is not
  const Sent pay = engine.send(0, {fan, {}, Pay{concert, {hold}}});
  run_until_failed();
  expect_all_unknown({pay});
}

TEST_P(JournalFailureTest, nothing_is_decided_or_acknowledged_afterwards) {
  fail_next_group();
  engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  run_until_failed();
  const std::size_t groups = journal.groups().size();
  const std::uint64_t seq = engine.slot(slot_of_concert(concert)).seq;
  const Sent join = engine.send(0, {as_user(5), {}, Join{concert, user_id(5)}});
  const Sent read = engine.send(1, {{}, {}, ReadConcert{concert}});
  for (int i = 0; i < 5; ++i) engine.turn();
  expect_all_unknown({join, read});
  EXPECT_EQ(engine.slot(slot_of_concert(concert)).seq, seq);
  EXPECT_EQ(engine.failures(), std::vector<std::string>{"the test's disk is broken"});
  EXPECT_EQ(journal.groups().size(), groups);
}

// A command that was answered as unknown but did reach the disk is there after recovery, and a
// retry finds it.
TEST(JournalFailure, request_sent_again_after_recovery_is_done_once) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const ConcertId concert = engine.create(small_concert());
  const Command charge{as_user(1), key_of(77, 1), Charge{user_id(1), Money{900}}};
  engine.ask(charge);
  engine.settle();
  journal.fail_at(journal.last_group() + 1, AppendStatus::kFailed);
  const Sent join = engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  engine.run_until([&] { return engine.answers(join) > 0; }, "the refusal");
  MemoryJournal disk(journal.groups());
  TestEngine again(disk);
  const Reply replayed = again.ask(charge);
  EXPECT_TRUE(replayed.replayed);
  EXPECT_EQ(body_of<ChargeView>(replayed).balance, Money{900});
  EXPECT_EQ(again.join(concert, 1).number, TicketNumber{1});
}

// `set_short` switches a shortage of the resource that `reason` names on and off.
void expect_only_promises_kept(const std::function<void(Engine&, bool)>& set_short,
                               const char* reason) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const ConcertId concert = engine.create(small_concert());
  const Caller fan = engine.join(concert, 1);
  engine.charge(1, 5000);
  const HoldId hold = engine.hold(concert, fan, {1});
  const HoldId other = engine.hold(concert, fan, {2});
  const Command charge{as_user(1), key_of(5, 6), Charge{user_id(1), Money{70}}};
  EXPECT_EQ(outcome(engine.ask(charge)), "none");
  engine.settle();
  set_short(engine.engine(), true);
  const std::size_t groups = journal.groups().size();
  const std::vector<Command> new_work = {{as_user(2), {}, Join{concert, user_id(2)}},
                                         {fan, {}, place_hold(concert, {3})},
                                         {as_user(1), {}, Charge{user_id(1), Money{10}}},
                                         {kAdmin, {}, CreateConcert{small_concert()}}};
  for (const Command& command : new_work) {
    EXPECT_EQ(outcome(engine.ask(command)), reason) << name_of(command.body);
  }
  // Repeated requests are not new work.
  const Reply again = engine.ask(charge);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<ChargeView>(again).balance, Money{5070});
  const Reply rejoined = engine.ask({as_user(1), {}, Join{concert, user_id(1)}});
  EXPECT_EQ(body_of<QueueEntry>(rejoined).number, TicketNumber{1});
  EXPECT_EQ(journal.groups().size(), groups);
  EXPECT_EQ(outcome(engine.ask({fan, {}, ReadSeats{concert, first_date()}})), "none");
  EXPECT_EQ(outcome(engine.ask({fan, {}, ReleaseHold{other}})), "none");
  EXPECT_EQ(outcome(engine.ask({fan, {}, Pay{concert, {hold}}})), "none");
  set_short(engine.engine(), false);
  EXPECT_EQ(outcome(engine.ask(new_work[0])), "none");
}

TEST(LowDisk, new_work_is_refused_and_what_is_promised_is_kept) {
  expect_only_promises_kept([](Engine& engine, bool low) { engine.set_low_disk(low); }, "low_disk");
}

TEST(LowMemory, new_work_is_refused_and_what_is_promised_is_kept) {
  expect_only_promises_kept([](Engine& engine, bool low) { engine.set_memory_room(low ? 0 : 1); },
                            "low_memory");
}

TEST(LowMemory, refusals_are_counted_by_what_is_short) {
  MemoryJournal journal;
  TestEngine engine(journal);
  const ConcertId concert = engine.create(small_concert());
  engine.engine().set_memory_room(0);
  for (std::uint32_t user = 1; user <= 3; ++user)
    engine.ask({as_user(user), {}, Join{concert, user_id(user)}});
  engine.engine().set_low_disk(true);  // the cause that the operator can fix at once has precedence
  engine.ask({as_user(9), {}, Join{concert, user_id(9)}});
  const WorkerStats& stats = engine.engine().worker(0).stats();
  EXPECT_EQ(stats.refused_low_memory.get(), 3U);
  EXPECT_EQ(stats.refused_low_disk.get(), 1U);
}

TEST(Overload, full_intake_refuses_before_the_command_enters) {
  MemoryJournal journal;
  TestEngine engine(journal, {.workers = 2, .intake_max = 3});
  const ConcertId concert = engine.create(small_concert());
  engine.settle();
  const std::size_t elsewhere = 1 - engine.owner(ReadConcert{concert});
  std::vector<Sent> sent;
  for (std::uint32_t user = 1; user <= 5; ++user) {
    sent.push_back(engine.send(elsewhere, {as_user(user), {}, Join{concert, user_id(user)}}));
  }
  EXPECT_EQ(outcome(engine.answer(sent[2])), "no answer yet");
  EXPECT_EQ(outcome(engine.answer(sent[3])), "overloaded");
  EXPECT_EQ(outcome(engine.answer(sent[4])), "overloaded");
  engine.settle();
  EXPECT_EQ(outcome(engine.answer(sent[2])), "none");
  EXPECT_EQ(body_of<ConcertView>(engine.ask({{}, {}, ReadConcert{concert}})).joined, 3U);
}

class DeferredRepliesTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(From, DeferredRepliesTest, testing::Bool(), [](const auto& own) {
  return own.param ? std::string("own_clients") : std::string("another_shard");
});

TEST_P(DeferredRepliesTest, too_many_deferred_replies_refuse_before_anything_is_decided) {
  MemoryJournal journal;
  TestEngine engine(journal, {.workers = 2, .deferred_replies_max = 4});
  const ConcertId concert = engine.create(small_concert());
  engine.settle();
  const std::size_t owner = engine.owner(ReadConcert{concert});
  const std::size_t from = GetParam() ? owner : 1 - owner;
  journal.hold();
  std::vector<Sent> sent;
  for (std::uint32_t user = 1; user <= 7; ++user) {
    sent.push_back(engine.send(from, {as_user(user), {}, Join{concert, user_id(user)}}));
  }
  for (int i = 0; i < 3; ++i) engine.turn();
  for (std::size_t i = 0; i < 7; ++i)
    EXPECT_EQ(outcome(engine.answer(sent[i])), i < 4 ? "no answer yet" : "overloaded");
  journal.release();
  engine.settle();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(outcome(engine.answer(sent[i])), "none");
  EXPECT_EQ(body_of<ConcertView>(engine.ask({{}, {}, ReadConcert{concert}})).joined, 4U);
}

}  // namespace
}  // namespace frontrow
