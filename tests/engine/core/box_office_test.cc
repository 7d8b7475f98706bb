// The box office: lists of holds and payments, the owner of a seat, the things of a user; and its
// acts on holds and places.
#include <fmt/format.h>

#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct BoxOffice : TwoFansFixture {
  BoxOffice() : TwoFansFixture(concert_with_long_sessions()) {
    w.charge(1, 9000);
    w.charge(2, 9000);
  }

  const Caller till{{}, {}, 0, Actor("till-1")};

  PaymentId bought(const Fan& fan, std::initializer_list<std::uint32_t> seats) {
    const Reply paid = w.pay(fan, held(fan, seats).hold);
    return body_of<PaymentView>(paid).purchase.payment;
  }
  FoundPayments payments(SaleFilter<PaymentState> filter = {}, PaymentId after = {},
                         std::uint32_t limit = 100) {
    return body_of<FoundPayments>(w.ask(till, FindPayments{c, filter, after, limit}));
  }
  FoundHolds holds(SaleFilter<HoldState> filter = {}, HoldId after = {},
                   std::uint32_t limit = 100) {
    return body_of<FoundHolds>(w.ask(till, FindHolds{c, filter, after, limit}));
  }
  SeatRecord seat(std::uint32_t number) {
    return body_of<SeatRecord>(w.ask(till, ReadSeat{c, first_date(), SeatNumber{number}}));
  }
  VisitorRecord visitor(std::uint32_t user) {
    return body_of<VisitorRecord>(w.ask(till, ReadVisitor{c, user_id(user)}));
  }
  std::vector<ActView> acts() {
    return body_of<AuditView>(w.ask(kAdmin, ReadAudit{slot_of_concert(c), {}, 100})).acts;
  }
};

TEST_F(BoxOffice, payments_are_found_by_each_filter_and_page_by_page) {
  const PaymentId first = bought(ann, {1, 2});
  const Fan cid = w.join(c, 3);
  w.charge(3, 9000);
  const PaymentId second = bought(bob, {3});
  const PaymentId third = bought(cid, {4});
  EXPECT_GRANTED(w.ask(till, Refund{second}));

  const auto ids = [](const FoundPayments& found) {
    std::vector<PaymentId> all;
    for (const PaymentRecord& p : found.payments) all.push_back(p.purchase.payment);
    return all;
  };
  using Ids = std::vector<PaymentId>;
  EXPECT_EQ(ids(payments()), (Ids{first, second, third}));
  EXPECT_FALSE(payments().next);
  EXPECT_EQ(ids(payments({.user = user_id(1)})), Ids{first});
  EXPECT_EQ(ids(payments({.seat = SeatNumber{2}})), Ids{first});
  EXPECT_EQ(ids(payments({.state = PaymentState::kRefunded})), Ids{second});
  EXPECT_EQ(ids(payments({.date = first_date()})), (Ids{first, second, third}));
  EXPECT_EQ(ids(payments({.date = Date{1}})), Ids{});
  EXPECT_EQ(payments().payments[1].refunded_at, w.now());
  EXPECT_EQ(payments().payments[0].number, ann.entry.number);

  const FoundPayments page = payments({}, {}, 2);
  EXPECT_EQ(ids(page), (Ids{first, second}));
  EXPECT_EQ(page.next, second);
  EXPECT_EQ(ids(payments({}, page.next, 2)), Ids{third});
  EXPECT_FALSE(payments({}, page.next, 2).next);
}

TEST_F(BoxOffice, holds_are_found_with_their_state_and_user) {
  const HoldId paid = held(ann, {1}).hold;
  const HoldId open = held(bob, {2}).hold;
  const PaymentId payment = body_of<PaymentView>(w.pay(ann, paid)).purchase.payment;
  const FoundHolds all = holds();
  ASSERT_EQ(all.holds.size(), 2U);
  EXPECT_EQ(all.holds[0].hold.state, HoldState::kPaid);
  EXPECT_EQ(all.holds[0].payment, payment);
  EXPECT_EQ(all.holds[0].user, user_id(1));
  EXPECT_EQ(all.holds[1].hold.hold, open);
  ASSERT_EQ(holds({.state = HoldState::kHeld}).holds.size(), 1U);
  // Over, though its timer has not run yet.
  w.advance(seconds(301));
  EXPECT_EQ(holds({.state = HoldState::kHeld}).holds.size(), 0U);
  EXPECT_EQ(holds({.state = HoldState::kExpired}).holds.size(), 1U);
  EXPECT_GRANTED(w.ask(till, Refund{payment}));
  EXPECT_EQ(holds({.state = HoldState::kRefunded}).holds.size(), 1U);
}

TEST_F(BoxOffice, search_looks_at_a_bounded_number_and_tells_where_to_go_on) {
  w.change({.concert = c, .seats_per_user = 1000});
  // Most numbers of holds are gone: they count as looked at.
  for (std::uint32_t i = 0; i < 30; ++i) {
    const HoldId hold = held(ann, {1 + i % 10}).hold;
    EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{hold}));
    w.pass(seconds(6));
  }
  const HoldId last = held(bob, {1}).hold;
  const FoundHolds found = holds();
  ASSERT_EQ(found.holds.size(), 1U);
  EXPECT_EQ(found.holds[0].hold.hold, last);
  EXPECT_FALSE(found.next);
}

TEST_F(BoxOffice, seat_tells_who_has_it_and_who_had_it) {
  EXPECT_EQ(seat(1).state, SeatState::kFree);
  EXPECT_FALSE(seat(1).hold.has_value());
  const PaymentId first = bought(ann, {1, 2});
  EXPECT_GRANTED(w.ask(till, Refund{first}));
  EXPECT_GRANTED(w.ask(till, BlockSeat{c, first_date(), SeatNumber{1}, true}));
  EXPECT_EQ(seat(1).state, SeatState::kBlocked);
  EXPECT_GRANTED(w.ask(till, BlockSeat{c, first_date(), SeatNumber{1}, false}));
  const PaymentId second = bought(bob, {1});
  const SeatRecord record = seat(1);
  EXPECT_EQ(record.state, SeatState::kSold);
  EXPECT_EQ(record.section, "floor");
  EXPECT_EQ(record.price, Money{1000});
  ASSERT_TRUE(record.hold.has_value());
  EXPECT_EQ(record.hold->user, user_id(2));
  ASSERT_EQ(record.payments.size(), 2U);
  EXPECT_EQ(record.payments[0].purchase.payment, second) << "newest first";
  EXPECT_EQ(record.payments[1].state, PaymentState::kRefunded);
  ASSERT_EQ(record.acts.size(), 2U);
  EXPECT_EQ(record.acts[0].act.kind, ActKind::kBlockSeat);
  EXPECT_EQ(record.acts[0].act.actor, Actor("till-1"));
  EXPECT_TRUE(record.is_complete);
  EXPECT_TRUE(seat(3).payments.empty());
  EXPECT_REJECT(Reject::kSeatNotFound, w.ask(till, ReadSeat{c, first_date(), SeatNumber{11}}));
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(till, ReadSeat{c, Date{1}, SeatNumber{1}}));
}

TEST_F(BoxOffice, states_of_all_seats_are_runs_of_neighbours) {
  bought(ann, {1, 2});
  held(bob, {3, 5});
  const auto states = body_of<SeatStates>(w.ask(till, ReadSeatStates{c, first_date()}));
  EXPECT_EQ(states.total, 10U);
  std::string text;
  for (const SeatRun& run : states.runs)
    text += fmt::format("{}-{}:{} ", run.first.value, run.last.value, static_cast<int>(run.state));
  EXPECT_EQ(text, "1-2:2 3-3:1 5-5:1 ");
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(till, ReadSeatStates{c, Date{1}}));
}

TEST_F(BoxOffice, user_is_shown_with_place_holds_and_payments) {
  const PaymentId payment = bought(ann, {1});
  EXPECT_EQ(visitor(1).place->state, TokenState::kCompleted);
  EXPECT_EQ(visitor(1).seats_paid, 1U);
  ASSERT_EQ(visitor(1).payments.size(), 1U);
  EXPECT_EQ(visitor(1).payments[0].purchase.payment, payment);
  held(bob, {2, 3});
  EXPECT_EQ(visitor(2).place->number, bob.entry.number);
  EXPECT_EQ(visitor(2).seats_held, 2U);
  ASSERT_EQ(visitor(2).holds.size(), 1U);
  const VisitorRecord stranger = visitor(77);
  EXPECT_FALSE(stranger.place.has_value());
  EXPECT_TRUE(stranger.payments.empty());
}

TEST_F(BoxOffice, hold_is_freed_and_the_act_names_the_key) {
  const HoldId hold = held(ann, {1, 2}).hold;
  EXPECT_GRANTED(w.ask(till, ReleaseHold{hold}));
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(till, ReleaseHold{hold}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(ann.caller, ReadHold{hold}));
  ASSERT_EQ(acts().size(), 1U);
  EXPECT_EQ(acts()[0].act, (Act{.actor = Actor("till-1"),
                                .kind = ActKind::kReleaseHold,
                                .concert = c,
                                .user = user_id(1),
                                .object = hold.value,
                                .date = first_date(),
                                .amount = Money{2000},
                                .note = {}}));
  EXPECT_GRANTED(w.hold(bob, {1}));
  const PaymentId payment = bought(ann, {5});
  const Reply no = w.ask(till, ReleaseHold{w.concert(c).find_payment(payment)->hold});
  EXPECT_REJECT(Reject::kAlreadyPaid, no);
  EXPECT_EQ(body_of<RejectDetail>(no).payment, payment);
}

TEST_F(BoxOffice, hold_that_is_being_paid_or_is_over_is_not_freed) {
  const HoldId paying = held(ann, {1}).hold;
  w.post(ann.caller, Pay{c, {paying}});
  EXPECT_REJECT(Reject::kPaymentInProgress, w.ask(till, ReleaseHold{paying}));
  const HoldId over = held(bob, {2}).hold;
  w.advance(seconds(301));
  EXPECT_REJECT(Reject::kHoldExpired, w.ask(till, ReleaseHold{over}));
}

TEST_F(BoxOffice, session_is_ended_with_its_holds) {
  held(ann, {1, 2});
  EXPECT_GRANTED(w.ask(till, EndToken{c, ann.entry.number}));
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_EQ(w.concert(c).line.token(ann.entry.number).state, TokenState::kExpired);
  EXPECT_REJECT(Reject::kTokenExpired, w.hold(ann, {3}));
  EXPECT_REJECT(Reject::kPlaceOver, w.ask(till, EndToken{c, ann.entry.number}));
  EXPECT_REJECT(Reject::kPlaceNotFound, w.ask(till, EndToken{c, TicketNumber{99}}));
  EXPECT_REJECT(Reject::kPlaceNotFound, w.ask(till, EndToken{c, TicketNumber{}}));
  ASSERT_EQ(acts().size(), 1U);
  EXPECT_EQ(acts()[0].act.kind, ActKind::kEndToken);
  EXPECT_EQ(acts()[0].act.user, user_id(1));
  EXPECT_EQ(acts()[0].act.object, ann.entry.number.value);
  w.restart();
  EXPECT_EQ(acts().size(), 1U);
}

TEST_F(BoxOffice, place_in_the_line_is_ended_and_a_payment_is_waited_for) {
  w.change({.concert = c, .max_active = 2});
  const Fan cid = w.join(c, 3);
  const Fan dan = w.join(c, 4);
  EXPECT_GRANTED(w.ask(till, EndToken{c, cid.entry.number}));
  EXPECT_EQ(w.look(dan).position, 1U);
  const HoldId hold = held(ann, {1}).hold;
  w.post(ann.caller, Pay{c, {hold}});
  EXPECT_REJECT(Reject::kPaymentInProgress, w.ask(till, EndToken{c, ann.entry.number}));
}

}  // namespace
}  // namespace frontrow
