// Replies, reads, rejections and messages leave only when their events are durable.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

class ReplyGateTest : public testing::Test {
 protected:
  // Blocks the next group before the disk.
  void hold_appends() {
    engine.settle();
    journal.hold();
    begun = journal.appends_begun();
  }
  // Waits until the n-th append since hold_appends() is blocked before the disk.
  void expect_append(std::uint64_t n) {
    engine.turn();
    ASSERT_TRUE(journal.wait_for_append(begun + n));
    for (int i = 0; i < 3; ++i) engine.turn();
  }

  MemoryJournal journal;
  TestEngine engine{journal};
  ConcertId concert = engine.create(small_concert());
  std::uint64_t begun = 0;
};

TEST_F(ReplyGateTest, reply_waits_until_its_events_are_durable) {
  hold_appends();
  const std::size_t groups = journal.groups().size();
  const Sent join = engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  expect_append(1);
  EXPECT_EQ(outcome(engine.answer(join)), "no answer yet");
  EXPECT_EQ(journal.groups().size(), groups);
  journal.release();
  engine.settle();
  EXPECT_EQ(outcome(engine.answer(join)), "none");
  EXPECT_EQ(journal.groups().size(), groups + 1);
}

TEST_F(ReplyGateTest, reply_waits_before_its_batch_was_handed_over) {
  const Sent join = engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  EXPECT_EQ(engine.answers(join), 0U);
}

TEST_F(ReplyGateTest, read_of_a_slot_with_events_in_flight_waits) {
  hold_appends();
  engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  const Sent before_hand_over = engine.send(0, {{}, {}, ReadConcert{concert}});
  expect_append(1);
  const Sent in_flight = engine.send(0, {{}, {}, ReadConcert{concert}});
  engine.turn();
  EXPECT_EQ(engine.answers(before_hand_over), 0U);
  EXPECT_EQ(engine.answers(in_flight), 0U);
  journal.release();
  engine.settle();
  EXPECT_EQ(body_of<ConcertView>(*engine.answer(before_hand_over)).active, 1U);
  EXPECT_EQ(body_of<ConcertView>(*engine.answer(in_flight)).active, 1U);
}

TEST_F(ReplyGateTest, refusal_that_rests_on_events_in_flight_waits) {
  const Caller one = engine.join(concert, 1);
  const Caller two = engine.join(concert, 2);
  hold_appends();
  engine.send(0, {one, {}, place_hold(concert, {7})});
  const Sent refused = engine.send(0, {two, {}, place_hold(concert, {7})});
  expect_append(1);
  EXPECT_EQ(engine.answers(refused), 0U);
  journal.release();
  engine.settle();
  EXPECT_EQ(outcome(engine.answer(refused)), "seat_unavailable");
}

TEST_F(ReplyGateTest, slot_with_nothing_in_flight_answers_inside_submit) {
  hold_appends();
  const Sent read = engine.send(0, {{}, {}, ReadConcert{concert}});
  EXPECT_EQ(engine.answers(read), 1U);
  engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  expect_append(1);
  // Another slot does not wait for this one.
  ASSERT_NE(slot_of_user(user_id(9)), slot_of_concert(concert));
  const Sent balance = engine.send(0, {as_user(9), {}, ReadBalance{user_id(9)}});
  EXPECT_EQ(engine.answers(balance), 1U);
}

TEST_F(ReplyGateTest, read_waits_for_the_write_in_flight_and_not_for_the_group_behind_it) {
  hold_appends();
  const Sent join = engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  expect_append(1);
  const Sent charge = engine.send(0, {as_user(9), {}, Charge{user_id(9), Money{500}}});
  const Sent read = engine.send(0, {{}, {}, ReadConcert{concert}});
  journal.release_one();
  engine.run_until([&] { return engine.answers(join) > 0; }, "the first group");
  EXPECT_EQ(engine.answers(read), 1U);
  expect_append(2);
  EXPECT_EQ(engine.answers(charge), 0U);
  journal.release();
  engine.settle();
  EXPECT_EQ(engine.answers(charge), 1U);
}

// PaymentStarted, MoneyReserved, Sold: each message leaves its slot only when its events are on
// disk.
TEST_F(ReplyGateTest, payment_takes_each_step_only_after_the_one_before_is_durable) {
  const Caller fan = engine.join(concert, 1);
  const HoldId hold = engine.hold(concert, fan, {7});
  engine.charge(1, 1500);
  ASSERT_NE(slot_of_user(user_id(1)), slot_of_concert(concert));
  const auto wallet = [&] {
    return *engine.slot(slot_of_user(user_id(1))).find_wallet(user_id(1));
  };
  const auto hold_state = [&] {
    return engine.slot(slot_of_concert(concert)).find_concert(concert)->find_hold(hold)->state;
  };

  hold_appends();
  const Sent pay = engine.send(0, {fan, {}, Pay{concert, {hold}}});
  expect_append(1);
  EXPECT_EQ(hold_state(), HoldState::kPaying);
  EXPECT_EQ(wallet().reserved, Money{0});

  journal.release_one();
  engine.run_until([&] { return wallet().reserved == Money{1000}; }, "the reservation");
  expect_append(2);
  EXPECT_EQ(hold_state(), HoldState::kPaying);

  journal.release_one();
  engine.run_until([&] { return hold_state() == HoldState::kPaid; }, "the commit point");
  expect_append(3);
  EXPECT_EQ(engine.answers(pay), 0U);
  EXPECT_EQ(wallet().spent, Money{0});

  journal.release_one();
  engine.run_until([&] { return engine.answers(pay) > 0; }, "the answer");
  EXPECT_EQ(outcome(engine.answer(pay)), "none");
  EXPECT_EQ(body_of<PaymentView>(*engine.answer(pay)).balance, Money{500});
  journal.release();
  engine.settle();
  EXPECT_EQ(wallet().spent, Money{1000});
  EXPECT_EQ(engine.answers(pay), 1U);
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
}

TEST_F(ReplyGateTest, group_gathers_while_one_write_is_in_flight) {
  hold_appends();
  engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
  expect_append(1);
  for (std::uint32_t user = 2; user <= 21; ++user) {
    engine.send(0, {as_user(user), {}, Join{concert, user_id(user)}});
    engine.turn();
  }
  EXPECT_EQ(journal.appends_begun(), begun + 1);
  const std::size_t before = journal.groups().size();
  journal.release();
  engine.settle();
  const auto groups = journal.groups();
  ASSERT_EQ(groups.size(), before + 2);
  EXPECT_EQ(groups[before].record_count, 1U);
  EXPECT_EQ(groups[before + 1].record_count, 20U);
}

TEST(ReplyGate, batches_of_all_shards_that_wait_become_one_group) {
  MemoryJournal journal;
  TestEngine engine(journal, {.workers = 3});
  journal.hold();
  std::vector<Sent> charges;
  for (std::uint32_t worker = 0; worker < 3; ++worker) {
    const std::uint32_t user = user_of_worker(worker, 3, 1 + 1000 * worker);
    charges.push_back(engine.send(worker, {as_user(user), {}, Charge{user_id(user), Money{100}}}));
    engine.turn();
    ASSERT_TRUE(journal.wait_for_append(1));
  }
  journal.release();
  engine.settle();
  const auto groups = journal.groups();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].record_count, 1U);
  EXPECT_EQ(groups[1].record_count, 2U);
  for (const Sent& charge : charges) EXPECT_EQ(outcome(engine.answer(charge)), "none");
}

// A server's sink submits further commands from within on_reply: the parts of a list.
TEST_F(ReplyGateTest, reply_stays_whole_while_its_sink_submits) {
  struct Lister final : ReplySink {
    void on_reply(const ReplyTo& to, Reply&& reply) override {
      if (to.context == 1) {
        ++parts;
        return;
      }
      const auto& listed = std::get<ConcertIds>(reply.body);
      for (const ConcertId id : listed.concerts) {
        seen.push_back(id.value);
        worker->submit({{}, {}, ReadConcert{id}}, worker->reply_to(1, 1));
      }
    }
    Worker* worker = nullptr;
    std::vector<std::uint32_t> seen;
    int parts = 0;
  };
  for (int i = 0; i < 40; ++i) engine.create(small_concert());
  engine.settle();
  Lister lister;
  lister.worker = &engine.engine().worker(0);
  lister.worker->set_sink(&lister);
  lister.worker->submit({{}, {}, ListConcerts{}}, lister.worker->reply_to(0, 1));
  ASSERT_EQ(lister.seen.size(), 41U);
  for (std::uint32_t i = 0; i < 41; ++i) EXPECT_EQ(lister.seen[i], i + 1);
  EXPECT_EQ(lister.parts, 41);
}

}  // namespace
}  // namespace frontrow
