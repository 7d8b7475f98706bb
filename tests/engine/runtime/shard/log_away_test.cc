// A shared log that does not answer: first nothing new enters, then those who wait hear that their
// outcome is unknown, and at last everything may have become durable after all.
#include <gtest/gtest.h>
#include <poll.h>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

class LogAwayTest : public testing::Test {
 protected:
  LogAwayTest() {
    engine.charge(1, 5000);
    engine.settle();
  }
  // A join whose record is on its way to the log, which does not answer.
  Sent join_in_flight(std::uint32_t user) {
    journal.hold();
    const std::uint64_t begun = journal.appends_begun();
    const Sent join = engine.send(0, {as_user(user), {}, Join{concert, user_id(user)}});
    engine.turn();
    EXPECT_TRUE(journal.wait_for_append(begun + 1));
    return join;
  }
  void turns(int n) {
    for (int i = 0; i < n; ++i) engine.turn();
  }

  MemoryJournal journal;
  TestEngine engine{journal, {.workers = 2}};
  ConcertId concert = engine.create(small_concert());
  Caller fan = engine.join(concert, 1);
  HoldId hold = engine.hold(concert, fan, {1});
};

TEST_F(LogAwayTest, commands_that_may_change_anything_are_refused_and_reads_pass) {
  engine.engine().set_log_unavailable(true);
  EXPECT_TRUE(engine.engine().log_unavailable());
  const std::size_t groups = journal.groups().size();
  const std::uint64_t seq = engine.slot(slot_of_concert(concert)).seq;
  const std::vector<Command> changes = {{as_user(2), {}, Join{concert, user_id(2)}},
                                        {fan, {}, place_hold(concert, {3})},
                                        {fan, {}, ReleaseHold{hold}},
                                        {fan, {}, Pay{concert, {hold}}},
                                        {fan, {}, Leave{concert}},
                                        {as_user(1), {}, Charge{user_id(1), Money{10}}},
                                        {kAdmin, {}, ChangeConcert{.concert = concert}},
                                        {kAdmin, {}, CreateConcert{small_concert()}}};
  for (const Command& command : changes)
    EXPECT_EQ(outcome(engine.ask(command)), "log_unavailable") << name_of(command.body);
  const std::vector<Command> reads = {{{}, {}, ReadConcert{concert}},
                                      {fan, {}, ReadSeats{concert, first_date()}},
                                      {fan, {}, ReadHold{hold}},
                                      {fan, {}, ReadToken{concert}},
                                      {as_user(1), {}, ReadBalance{user_id(1)}},
                                      {kAdmin, {}, ListConcerts{}}};
  for (const Command& command : reads)
    EXPECT_EQ(outcome(engine.ask(command)), "none") << name_of(command.body);
  engine.settle();
  EXPECT_EQ(journal.groups().size(), groups);
  EXPECT_EQ(engine.slot(slot_of_concert(concert)).seq, seq);
  engine.engine().set_log_unavailable(false);
  for (const Command& command : {changes[0], changes[3]})
    EXPECT_EQ(outcome(engine.ask(command)), "none") << name_of(command.body);
}

// A payment that has begun goes on: its client waits for both slots.
TEST_F(LogAwayTest, messages_between_slots_pass) {
  const std::uint32_t user = user_of_worker(1 - engine.owner(ReadConcert{concert}), 2, 10);
  const Caller caller = engine.join(concert, user);
  engine.charge(user, 5000);
  const HoldId other = engine.hold(concert, caller, {2});
  engine.settle();
  journal.hold();
  const std::uint64_t begun = journal.appends_begun();
  const Sent pay = engine.send(0, {caller, {}, Pay{concert, {other}}});
  turns(3);
  ASSERT_TRUE(journal.wait_for_append(begun + 1));
  engine.engine().set_log_unavailable(true);
  journal.release();
  engine.run_until([&] { return engine.answers(pay) > 0; }, "the payment");
  EXPECT_EQ(outcome(engine.answer(pay)), "none");
}

TEST_F(LogAwayTest, requests_that_wait_hear_that_their_outcome_is_unknown) {
  const Sent join = join_in_flight(2);
  const Sent read = engine.send(1, {{}, {}, ReadConcert{concert}});
  turns(3);
  EXPECT_EQ(engine.answers(join) + engine.answers(read), 0U);
  engine.engine().set_log_stuck(true);
  turns(3);
  for (const Sent& sent : {join, read}) {
    EXPECT_EQ(outcome(engine.answer(sent)), "outcome_unknown");
    EXPECT_EQ(engine.answers(sent), 1U);
  }
  EXPECT_EQ(
      engine.engine().worker(engine.owner(ReadConcert{concert})).stats().deferred_replies.get(),
      0U);
  EXPECT_FALSE(engine.engine().failed());
  const Sent balance = engine.send(0, {as_user(1), {}, ReadBalance{user_id(1)}});
  turns(3);
  EXPECT_EQ(outcome(engine.answer(balance)), "none") << "its slot waits for nothing";
}

TEST_F(LogAwayTest, record_whose_outcome_was_unknown_still_becomes_durable) {
  const Sent join = join_in_flight(2);
  engine.engine().set_log_stuck(true);
  turns(3);
  ASSERT_EQ(outcome(engine.answer(join)), "outcome_unknown");
  journal.release();
  engine.settle();
  engine.engine().set_log_stuck(false);
  EXPECT_EQ(engine.answers(join), 1U) << "one answer";
  const Reply again = engine.ask({as_user(2), {}, Join{concert, user_id(2)}});
  EXPECT_EQ(body_of<QueueEntry>(again).number, TicketNumber{2});
  MemoryJournal disk(journal.groups());
  TestEngine later(disk);
  EXPECT_EQ(body_of<ConcertView>(later.ask({{}, {}, ReadConcert{concert}})).joined, 2U);
}

// Its client has its answer, but the payment is carried through.
TEST_F(LogAwayTest, messages_that_wait_leave_once_their_records_are_durable) {
  journal.hold();
  const std::uint64_t begun = journal.appends_begun();
  engine.send(0, {fan, {}, Pay{concert, {hold}}});
  turns(3);
  ASSERT_TRUE(journal.wait_for_append(begun + 1));
  engine.engine().set_log_stuck(true);
  turns(3);
  journal.release();
  engine.settle();
  const auto held = body_of<HoldView>(engine.ask({fan, {}, ReadHold{hold}}));
  EXPECT_EQ(held.state, HoldState::kPaid);
  engine.settle();
  EXPECT_TRUE(unsettled_or_wrong(engine.engine().slots()).empty());
}

// The flag is read once a turn, so setting it wakes the threads that sleep.
TEST_F(LogAwayTest, threads_that_sleep_are_woken_to_answer) {
  const Sent join = join_in_flight(2);
  Worker& worker = engine.engine().worker(engine.owner(ReadConcert{concert}));
  turns(3);
  worker.waker().woken();
  worker.waker().prepare();
  engine.engine().set_log_stuck(true);
  pollfd sleeper{worker.waker().fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&sleeper, 1, 5'000), 1);
  worker.waker().cancel();
  worker.waker().woken();
  engine.turn();
  EXPECT_EQ(outcome(engine.answer(join)), "outcome_unknown");
}

}  // namespace
}  // namespace frontrow
