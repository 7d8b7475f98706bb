// Several holds of one session: paid together, kept after a payment, extended.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

ConcertSpec two_nights() {
  ConcertSpec spec = small_concert();
  spec.rules.seats_per_user = 100;
  spec.dates.push_back({Date{first_date().days + 1}, {{"floor", 10, Money{1000}}}});
  return spec;
}

struct SeveralHolds : TwoFansFixture {
  SeveralHolds() : TwoFansFixture(two_nights()) {
    w.charge(1, 5000);
    first = held(ann, {1, 2}).hold;
    second = held(ann, {5}).hold;
    third = held(ann, {8}).hold;
  }
  Reply pay(HoldIds holds) { return w.ask(ann.caller, Pay{c, std::move(holds)}); }

  HoldId first, second, third;
};

TEST_F(SeveralHolds, are_one_payment_and_one_hold_afterwards) {
  const PaymentView paid = body_of<PaymentView>(pay({first, second}));
  EXPECT_EQ(paid.purchase.hold, first);
  EXPECT_EQ(paid.purchase.seats, (SeatList{SeatNumber{1}, SeatNumber{2}, SeatNumber{5}}));
  EXPECT_EQ(paid.purchase.amount, Money{3000});
  EXPECT_EQ(paid.released, HoldIds{third}) << "the session ends, and its other hold with it";
  EXPECT_EQ(state(5), SeatState::kSold);
  EXPECT_EQ(state(8), SeatState::kFree);
  EXPECT_EQ(w.balance(1), Money{2000});
}

TEST_F(SeveralHolds, request_that_is_repeated_finds_the_payment) {
  const PaymentView paid = body_of<PaymentView>(pay({first, second, third}));
  const Reply again = pay({first, second, third});
  EXPECT_EQ(body_of<PaymentView>(again).purchase.payment, paid.purchase.payment);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(w.balance(1), Money{1000});
}

TEST_F(SeveralHolds, payment_that_fails_can_be_tried_again) {
  for (const std::uint32_t seat : {3U, 4U, 6U}) held(ann, {seat});
  const HoldIds all = {first, second, third, HoldId{third.value + 1}, HoldId{third.value + 2}};
  EXPECT_REJECT(Reject::kInsufficientBalance, pay(all));
  EXPECT_EQ(body_of<HoldView>(w.ask(ann.caller, ReadHold{first})).seats.size(), 6U);
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(ann.caller, ReadHold{second}));
  w.restart();
  w.charge(1, 5000);
  EXPECT_GRANTED(pay(all));
}

TEST_F(SeveralHolds, of_two_dates_or_with_too_many_seats_are_refused) {
  const Reply other = w.ask(ann.caller, PlaceHold{c, Date{first_date().days + 1}, {SeatNumber{1}}});
  const HoldId elsewhere = body_of<HoldView>(other).hold;
  EXPECT_REJECT(Reject::kHoldsDiffer, pay({first, elsewhere}));
  EXPECT_EQ(w.concert(c).find_hold(first)->seats.size(), 2U) << "nothing was merged";
  EXPECT_REJECT(Reject::kHoldNotFound, pay({first, make_hold_id(c, 99)}));
  EXPECT_REJECT(Reject::kHoldNotFound, pay({first, make_hold_id(ConcertId{9}, 1)}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(bob.caller, Pay{c, {first, second}}));
  // Only a faulty peer sends these.
  EXPECT_REJECT(Reject::kHoldNotFound, pay({first, second, second}));
  EXPECT_REJECT(Reject::kHoldNotFound, pay({second, first}));
  EXPECT_REJECT(Reject::kHoldNotFound, pay({}));
}

TEST(ManySeats, of_several_holds_are_bounded_by_one_payment) {
  World w;
  ConcertSpec spec = small_concert(100);
  spec.rules.seats_per_user = 100;
  const ConcertId c = w.create(spec);
  const Fan ann = w.join(c, 1);
  HoldIds holds;
  for (const std::uint32_t from : {1U, 21U}) {
    PlaceHold place{c, first_date(), {}};
    for (std::uint32_t n = from; n < from + 20; ++n) place.seats.push_back(SeatNumber{n});
    holds.push_back(body_of<HoldView>(w.ask(ann.caller, place)).hold);
  }
  EXPECT_REJECT(Reject::kHoldsDiffer, w.ask(ann.caller, Pay{c, holds}));
}

TEST_F(SeveralHolds, merged_hold_ends_at_the_earliest_deadline) {
  const HoldView early = held(bob, {3});
  w.pass(seconds(100));
  const HoldView late = held(bob, {4});
  EXPECT_REJECT(Reject::kInsufficientBalance, w.ask(bob.caller, Pay{c, {early.hold, late.hold}}));
  const HoldView merged = body_of<HoldView>(w.ask(bob.caller, ReadHold{early.hold}));
  EXPECT_EQ(merged.expires_at, early.expires_at);
  w.pass(seconds(201));
  EXPECT_EQ(state(3), SeatState::kFree);
  EXPECT_EQ(state(4), SeatState::kFree);
}

TEST_F(SeveralHolds, paid_and_unpaid_hold_are_not_paid_together) {
  ChangeConcert change{.concert = c};
  change.stay_after_payment = true;
  w.change(change);
  const PaymentView paid = body_of<PaymentView>(pay({first}));
  const Reply mixed = pay({first, second});
  EXPECT_REJECT(Reject::kAlreadyPaid, mixed);
  EXPECT_EQ(body_of<RejectDetail>(mixed).payment, paid.purchase.payment);
}

struct Staying : HolderFixture {
  static ConcertSpec spec() {
    ConcertSpec s = small_concert();
    s.rules.stay_after_payment = true;
    return s;
  }
  Staying() : HolderFixture(spec()) {}
};

TEST_F(Staying, session_goes_on_with_its_other_holds) {
  const HoldView other = held(ann, {7});
  const PaymentView paid = body_of<PaymentView>(w.pay(ann, hold.hold));
  EXPECT_TRUE(paid.released.empty());
  EXPECT_EQ(w.look(ann).state, TokenState::kActive);
  EXPECT_EQ(state(7), SeatState::kHeld);
  EXPECT_GRANTED(w.hold(ann, {9}));
  EXPECT_GRANTED(w.pay(ann, other.hold));
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(ann, {10})) << "four seats: two, one and one";
  EXPECT_EQ(w.balance(1), Money{2000});
}

TEST_F(Staying, buyers_session_ends_as_completed) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  w.pass(seconds(601));
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
  const Fan bob = w.join(c, 2);
  w.pass(seconds(601));
  EXPECT_EQ(w.look(bob).state, TokenState::kExpired);
}

TEST_F(Staying, buyer_is_known_after_the_sale_and_restarts) {
  EXPECT_GRANTED(w.pay(ann, hold.hold));
  ChangeConcert change{.concert = c};
  change.stay_after_payment = false;
  change.phase = Phase::kClosed;
  w.change(change);
  w.restart();
  w.restart();
  w.pass(seconds(601));
  EXPECT_EQ(w.look(ann).state, TokenState::kExpired) << "the setting of the end counts";
  EXPECT_GRANTED(w.ask(as_user(1), Join{c, user_id(1)})) << "a buyer, so the sale being over";
  EXPECT_REJECT(Reject::kSaleClosed, w.ask(as_user(2), Join{c, user_id(2)}));
}

TEST_F(Staying, session_past_its_end_is_over_once_the_payment_is_decided) {
  w.pass(seconds(595));
  const HoldView late = held(ann, {5});
  w.post(ann.caller, Pay{c, {late.hold}});
  w.advance(seconds(6));
  w.tick();
  EXPECT_EQ(w.look(ann).state, TokenState::kActive) << "the payment keeps it";
  w.deliver_all();
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
  w.tick();
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
  EXPECT_EQ(w.concert(c).active(), 0U);
}

struct Extensions : HolderFixture {
  static ConcertSpec spec() {
    ConcertSpec s = concert_with_long_sessions();
    s.rules.hold_extensions = 2;
    return s;
  }
  Extensions() : HolderFixture(spec()) {}
  Reply extend() { return w.ask(ann.caller, ExtendHold{hold.hold}); }
};

TEST_F(Extensions, start_the_time_again_as_often_as_allowed) {
  w.pass(seconds(200));
  const HoldView longer = body_of<HoldView>(extend());
  EXPECT_EQ(longer.expires_at, w.now() + seconds(300));
  w.pass(seconds(200));
  EXPECT_EQ(state(1), SeatState::kHeld) << "beyond the first deadline";
  EXPECT_GRANTED(extend());
  w.pass(seconds(10));
  const Reply no = extend();
  EXPECT_REJECT(Reject::kNoExtensionLeft, no);
  EXPECT_EQ(body_of<RejectDetail>(no).limit, 2U);
  w.pass(seconds(291));
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_REJECT(Reject::kHoldExpired, extend());
}

TEST_F(Extensions, never_pass_the_session) {
  w.pass(seconds(290));
  EXPECT_GRANTED(extend());
  w.pass(seconds(290));
  EXPECT_GRANTED(extend());
  ChangeConcert change{.concert = c};
  change.hold_extensions = 9;
  w.change(change);
  w.pass(seconds(290));
  const HoldView last = body_of<HoldView>(extend());
  EXPECT_EQ(last.expires_at, w.look(ann).expires_at);
  EXPECT_REJECT(Reject::kNoExtensionLeft, extend()) << "nothing is gained";
}

TEST_F(Extensions, are_kept_under_their_key) {
  w.pass(seconds(10));
  const Reply once = w.ask(ann.caller, ExtendHold{hold.hold}, key_of(5, 6));
  w.pass(seconds(10));
  const Reply again = w.ask(ann.caller, ExtendHold{hold.hold}, key_of(5, 6));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<HoldView>(again).expires_at, body_of<HoldView>(once).expires_at);
  EXPECT_EQ(w.concert(c).find_hold(hold.hold)->extensions, 1U);
}

TEST_F(Extensions, are_for_holds_that_wait_to_be_paid) {
  w.post(ann.caller, Pay{c, {hold.hold}});
  EXPECT_REJECT(Reject::kPaymentInProgress, extend());
  w.deliver_all();
  EXPECT_REJECT(Reject::kAlreadyPaid, extend());
  const Fan bob = w.join(c, 2);
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(bob.caller, ExtendHold{hold.hold}));
}

TEST_F(HolderFixture, without_extensions_has_none) {
  EXPECT_REJECT(Reject::kNoExtensionLeft, w.ask(ann.caller, ExtendHold{hold.hold}));
}

}  // namespace
}  // namespace frontrow
