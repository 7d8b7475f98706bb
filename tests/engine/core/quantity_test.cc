// Holds by quantity, standing places, and seats that no hold leaves alone.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Quantities : TwoFansFixture {
  Quantities() : TwoFansFixture(spec()) {}
  // Seats 1 to 4 (front), 5 to 10 (back), 11 to 13 (standing).
  static ConcertSpec spec() {
    ConcertSpec s = small_concert();
    s.rules.seats_per_user = 100;
    s.dates = {{first_date(),
                {{"front", 4, Money{5000}},
                 {"back", 6, Money{1500}},
                 {"standing", 3, Money{700}, SectionKind::kGeneral}}}};
    return s;
  }

  Reply ask(const Fan& fan, std::string section, std::uint32_t quantity, bool together = false) {
    return w.ask(fan.caller, PlaceHold{.concert = c,
                                       .date = first_date(),
                                       .seats = {},
                                       .section = std::move(section),
                                       .quantity = quantity,
                                       .together = together});
  }
  SeatList given(const Fan& fan, std::string section, std::uint32_t quantity) {
    return body_of<HoldView>(ask(fan, std::move(section), quantity)).seats;
  }
  static SeatList seats(std::initializer_list<std::uint32_t> numbers) {
    SeatList list;
    for (const std::uint32_t n : numbers) list.push_back(SeatNumber{n});
    return list;
  }
};

TEST_F(Quantities, hold_takes_the_best_seats_of_the_section) {
  const HoldView hold = body_of<HoldView>(ask(ann, "back", 2));
  EXPECT_EQ(hold.seats, seats({5, 6}));
  EXPECT_EQ(hold.amount, Money{3000});
  EXPECT_EQ(given(bob, "back", 2), seats({7, 8}));
  EXPECT_EQ(given(bob, "", 4), seats({1, 2, 3, 4})) << "without a section: from the front";
  EXPECT_EQ(given(bob, "", 1), seats({11})) << "standing, before a seat would stand alone";
}

TEST_F(Quantities, hold_that_does_not_fit_into_a_row_is_split_unless_it_must_not_be) {
  EXPECT_GRANTED(w.hold(ann, {7}));
  const Reply no = ask(bob, "back", 4, true);
  EXPECT_REJECT(Reject::kNotAvailable, no);
  EXPECT_EQ(body_of<RejectDetail>(no).free, 5U);
  EXPECT_EQ(body_of<RejectDetail>(no).together, 3U);
  EXPECT_EQ(given(bob, "back", 4), seats({5, 8, 9, 10}));
}

TEST_F(Quantities, group_is_split_over_sections_that_lie_side_by_side) {
  EXPECT_EQ(given(ann, "", 9), seats({1, 2, 3, 5, 6, 7, 8, 9, 10}));
}

TEST_F(Quantities, group_stays_together_in_the_section_that_has_room) {
  EXPECT_GRANTED(w.hold(ann, {2}));
  EXPECT_EQ(given(bob, "", 3), seats({5, 6, 7})) << "the front would split it";
}

TEST_F(Quantities, hold_of_more_than_there_is_tells_how_many_there_are) {
  const Reply no = ask(ann, "standing", 4);
  EXPECT_REJECT(Reject::kNotAvailable, no);
  EXPECT_EQ(body_of<RejectDetail>(no).free, 3U);
  EXPECT_EQ(body_of<RejectDetail>(no).together, 3U) << "where people stand, any are together";
  EXPECT_REJECT(Reject::kSectionNotFound, ask(ann, "balcony", 1));
  EXPECT_REJECT(Reject::kNotAvailable, ask(ann, "front", 0));
  EXPECT_REJECT(Reject::kNotAvailable, ask(ann, "front", 33));
}

TEST_F(Quantities, limit_of_a_user_counts_them) {
  w.change({.concert = c, .seats_per_user = 3});
  EXPECT_GRANTED(ask(ann, "back", 2));
  const Reply no = ask(ann, "back", 2);
  EXPECT_REJECT(Reject::kLimitExceeded, no);
  EXPECT_EQ(body_of<RejectDetail>(no).held, 2U);
}

TEST_F(Quantities, seats_that_were_given_up_rest_for_their_former_holder_only) {
  const HoldView first = body_of<HoldView>(ask(ann, "front", 2));
  EXPECT_EQ(first.seats, seats({1, 2}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{first.hold}));
  EXPECT_EQ(given(ann, "front", 2), seats({3, 4}));
  EXPECT_EQ(given(bob, "front", 2), seats({1, 2}));
}

TEST_F(Quantities, standing_places_are_any) {
  EXPECT_EQ(given(ann, "standing", 1), seats({11}));
  EXPECT_GRANTED(w.hold(bob, {12}));
  EXPECT_EQ(given(ann, "standing", 1), seats({13}));
}

struct NoSingles : Quantities {
  NoSingles() { w.change({.concert = c, .no_single_seats = true}); }
};

TEST_F(NoSingles, hold_that_leaves_a_seat_alone_is_refused_with_that_seat) {
  const Reply no = w.hold(ann, {6, 7});
  EXPECT_REJECT(Reject::kSingleSeatLeft, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, seats({5}));
  EXPECT_GRANTED(w.hold(ann, {5, 6}));
  EXPECT_GRANTED(w.hold(bob, {7, 8})) << "the rest of the row stays in pairs";
}

TEST_F(NoSingles, hold_is_granted_where_nothing_else_is_possible) {
  EXPECT_GRANTED(w.hold(ann, {1, 2, 3})) << "three of four seats always leave one";
  EXPECT_GRANTED(w.hold(ann, {5, 6}));
  EXPECT_REJECT(Reject::kSingleSeatLeft, w.hold(bob, {8})) << "7 stays alone; 7 or 10 would do";
  EXPECT_GRANTED(w.hold(bob, {7}));
}

TEST_F(NoSingles, hold_in_two_sections_is_judged_in_each) {
  EXPECT_REJECT(Reject::kSingleSeatLeft, w.hold(ann, {1, 2, 6}));
  EXPECT_GRANTED(w.hold(ann, {1, 2, 5}));
}

TEST_F(NoSingles, places_to_stand_leave_nobody_alone) { EXPECT_GRANTED(w.hold(ann, {12})); }

TEST_F(NoSingles, two_seats_apart_leave_none_alone_that_was_not) {
  EXPECT_REJECT(Reject::kSingleSeatLeft, w.hold(ann, {5, 7}));
  EXPECT_GRANTED(w.hold(ann, {5, 10}));
}

}  // namespace
}  // namespace frontrow
