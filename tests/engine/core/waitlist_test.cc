// Seats that come back go to those who wait for them, in order.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

// Two sections of five seats on each of two dates; a user may have four seats.
ConcertSpec two_sections() {
  ConcertSpec spec = concert_with_long_sessions();
  spec.dates[0].sections = {{"floor", 5, Money{1000}}, {"ring", 5, Money{500}}};
  spec.dates.push_back(spec.dates[0]);
  spec.dates[1].date = Date{first_date().days + 1};
  spec.rules.hold_s = 900;
  spec.rules.offer_s = 60;
  return spec;
}

struct Waiting : ConcertFixture {
  explicit Waiting(const ConcertSpec& spec = two_sections()) : ConcertFixture(spec) {}

  Reply wait(const Fan& fan, std::uint32_t quantity, std::string section = {},
             Date date = first_date()) {
    return w.ask(fan.caller, JoinWaitlist{c, date, std::move(section), quantity});
  }
  Fan waiting(std::uint32_t user, std::uint32_t quantity, std::string section = {}) {
    const Fan fan = w.join(c, user);
    EXPECT_GRANTED(wait(fan, quantity, std::move(section)));
    return fan;
  }
  WaitlistView read(const Fan& fan) {
    return body_of<WaitlistView>(w.ask(fan.caller, ReadWaitlist{c}));
  }
  // The seats that are offered to the user now.
  std::vector<std::uint32_t> offered(const Fan& fan) {
    std::vector<std::uint32_t> seats;
    for (const HoldView& offer : read(fan).offers)
      for (const SeatNumber seat : offer.seats) seats.push_back(seat.value);
    return seats;
  }
  std::uint32_t position(const Fan& fan) {
    const WaitlistView view = read(fan);
    return view.places.empty() ? 0 : view.places[0].position;
  }
  // The users 101 to 105 hold all seats of the first date, two each.
  void sell_out() {
    for (std::uint32_t i = 0; i < 5; ++i) {
      holders.push_back(w.join(c, 101 + i));
      holds.push_back(held(holders.back(), {2 * i + 1, 2 * i + 2}));
    }
  }
  void release(std::size_t i) {
    EXPECT_GRANTED(w.ask(holders[i].caller, ReleaseHold{holds[i].hold}));
  }

  std::vector<Fan> holders;
  std::vector<HoldView> holds;
};

using Seats = std::vector<std::uint32_t>;

TEST_F(Waiting, seats_that_come_back_are_offered_in_order) {
  sell_out();
  const Fan ann = waiting(1, 2);
  const Fan bob = waiting(2, 2);
  EXPECT_EQ(position(ann), 1U);
  EXPECT_EQ(position(bob), 2U);
  release(3);  // seats 7 and 8
  w.tick();
  EXPECT_EQ(offered(ann), (Seats{7, 8}));
  EXPECT_EQ(offered(bob), Seats{});
  EXPECT_EQ(position(bob), 1U);
  w.restart();
  release(0);
  w.tick();
  EXPECT_EQ(offered(bob), (Seats{1, 2}));
  EXPECT_EQ(w.concert(c).waitlist_entries, 0U);
}

TEST_F(Waiting, the_box_office_sees_the_entries_of_a_user) {
  sell_out();
  const Fan ann = waiting(1, 2);
  waiting(2, 1);
  const auto record = body_of<VisitorRecord>(w.ask(kAdmin, ReadVisitor{c, user_id(2)}));
  ASSERT_EQ(record.waitlist.size(), 1U);
  EXPECT_EQ(record.waitlist[0].position, 2U);
  EXPECT_EQ(record.waitlist[0].waiting, 2U);
  EXPECT_EQ(record.waitlist[0].quantity, 1U);
  EXPECT_GRANTED(w.ask(ann.caller, LeaveWaitlist{c, {}}));
  const auto gone = body_of<VisitorRecord>(w.ask(kAdmin, ReadVisitor{c, user_id(1)}));
  EXPECT_TRUE(gone.waitlist.empty());
}

TEST_F(Waiting, an_offer_is_paid_like_any_hold) {
  sell_out();
  const Fan ann = waiting(1, 2);
  w.charge(1, 5000);
  release(0);
  w.tick();
  const WaitlistView view = read(ann);
  ASSERT_EQ(view.offers.size(), 1U);
  EXPECT_EQ(w.look(ann).offered, view.offers[0].hold);
  EXPECT_EQ(view.offers[0].expires_at, w.now() + seconds(60));
  EXPECT_GRANTED(w.pay(ann, view.offers[0].hold));
  EXPECT_EQ(state(1), SeatState::kSold);
  EXPECT_EQ(w.balance(1), Money{3000});
}

TEST_F(Waiting, an_offer_that_lapses_goes_on_to_the_next) {
  sell_out();
  const Fan ann = waiting(1, 2);
  const Fan bob = waiting(2, 1);
  release(0);
  w.tick();
  w.pass(seconds(61));
  EXPECT_EQ(offered(ann), Seats{});
  EXPECT_EQ(offered(bob), Seats{1});
  EXPECT_EQ(position(ann), 0U);
}

TEST_F(Waiting, an_offer_that_is_released_goes_on_to_the_next) {
  sell_out();
  const Fan ann = waiting(1, 2);
  const Fan bob = waiting(2, 2);
  release(0);
  w.tick();
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{read(ann).offers[0].hold}));
  w.tick();
  EXPECT_EQ(offered(bob), (Seats{1, 2}));
}

TEST_F(Waiting, nobody_else_takes_a_seat_before_the_offer) {
  sell_out();
  const Fan ann = waiting(1, 1);
  const Fan eve = w.join(c, 9);
  release(0);  // no tick: the offer is still to be made
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(eve, {1}));
  EXPECT_REJECT(Reject::kNotAvailable,
                w.ask(eve.caller, PlaceHold{c, first_date(), {}, "", 1, false, ""}));
  w.tick();
  EXPECT_EQ(offered(ann), Seats{1});
  // The other seat is nobody's wish any more.
  EXPECT_GRANTED(w.hold(eve, {2}));
}

TEST_F(Waiting, a_wish_for_a_section_leaves_the_others_on_sale) {
  sell_out();
  const Fan ann = waiting(1, 1, "ring");
  const Fan eve = w.join(c, 9);
  release(0);
  w.tick();
  EXPECT_EQ(offered(ann), Seats{});
  EXPECT_GRANTED(w.hold(eve, {1}));
  const Reply best = w.ask(eve.caller, PlaceHold{c, first_date(), {}, "", 1, false, ""});
  EXPECT_EQ(body_of<HoldView>(best).seats, (SeatList{SeatNumber{2}}));
  release(4);  // seats 9 and 10
  w.tick();
  EXPECT_EQ(offered(ann), Seats{9});
}

TEST_F(Waiting, nobody_overtakes_a_wish_that_can_not_be_fulfilled_yet) {
  sell_out();
  const Fan ann = waiting(1, 4);
  const Fan bob = waiting(2, 1);
  const Fan cat = waiting(3, 1, "ring");
  release(0);
  release(4);
  w.tick();
  // Four seats are free, one of them in the ring: all are for the first.
  EXPECT_EQ(offered(ann).size(), 4U);
  release(3);
  w.tick();
  EXPECT_EQ(offered(bob), Seats{7});
  EXPECT_EQ(offered(cat), Seats{8});
}

TEST_F(Waiting, a_wish_for_any_seats_comes_before_later_ones_for_a_section) {
  sell_out();
  const Fan ann = waiting(1, 3);
  const Fan bob = waiting(2, 2, "floor");
  release(0);
  w.tick();
  EXPECT_EQ(offered(bob), Seats{});
  release(1);
  w.tick();
  EXPECT_EQ(offered(ann), (Seats{1, 2, 3}));
  EXPECT_EQ(offered(bob), Seats{});
  release(2);
  w.tick();
  EXPECT_EQ(offered(bob), (Seats{4, 5}));
}

TEST_F(Waiting, seats_gather_for_the_first_until_they_are_enough) {
  sell_out();
  const Fan ann = waiting(1, 3);
  const Fan bob = waiting(2, 2);
  release(0);
  w.tick();
  EXPECT_EQ(offered(ann), Seats{});
  EXPECT_EQ(offered(bob), Seats{});
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(w.join(c, 9), {1}));
  release(1);
  w.tick();
  EXPECT_EQ(offered(ann), (Seats{1, 2, 3}));
  EXPECT_EQ(offered(bob), Seats{});
  EXPECT_GRANTED(w.ask(bob.caller, LeaveWaitlist{c, std::nullopt}));
  EXPECT_GRANTED(w.hold(w.join(c, 9), {4}));
}

TEST_F(Waiting, is_for_those_who_have_had_their_turn) {
  sell_out();
  ChangeConcert full{.concert = c};
  full.max_active = 5;
  w.change(full);
  const Fan ann = w.join(c, 1);
  const Reply no = wait(ann, 1);
  EXPECT_REJECT(Reject::kNotAdmitted, no);
  EXPECT_EQ(body_of<RejectDetail>(no).entry.position, 1U);
  Caller forged = ann.caller;
  ++forged.token_epoch;
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(forged, JoinWaitlist{c, first_date(), {}, 1}));
  // A place that was given up in the line never had its turn.
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  EXPECT_REJECT(Reject::kTokenExpired, wait(ann, 1));
}

TEST_F(Waiting, an_offer_lets_back_in_for_its_seats_only) {
  sell_out();
  const Fan ann = waiting(1, 1);
  w.charge(1, 5000);
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  EXPECT_EQ(w.look(ann).state, TokenState::kLeft);
  EXPECT_EQ(w.look(ann).waitlist_position, 1U);
  release(0);
  w.tick();
  EXPECT_EQ(w.look(ann).state, TokenState::kActive);
  EXPECT_EQ(w.look(ann).expires_at, w.now() + seconds(60));
  EXPECT_REJECT(Reject::kOfferOnly, w.hold(ann, {2}));
  w.restart();
  EXPECT_REJECT(Reject::kOfferOnly, w.hold(ann, {2}));
  EXPECT_GRANTED(w.pay(ann, read(ann).offers[0].hold));
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
}

TEST_F(Waiting, the_session_of_an_offer_ends_with_it) {
  sell_out();
  const Fan ann = waiting(1, 1);
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  release(0);
  w.tick();
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{read(ann).offers[0].hold}));
  EXPECT_EQ(w.look(ann).state, TokenState::kExpired);
  const Fan bob = w.join(c, 2);
  EXPECT_GRANTED(w.hold(bob, {1, 2}));
  EXPECT_GRANTED(wait(bob, 1));
  EXPECT_GRANTED(w.ask(bob.caller, Leave{c}));
  w.tick();
  // Bob waited for the seats that he gave up himself.
  ASSERT_EQ(offered(bob), Seats{1});
  w.pass(seconds(61));
  EXPECT_EQ(w.look(bob).state, TokenState::kExpired);
  EXPECT_EQ(state(1), SeatState::kFree);
}

TEST_F(Waiting, an_offer_ends_the_wait_in_the_line) {
  sell_out();
  const Fan ann = waiting(1, 1);
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  ChangeConcert full{.concert = c};
  full.max_active = 5;
  w.change(full);
  const Fan again = w.join(c, 1);
  EXPECT_EQ(w.look(again).state, TokenState::kWaiting);
  EXPECT_EQ(w.look(again).waitlist_position, 1U);
  release(0);
  w.tick();
  EXPECT_EQ(w.look(again).state, TokenState::kActive);
  EXPECT_REJECT(Reject::kOfferOnly, w.hold(again, {2}));
}

TEST_F(Waiting, a_session_lasts_as_long_as_its_offer) {
  sell_out();
  const Fan ann = waiting(1, 1);
  w.pass(seconds(950));  // of 1,000; the holds of the others have run out
  EXPECT_EQ(offered(ann), Seats{1});
  EXPECT_EQ(w.look(ann).expires_at, w.now() + seconds(60));
  EXPECT_GRANTED(w.hold(ann, {2}));  // it is not for the offer only
  w.pass(seconds(59));
  EXPECT_EQ(w.look(ann).state, TokenState::kActive);
  w.pass(seconds(2));
  EXPECT_EQ(w.look(ann).state, TokenState::kExpired);
}

TEST_F(Waiting, is_for_what_can_not_be_had_otherwise) {
  const Fan ann = w.join(c, 1);
  const Reply no = wait(ann, 2);
  EXPECT_REJECT(Reject::kNotSoldOut, no);
  EXPECT_EQ(body_of<RejectDetail>(no).free, 10U);
  sell_out();
  EXPECT_GRANTED(wait(ann, 2));
  EXPECT_GRANTED(wait(ann, 2));  // the same again
  EXPECT_REJECT(Reject::kOnWaitlist, wait(ann, 1));
  EXPECT_REJECT(Reject::kOnWaitlist, wait(ann, 2, "ring"));
  EXPECT_REJECT(Reject::kSectionNotFound, wait(w.join(c, 2), 1, "roof"));
  EXPECT_REJECT(Reject::kDateNotFound, wait(w.join(c, 2), 1, {}, Date{first_date().days + 5}));
  EXPECT_REJECT(Reject::kLimitExceeded, wait(w.join(c, 2), 5));
  EXPECT_REJECT(Reject::kNotSoldOut, wait(ann, 1, {}, Date{first_date().days + 1}));
}

TEST_F(Waiting, who_has_as_many_seats_as_allowed_is_passed) {
  sell_out();
  const Fan ann = waiting(1, 2);
  const Fan bob = waiting(2, 2);
  const Date second{first_date().days + 1};
  EXPECT_GRANTED(
      w.ask(ann.caller, PlaceHold{c, second, {SeatNumber{1}, SeatNumber{2}, SeatNumber{3}}}));
  release(0);
  w.tick();
  EXPECT_EQ(offered(ann), Seats{});
  EXPECT_EQ(offered(bob), (Seats{1, 2}));
}

TEST_F(Waiting, makes_no_offers_while_the_sale_rests) {
  sell_out();
  const Fan ann = waiting(1, 1);
  ChangeConcert pause{.concert = c};
  pause.phase = Phase::kPaused;
  w.change(pause);
  release(0);
  w.tick();
  EXPECT_EQ(offered(ann), Seats{});
  pause.phase = Phase::kOpen;
  w.change(pause);
  w.tick();
  EXPECT_EQ(offered(ann), Seats{1});
}

TEST_F(Waiting, of_a_cancelled_date_is_over) {
  sell_out();
  const Fan ann = waiting(1, 1);
  EXPECT_GRANTED(w.ask(kAdmin, CancelDates{c, first_date()}));
  EXPECT_EQ(position(ann), 0U);
  EXPECT_REJECT(Reject::kDateCancelled, wait(ann, 1));
}

TEST_F(Waiting, refunded_and_unblocked_seats_are_offered_too) {
  sell_out();
  w.charge(101, 5000);
  const Reply paid = w.pay(holders[0], holds[0].hold);
  const Fan ann = waiting(1, 2);
  EXPECT_GRANTED(w.ask(kAdmin, Refund{body_of<PaymentView>(paid).purchase.payment}));
  w.tick();
  EXPECT_EQ(offered(ann), (Seats{1, 2}));
  release(4);
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{9}, true}));
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{10}, true}));
  const Fan bob = waiting(2, 1);
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{9}, false}));
  w.tick();
  EXPECT_EQ(offered(bob), Seats{9});
}

}  // namespace
}  // namespace frontrow
