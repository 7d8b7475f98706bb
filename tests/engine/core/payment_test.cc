// A payment between its two slots: boundaries, and every message twice, late and out of order.
#include <algorithm>

#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Payments : HolderFixture {
  Payments() : HolderFixture(concert_with_long_sessions()) {}

  // For tests that start afresh in a loop: a world in which user 1 has 5,000 and holds seat 1.
  struct Buyer {
    Buyer() { world.charge(1, 5000); }

    World world;
    ConcertId concert = world.create(concert_with_long_sessions());
    Fan fan = world.join(concert, 1);
    HoldView hold = body_of<HoldView>(world.hold(fan, {1}));
  };
  Reply outcome(PaymentId id) const {
    return w.resolved({WaitKind::kPayment, id.value})
        .value_or(Reply{Reject::kOverloaded, false, false, {}});
  }
  void start() {
    w.post(ann.caller, Pay{c, {hold.hold}});
    EXPECT_EQ(w.effects().waits_for, (WaitKey{WaitKind::kPayment, first.value}));
  }
  Command take_one() {
    Command message = w.messages().front();
    w.messages().pop_front();
    return message;
  }

  PaymentId first = make_payment_id(c, 1);
};

TEST_F(Payments, pay_takes_the_money_gives_the_seats_and_completes_the_token) {
  const HoldView other = body_of<HoldView>(w.hold(ann, {5}));
  w.pass(seconds(3));
  const Reply reply = w.pay(ann, hold.hold);
  EXPECT_TRUE(reply.created);
  const PaymentView paid = body_of<PaymentView>(reply);
  EXPECT_EQ(paid.purchase.amount.minor, 2000);
  EXPECT_EQ(paid.balance.minor, 3000);
  EXPECT_EQ(paid.paid_at, kStart + seconds(3));
  EXPECT_EQ(paid.state, PaymentState::kCompleted);
  EXPECT_EQ(state(1), SeatState::kSold);
  EXPECT_EQ(state(5), SeatState::kFree) << "the session's other holds are released";
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
  EXPECT_EQ(w.wallet(1)->spent.minor, 2000);
  EXPECT_EQ(w.wallet(1)->reserved.minor, 0);
  EXPECT_TRUE(w.concert(c).outbox.empty());
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(ann.caller, ReadHold{other.hold}));
  EXPECT_EQ(body_of<HoldView>(w.ask(ann.caller, ReadHold{hold.hold})).state, HoldState::kPaid);
}

TEST_F(Payments, pay_again_by_its_owner_gives_the_same_payment) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  const Reply again = w.pay(ann, hold.hold);
  EXPECT_GRANTED(again);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(body_of<PaymentView>(again).purchase.payment, first);
  EXPECT_EQ(w.balance(1).minor, 3000);
}

TEST_F(Payments, pay_twice_while_under_way_waits_for_the_one_payment) {
  start();
  w.post(ann.caller, Pay{c, {hold.hold}});
  EXPECT_EQ(w.effects().waits_for, (WaitKey{WaitKind::kPayment, first.value}));
  EXPECT_TRUE(w.effects().events.empty());
  w.deliver_all();
  EXPECT_GRANTED(outcome(first));
  EXPECT_EQ(w.balance(1).minor, 3000);
}

TEST_F(Payments, pay_with_too_little_money_is_refused_and_the_hold_lives_on) {
  const HoldView dear = body_of<HoldView>(w.hold(ann, {3, 4}));
  w.change({.concert = c, .seats_per_user = 8});
  const HoldView dearer = body_of<HoldView>(w.hold(ann, {5, 6, 7, 8}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{dear.hold}));
  EXPECT_EQ(dearer.amount.minor, 4000);
  Fan bob = w.join(c, 2);
  w.charge(2, 999);
  const HoldView poor = body_of<HoldView>(w.hold(bob, {10}));
  const Reply no = w.pay(bob, poor.hold);
  EXPECT_REJECT(Reject::kInsufficientBalance, no);
  EXPECT_EQ(body_of<RejectDetail>(no).balance.minor, 999);
  EXPECT_EQ(body_of<RejectDetail>(no).amount.minor, 1000);
  EXPECT_EQ(body_of<HoldView>(w.ask(bob.caller, ReadHold{poor.hold})).expires_at, poor.expires_at);
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(bob.caller, ReadPayment{first}));
  w.charge(2, 1);
  EXPECT_GRANTED(w.pay(bob, poor.hold));
  EXPECT_EQ(w.balance(2).minor, 0);
}

TEST_F(Payments, pay_against_expiry_at_the_boundary) {
  const struct {
    int ms;
    bool tick_first;
    Reject expected;
  } cases[] = {
      {-1, false, Reject::kNone},       {-1, true, Reject::kNone},
      {0, false, Reject::kHoldExpired}, {0, true, Reject::kHoldExpired},
      {1, false, Reject::kHoldExpired}, {1, true, Reject::kHoldExpired},
  };
  for (const auto& [ms, tick_first, expected] : cases) {
    SCOPED_TRACE(std::to_string(ms) + (tick_first ? " expire first" : " pay first"));
    Buyer buyer;
    auto& [world, concert, fan, h] = buyer;
    world.advance(h.expires_at - world.now());
    world.advance(milliseconds(ms));
    if (tick_first) world.tick();
    world.post(fan.caller, Pay{concert, {h.hold}});
    world.tick();
    // The wallet's answer comes well after the deadline; the payment began before it.
    world.pass(seconds(2));
    world.deliver_all();
    if (expected == Reject::kNone) {
      EXPECT_GRANTED(*world.resolved({WaitKind::kPayment, make_payment_id(concert, 1).value}));
      EXPECT_EQ(world.concert(concert).dates[0]->seats.state(SeatNumber{1}), SeatState::kSold);
      EXPECT_EQ(world.balance(1).minor, 4000);
    } else {
      EXPECT_EQ(world.concert(concert).dates[0]->seats.state(SeatNumber{1}), SeatState::kFree);
      EXPECT_EQ(world.balance(1).minor, 5000);
    }
  }
}

TEST_F(Payments, frozen_hold_past_its_deadline_is_nobodys_to_take) {
  w.advance(seconds(299));
  start();
  w.pass(seconds(2));
  const Fan bob = w.join(c, 2);
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(bob, {1}));
  w.deliver_all();
  EXPECT_GRANTED(outcome(first));
}

TEST_F(Payments, refused_payment_past_the_deadline_ends_the_hold_in_the_same_instant) {
  Fan bob = w.join(c, 2);
  const HoldView poor = body_of<HoldView>(w.hold(bob, {7}));
  w.advance(seconds(299));
  w.post(bob.caller, Pay{c, {poor.hold}});
  w.pass(seconds(2));
  w.deliver_all();
  EXPECT_REJECT(Reject::kHoldExpired, w.pay(bob, poor.hold));
  w.tick();
  EXPECT_EQ(state(7), SeatState::kFree);
}

TEST_F(Payments, decide_by_passes_and_the_tombstone_defeats_the_late_reserve) {
  start();
  const Command reserve = take_one();
  w.pass(milliseconds(9999));
  EXPECT_FALSE(w.resolved({WaitKind::kPayment, first.value}));
  w.pass(milliseconds(1));
  EXPECT_REJECT(Reject::kPaymentTimeout, outcome(first));
  EXPECT_EQ(state(1), SeatState::kHeld);
  w.deliver_all();  // void, done
  EXPECT_EQ(w.wallet(1)->find_transfer(c)->state, TransferState::kVoided);
  w.deliver(reserve);
  EXPECT_EQ(w.wallet(1)->reserved.minor, 0);
  EXPECT_EQ(w.balance(1).minor, 5000);
  w.deliver_all();  // "not granted", for a payment that is long over
  EXPECT_EQ(state(1), SeatState::kHeld);
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  EXPECT_EQ(w.balance(1).minor, 3000);
}

TEST_F(Payments, tombstone_stands_for_a_user_without_a_wallet) {
  const Fan bob = w.join(c, 2);
  const HoldView free_of_money = body_of<HoldView>(w.hold(bob, {9}));
  w.post(bob.caller, Pay{c, {free_of_money.hold}});
  const Command reserve = take_one();
  w.pass(seconds(10));
  w.deliver_all();
  w.charge(2, 5000);
  w.deliver(reserve);
  EXPECT_EQ(w.balance(2).minor, 5000);
}

TEST_F(Payments, decide_by_passes_and_the_late_answer_changes_nothing) {
  start();
  w.deliver_next();  // reserve: the money is reserved
  const Command answer = take_one();
  EXPECT_EQ(w.wallet(1)->reserved.minor, 2000);
  w.pass(seconds(10));
  EXPECT_REJECT(Reject::kPaymentTimeout, outcome(first));
  w.deliver(answer);
  EXPECT_EQ(state(1), SeatState::kHeld);
  w.post(ann.caller, Pay{c, {hold.hold}});
  EXPECT_REJECT(Reject::kPaymentInProgress, *w.reply()) << "the one before is not settled";
  w.deliver_all();  // void
  EXPECT_EQ(w.balance(1).minor, 5000);
  EXPECT_GRANTED(w.pay(ann, hold.hold));
}

// At decide_by the payment is over even before the wheel's tick.
TEST_F(Payments, granted_answer_at_decide_by_before_the_tick_does_not_sell) {
  for (const int ms : {-1, 0, 1}) {
    SCOPED_TRACE(ms);
    Buyer buyer;
    auto& [world, concert, fan, h] = buyer;
    world.post(fan.caller, Pay{concert, {h.hold}});
    world.deliver_next();  // reserve: the money is reserved
    world.advance(milliseconds(10'000 + ms));
    world.deliver_next();  // granted
    const auto outcome = world.resolved({WaitKind::kPayment, make_payment_id(concert, 1).value});
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->reject, ms < 0 ? Reject::kNone : Reject::kPaymentTimeout);
    world.deliver_all();
    EXPECT_EQ(world.balance(1).minor, ms < 0 ? 4000 : 5000);
    EXPECT_EQ(world.wallet(1)->reserved.minor, 0);
    EXPECT_EQ(world.concert(concert).dates[0]->seats.state(SeatNumber{1}),
              ms < 0 ? SeatState::kSold : SeatState::kHeld);
  }
}

TEST_F(Payments, every_message_twice_and_every_order_of_the_duplicates_comes_to_the_same) {
  // Each permutation delivers copies of old messages between the steps.
  for (int order = 0; order < 24; ++order) {
    SCOPED_TRACE(order);
    Buyer buyer;
    auto& [world, concert, fan, h] = buyer;
    world.post(fan.caller, Pay{concert, {h.hold}});
    std::vector<Command> seen;
    for (int i = 0; !world.messages().empty() && i < 100; ++i) {
      seen.push_back(world.messages().front());
      world.deliver_next();
      if (i >= 4) continue;
      std::vector<std::size_t> index(seen.size());
      for (std::size_t k = 0; k < index.size(); ++k) index[k] = k;
      for (int k = 0; k < order; ++k) std::next_permutation(index.begin(), index.end());
      for (const std::size_t k : index) world.deliver(Command(seen[k]));
    }
    EXPECT_EQ(world.balance(1).minor, 4000);
    EXPECT_EQ(world.wallet(1)->payments.size(), 1U);
    EXPECT_EQ(world.concert(concert).revenue.minor, 1000);
    EXPECT_TRUE(world.concert(concert).outbox.empty());
    for (const Command& late : seen) world.deliver(late);
    EXPECT_EQ(world.balance(1).minor, 4000);
  }
}

TEST_F(Payments, crash_at_each_step_is_resumed_from_the_outbox) {
  for (int steps = 0; steps <= 5; ++steps) {
    SCOPED_TRACE(steps);
    Buyer buyer;
    auto& [world, concert, fan, h] = buyer;
    world.post(fan.caller, Pay{concert, {h.hold}});
    for (int i = 0; i < steps && !world.messages().empty(); ++i) world.deliver_next();
    world.restart();
    world.deliver_all();
    EXPECT_GRANTED(world.pay(fan, h.hold));
    EXPECT_EQ(world.balance(1).minor, 4000);
    EXPECT_TRUE(world.concert(concert).outbox.empty());
    EXPECT_EQ(world.wallet(1)->reserved.minor, 0);
  }
}

TEST_F(Payments, second_hold_cannot_be_paid_while_a_payment_is_unsettled) {
  const HoldView other = body_of<HoldView>(w.hold(ann, {5}));
  start();
  w.post(ann.caller, Pay{c, {other.hold}});
  EXPECT_REJECT(Reject::kPaymentInProgress, *w.reply());
  w.post(ann.caller, Leave{c});
  EXPECT_REJECT(Reject::kPaymentInProgress, *w.reply());
  w.deliver_next();
  w.deliver_next();      // sold, not posted yet
  w.messages().clear();  // the post is lost
  const Fan again = w.join(c, 1);
  const HoldView next = body_of<HoldView>(w.hold(again, {6}));
  w.post(again.caller, Pay{c, {next.hold}});
  EXPECT_REJECT(Reject::kPaymentInProgress, *w.reply());
  w.restart();
  w.deliver_all();
  EXPECT_GRANTED(w.pay(again, next.hold));
}

TEST_F(Payments, pay_with_a_hold_of_another_concert_reads_as_not_found) {
  const ConcertId other = w.create(small_concert());
  const Fan there = w.join(other, 1);
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(there.caller, Pay{other, {hold.hold}}));
  EXPECT_EQ(state(1), SeatState::kHeld);
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(ann.caller, Pay{ConcertId{99}, {hold.hold}}));
}

// Two concerts of one slot: ids in the request's body must not reach the other concert.
TEST_F(Payments, pay_with_a_hold_of_a_concert_in_the_same_slot_reads_as_not_found) {
  std::vector<std::uint32_t> concert_in(kSlotCount);
  ConcertId one;
  ConcertId two;
  for (std::uint32_t id = 1; !two; ++id) {
    std::uint32_t& known = concert_in[slot_of_concert(ConcertId{id}).value];
    if (known != 0) one = ConcertId{known}, two = ConcertId{id};
    known = id;
  }
  World world;
  for (const ConcertId id : {one, two}) world.deliver({{}, {}, OpenConcert{id, small_concert()}});
  world.messages().clear();
  const Fan in_one = world.join(one, 1);
  const Fan in_two = world.join(two, 1);
  world.charge(1, 9000);
  const HoldView h = body_of<HoldView>(world.hold(in_one, {1}));
  EXPECT_REJECT(Reject::kHoldNotFound, world.ask(in_two.caller, Pay{two, {h.hold}}));
  EXPECT_GRANTED(world.pay(in_one, h.hold));
  EXPECT_REJECT(Reject::kHoldNotFound, world.ask(in_two.caller, Pay{two, {h.hold}}));
}

TEST_F(Payments, read_payment_is_for_its_owner_and_the_operator) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  const Fan bob = w.join(c, 2);
  EXPECT_EQ(body_of<PaymentView>(w.ask(ann.caller, ReadPayment{first})).purchase.hold, hold.hold);
  EXPECT_GRANTED(w.ask(kAdmin, ReadPayment{first}));
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(bob.caller, ReadPayment{first}));
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(kAdmin, ReadPayment{make_payment_id(c, 9)}));
  EXPECT_REJECT(Reject::kConcertNotFound,
                w.ask(kAdmin, ReadPayment{make_payment_id(ConcertId{9}, 1)}));
}

}  // namespace
}  // namespace frontrow
