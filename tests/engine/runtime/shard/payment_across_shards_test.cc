// Commands and payments whose concert, wallet and client are on different shards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

class PaymentAcrossShardsTest : public testing::Test {
 protected:
  std::size_t shop() const { return engine.owner(ReadConcert{concert}); }

  MemoryJournal journal;
  TestEngine engine{journal, {.workers = 3}};
  ConcertId concert = engine.create(small_concert());
  // Concert, wallet and client on three shards.
  std::uint32_t user = user_of_worker((shop() + 1) % 3, 3, 1);
  std::size_t client = (shop() + 2) % 3;
  Caller fan = engine.join(concert, user);
};

TEST_F(PaymentAcrossShardsTest, every_command_is_answered_at_the_client_s_worker_once) {
  const std::vector<Command> commands = {{fan, {}, ReadToken{concert}},
                                         {fan, {}, place_hold(concert, {1, 2})},
                                         {{}, {}, ReadConcert{concert}},
                                         {as_user(user), {}, ReadBalance{user_id(user)}},
                                         {as_user(user), {}, Charge{user_id(user), Money{100}}},
                                         {fan, {}, Leave{concert}}};
  std::vector<Sent> sent;
  for (const Command& command : commands) sent.push_back(engine.send(client, command));
  for (const Sent& s : sent) EXPECT_EQ(engine.answers(s), 0U);  // all of other shards
  engine.settle();
  for (const Sent& s : sent) {
    EXPECT_EQ(engine.answers(s), 1U);
    EXPECT_EQ(outcome(engine.answer(s)), "none")
        << name_of(commands[s.context - sent[0].context].body);
  }
}

TEST_F(PaymentAcrossShardsTest, payment_sells_the_seats_and_takes_the_money) {
  engine.charge(user, 5000);
  const HoldId hold = engine.hold(concert, fan, {1, 2});
  const Sent pay = engine.send(client, {fan, {}, Pay{concert, {hold}}});
  engine.settle();
  const Reply reply = *engine.answer(pay);
  EXPECT_EQ(outcome(reply), "none");
  EXPECT_TRUE(reply.created);
  EXPECT_EQ(body_of<PaymentView>(reply).balance, Money{3000});
  EXPECT_EQ(body_of<ConcertView>(engine.ask({{}, {}, ReadConcert{concert}})).dates[0]->sold, 2U);
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
}

TEST_F(PaymentAcrossShardsTest, refused_reservation_leaves_the_hold_alive) {
  engine.charge(user, 999);
  const HoldId hold = engine.hold(concert, fan, {1});
  const Reply refused = engine.ask({fan, {}, Pay{concert, {hold}}});
  EXPECT_EQ(outcome(refused), "insufficient_balance");
  EXPECT_EQ(body_of<RejectDetail>(refused).balance, Money{999});
  engine.settle();
  engine.charge(user, 1);
  EXPECT_EQ(outcome(engine.ask({fan, {}, Pay{concert, {hold}}})), "none");
  engine.settle();
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
}

// At once from the client's own worker and from another one, with one key or with none.
TEST_F(PaymentAcrossShardsTest, double_click_is_one_payment_answered_201_and_200) {
  engine.charge(user, 5000);
  const HoldId hold = engine.hold(concert, fan, {1});
  std::vector<Sent> clicks;
  clicks.push_back(engine.send(client, {fan, {}, Pay{concert, {hold}}}));
  clicks.push_back(engine.send(client, {fan, {}, Pay{concert, {hold}}}));
  engine.turn();
  clicks.push_back(engine.send(shop(), {fan, {}, Pay{concert, {hold}}}));
  engine.settle();
  std::size_t created = 0;
  for (const Sent& click : clicks) {
    EXPECT_EQ(engine.answers(click), 1U);
    EXPECT_EQ(outcome(engine.answer(click)), "none");
    EXPECT_EQ(body_of<PaymentView>(*engine.answer(click)).purchase.payment,
              make_payment_id(concert, 1));
    created += engine.answer(click)->created ? 1 : 0;
  }
  EXPECT_EQ(created, 1U);
  EXPECT_TRUE(engine.answer(clicks[0])->created);
  EXPECT_EQ(
      body_of<BalanceView>(engine.ask({as_user(user), {}, ReadBalance{user_id(user)}})).balance,
      Money{4000});
  EXPECT_FALSE(engine.ask({fan, {}, Pay{concert, {hold}}}).created);
}

TEST_F(PaymentAcrossShardsTest, double_click_under_one_key_replays_the_stored_answer_later) {
  engine.charge(user, 5000);
  const HoldId hold = engine.hold(concert, fan, {1});
  const Command pay{fan, key_of(42, 1), Pay{concert, {hold}}};
  const Sent first = engine.send(client, pay);
  const Sent second = engine.send(shop(), pay);
  engine.settle();
  for (const Sent& click : {first, second}) EXPECT_TRUE(engine.answer(click)->created);
  EXPECT_NE(engine.answer(first)->replayed, engine.answer(second)->replayed);
  const Reply later = engine.ask(pay);
  EXPECT_TRUE(later.replayed);
  EXPECT_TRUE(later.created);
  EXPECT_EQ(body_of<PaymentView>(later).purchase.payment, make_payment_id(concert, 1));
  EXPECT_EQ(outcome(engine.ask({fan, key_of(42, 2), Pay{concert, {hold}}})), "key_reused");
}

// The wallet's shard does not answer before decide_by: the payment fails, and the late answer has
// no effect.
TEST_F(PaymentAcrossShardsTest, silent_wallet_ends_in_payment_timeout_and_no_money_is_taken) {
  engine.charge(user, 5000);
  const HoldId hold = engine.hold(concert, fan, {1});
  engine.settle();
  const Sent pay = engine.send(shop(), {fan, {}, Pay{concert, {hold}}});
  Worker& shop_worker = engine.engine().worker(shop());
  const auto only_the_shop = [&](auto&& until) {
    for (int i = 0; i < 20'000 && !until(); ++i) {
      shop_worker.turn();
      std::this_thread::yield();
    }
  };
  const std::uint64_t groups = journal.last_group();
  only_the_shop([&] { return journal.last_group() > groups; });
  engine.advance(seconds(11));
  only_the_shop([&] { return engine.answers(pay) > 0; });
  EXPECT_EQ(outcome(engine.answer(pay)), "payment_timeout");
  engine.settle();
  EXPECT_EQ(
      body_of<BalanceView>(engine.ask({as_user(user), {}, ReadBalance{user_id(user)}})).balance,
      Money{5000});
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
  EXPECT_TRUE(engine.ask({fan, {}, Pay{concert, {hold}}}).created);
}

TEST_F(PaymentAcrossShardsTest, refund_gives_the_money_back_once) {
  engine.charge(user, 5000);
  const HoldId hold = engine.hold(concert, fan, {1});
  const auto paid = body_of<PaymentView>(engine.ask({fan, {}, Pay{concert, {hold}}}));
  engine.settle();
  const Sent first = engine.send(client, {kAdmin, {}, Refund{paid.purchase.payment}});
  const Sent second = engine.send(shop(), {kAdmin, {}, Refund{paid.purchase.payment}});
  engine.settle();
  EXPECT_NE(engine.answer(first)->created, engine.answer(second)->created);
  for (const Sent& s : {first, second})
    EXPECT_EQ(body_of<RefundView>(*engine.answer(s)).balance, Money{5000});
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
}

// Counts messages by type.
class NotingCarrier final : public Carrier {
 public:
  void carry(Command&& message) override {
    ++passed[name_of(message.body)];
    engine->deliver(std::move(message));
  }
  Engine* engine = nullptr;
  std::map<std::string, int> passed;
};

// A disk may stall for longer than the resend interval of outbox entries.
TEST(OutboxEntries, outbox_entry_is_not_sent_again_before_it_is_durable) {
  NotingCarrier carrier;
  MemoryJournal journal;
  TestEngine engine(journal, {.workers = 2, .carrier = &carrier});
  carrier.engine = &engine.engine();
  const ConcertId concert = engine.create(small_concert());
  engine.charge(1, 5000);
  const Caller fan = engine.join(concert, 1);
  const HoldId hold = engine.hold(concert, fan, {1});
  engine.settle();
  journal.hold();
  const std::uint64_t begun = journal.appends_begun();
  const Sent pay = engine.send(0, {fan, {}, Pay{concert, {hold}}});
  engine.turn();
  engine.turn();
  ASSERT_TRUE(journal.wait_for_append(begun + 1));
  engine.advance(seconds(7));
  engine.turn();
  engine.turn();
  EXPECT_EQ(carrier.passed["reserve_money"], 0) << "the payment is not on the disk";
  journal.release();
  engine.settle();
  EXPECT_EQ(outcome(engine.answer(pay)), "none");
  EXPECT_GE(carrier.passed["reserve_money"], 1);
  EXPECT_THAT(unsettled_or_wrong(engine.engine().slots()), testing::IsEmpty());
}

}  // namespace
}  // namespace frontrow
