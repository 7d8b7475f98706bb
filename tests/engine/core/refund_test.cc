#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Refunds : HolderFixture {
  PaymentId paid = make_payment_id(c, 1);
};

TEST_F(Refunds, refund_gives_money_and_seats_back) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  w.pass(seconds(5));
  const Reply reply = w.ask(kAdmin, Refund{paid});
  EXPECT_TRUE(reply.created);
  const RefundView refund = body_of<RefundView>(reply);
  EXPECT_EQ(refund.balance.minor, 5000);
  EXPECT_EQ(refund.purchase.amount.minor, 2000);
  EXPECT_EQ(refund.refunded_at, kStart + seconds(5));
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_EQ(w.balance(1).minor, 5000);
  EXPECT_EQ(w.concert(c).revenue.minor, 0);
  EXPECT_EQ(w.wallet(1)->payments[0].state, PaymentState::kRefunded);
  EXPECT_EQ(body_of<PaymentView>(w.ask(kAdmin, ReadPayment{paid})).state, PaymentState::kRefunded);
  EXPECT_GRANTED(w.hold(w.join(c, 2), {1, 2}));
}

// Reading, releasing and paying follow one rule.
TEST_F(Refunds, hold_of_a_refunded_payment_reads_refunded_and_is_gone) {
  EXPECT_GRANTED(w.pay(ann, hold.hold, key_of(1, 10)));
  EXPECT_EQ(body_of<HoldView>(w.ask(ann.caller, ReadHold{hold.hold})).state, HoldState::kPaid);
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid}));
  const Fan bob = w.join(c, 2);
  EXPECT_GRANTED(w.hold(bob, {1}));
  for (int restarts = 0; restarts < 3; ++restarts) {
    const HoldView view = body_of<HoldView>(w.ask(ann.caller, ReadHold{hold.hold}));
    EXPECT_EQ(view.state, HoldState::kRefunded);
    EXPECT_EQ(view.seats, hold.seats);
    for (const Reply& gone : {w.ask(ann.caller, ReleaseHold{hold.hold}), w.pay(ann, hold.hold)}) {
      EXPECT_REJECT(Reject::kHoldRefunded, gone);
      EXPECT_EQ(body_of<RejectDetail>(gone).payment, paid);
    }
    EXPECT_EQ(body_of<PaymentView>(w.ask(ann.caller, ReadPayment{paid})).state,
              PaymentState::kRefunded);
    EXPECT_EQ(
        body_of<PaymentsView>(w.ask(as_user(1), ReadPayments{user_id(1), 5})).payments[0].state,
        PaymentState::kRefunded);
    w.restart();
  }
  // The stored answer is that of the first response.
  const Reply stored = w.pay(ann, hold.hold, key_of(1, 10));
  EXPECT_TRUE(stored.replayed);
  EXPECT_EQ(body_of<PaymentView>(stored).state, PaymentState::kCompleted);
  EXPECT_EQ(state(1), SeatState::kHeld);
}

TEST_F(Refunds, refund_twice_is_the_same_refund) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid}));
  w.charge(1, 10);
  w.pass(seconds(1));
  const Reply again = w.ask(kAdmin, Refund{paid});
  EXPECT_FALSE(again.created);
  EXPECT_EQ(body_of<RefundView>(again).balance.minor, 5000);
  EXPECT_EQ(body_of<RefundView>(again).refunded_at, kStart);
  EXPECT_EQ(w.balance(1).minor, 5010);
}

TEST_F(Refunds, refund_twice_while_under_way_waits_for_the_one) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  w.post(kAdmin, Refund{paid});
  const WaitKey wait = w.effects().waits_for;
  EXPECT_EQ(state(1), SeatState::kSold) << "until the money is back";
  w.post(kAdmin, Refund{paid});
  EXPECT_EQ(w.effects().waits_for, wait);
  EXPECT_TRUE(w.effects().events.empty());
  w.deliver_all();
  EXPECT_GRANTED(*w.resolved(wait));
  EXPECT_EQ(w.balance(1).minor, 5000);
}

TEST_F(Refunds, refund_before_the_wallet_has_posted_gives_back_once) {
  w.post(ann.caller, Pay{c, {hold.hold}});
  EXPECT_REJECT(Reject::kPaymentNotFound, (w.post(kAdmin, Refund{paid}), *w.reply()));
  w.deliver_next();
  w.deliver_next();  // sold, not posted
  const SettleMoney late_post = std::get<SettleMoney>(w.messages().front().body);
  w.post(kAdmin, Refund{paid});
  const WaitKey wait = w.effects().waits_for;
  w.deliver_all();
  EXPECT_GRANTED(*w.resolved(wait));
  w.deliver({{}, {}, late_post});
  w.deliver_all();
  EXPECT_EQ(w.balance(1).minor, 5000);
  EXPECT_EQ(w.concert(c).buyers.count(user_id(1)), 0U);
}

TEST_F(Refunds, refund_of_what_was_never_paid_is_rejected) {
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(kAdmin, Refund{paid}));
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(kAdmin, Refund{make_payment_id(ConcertId{8}, 1)}));
}

TEST_F(Refunds, messages_twice_late_and_after_a_crash_come_to_the_same) {
  for (int crash_after = 0; crash_after <= 2; ++crash_after) {
    SCOPED_TRACE(crash_after);
    World world;
    const ConcertId concert = world.create(small_concert());
    const Fan fan = world.join(concert, 1);
    world.charge(1, 5000);
    EXPECT_GRANTED(world.pay(fan, body_of<HoldView>(world.hold(fan, {1})).hold));
    world.post(kAdmin, Refund{make_payment_id(concert, 1)});
    std::vector<Command> seen;
    for (int i = 0; i < crash_after && !world.messages().empty(); ++i) {
      seen.push_back(world.messages().front());
      world.deliver_next();
      for (const Command& copy : std::vector<Command>(seen)) world.deliver(copy);
    }
    world.restart();
    world.deliver_all();
    for (const Command& copy : seen) world.deliver(copy);
    world.deliver_all();
    EXPECT_EQ(world.balance(1).minor, 5000);
    EXPECT_EQ(world.wallet(1)->spent.minor, 0);
    EXPECT_TRUE(world.concert(concert).outbox.empty());
    EXPECT_EQ(world.concert(concert).payments_refunded, 1U);
  }
}

TEST_F(Refunds, return_of_money_never_paid_is_rejected) {
  w.deliver({{}, {}, ReturnMoney{paid, user_id(1)}});
  EXPECT_REJECT(Reject::kPaymentNotFound, w.effects().reply);
  EXPECT_EQ(w.balance(1).minor, 5000);
}

TEST_F(Refunds, a_refunded_user_may_buy_again_and_the_old_hold_stays_refunded) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid}));
  const Fan again = w.join(c, 1);
  const HoldView next = body_of<HoldView>(w.hold(again, {1, 2}));
  EXPECT_GRANTED(w.pay(again, next.hold));
  EXPECT_EQ(w.balance(1).minor, 3000);
  EXPECT_REJECT(Reject::kHoldRefunded, w.pay(again, hold.hold));
  EXPECT_EQ(w.balance(1).minor, 3000);
}

}  // namespace
}  // namespace frontrow
