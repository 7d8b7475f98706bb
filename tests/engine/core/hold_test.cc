#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Shop : TwoFansFixture {
  Shop() : TwoFansFixture(spec()) {}

  static ConcertSpec spec() {
    ConcertSpec s = small_concert();
    s.dates = {{first_date(), {{"front", 3, Money{5000}}, {"back", 7, Money{1500}}}},
               {Date{first_date().days + 1}, {{"all", 2, Money{100}}}}};
    return s;
  }
  std::uint32_t free() const { return w.concert(c).dates[0]->seats.count(SeatState::kFree); }
};
using PlacingHolds = Shop;
using Release = Shop;
using Limits = Shop;
using Reading = Shop;

TEST_F(PlacingHolds, hold_answers_with_price_seats_and_how_long_it_is_valid) {
  const Reply reply = w.hold(ann, {3, 4});
  EXPECT_TRUE(reply.created);
  const HoldView hold = body_of<HoldView>(reply);
  EXPECT_EQ(hold.amount.minor, 6500);
  EXPECT_EQ(hold.expires_at, kStart + seconds(300));
  EXPECT_EQ(hold.seats, (SeatList{SeatNumber{3}, SeatNumber{4}}));
  EXPECT_EQ(hold.concert, c);
  EXPECT_EQ(hold.date, first_date());
  EXPECT_EQ(hold.state, HoldState::kHeld);
  EXPECT_EQ(concert_of(hold.hold), c);
  EXPECT_EQ(state(3), SeatState::kHeld);
}

TEST_F(PlacingHolds, hold_of_a_held_seat_is_rejected_with_the_seats_that_are_gone) {
  EXPECT_GRANTED(w.hold(ann, {3}));
  const Reply no = w.hold(bob, {2, 3});
  EXPECT_REJECT(Reject::kSeatUnavailable, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, SeatList{SeatNumber{3}});
  EXPECT_EQ(body_of<RejectDetail>(no).free, 9U);
}

TEST_F(PlacingHolds, hold_of_many_seats_takes_all_or_nothing) {
  EXPECT_GRANTED(w.hold(ann, {5}));
  const std::uint64_t records = w.records();
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(bob, {4, 5, 6}));
  EXPECT_EQ(state(4), SeatState::kFree);
  EXPECT_EQ(state(6), SeatState::kFree);
  EXPECT_EQ(w.records(), records) << "a refusal is not logged";
  EXPECT_GRANTED(w.hold(bob, {4, 6, 7}));
  EXPECT_EQ(free(), 6U);
}

TEST_F(PlacingHolds, hold_of_ones_own_seat_again_is_rejected) {
  EXPECT_GRANTED(w.hold(ann, {5}));
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(ann, {5}));
}

TEST_F(PlacingHolds, hold_never_outlives_the_session) {
  w.pass(seconds(400));
  const HoldView hold = body_of<HoldView>(w.hold(ann, {1}));
  EXPECT_EQ(hold.expires_at, ann.entry.expires_at);
}

TEST_F(PlacingHolds, hold_of_dates_and_seats_that_do_not_exist_is_rejected) {
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(ann.caller, PlaceHold{c, Date{1}, {SeatNumber{1}}}));
  const Reply no = w.hold(ann, {0, 1, 11});
  EXPECT_REJECT(Reject::kSeatNotFound, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, (SeatList{SeatNumber{0}, SeatNumber{11}}));
}

TEST_F(PlacingHolds, hold_on_another_date_does_not_touch_this_one) {
  EXPECT_GRANTED(w.ask(ann.caller, PlaceHold{c, Date{first_date().days + 1}, {SeatNumber{2}}}));
  EXPECT_EQ(free(), 10U);
  EXPECT_GRANTED(w.hold(bob, {2}));
}

TEST_F(PlacingHolds, hold_of_a_closed_sale_is_rejected_and_of_a_paused_one_granted) {
  w.change({.concert = c, .phase = Phase::kPaused});
  EXPECT_GRANTED(w.hold(ann, {1}));
  w.change({.concert = c, .phase = Phase::kClosed});
  EXPECT_REJECT(Reject::kSaleClosed, w.hold(ann, {2}));
}

TEST_F(Release, released_seats_are_free_at_once) {
  const HoldView hold = body_of<HoldView>(w.hold(ann, {1, 2}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{hold.hold}));
  EXPECT_GRANTED(w.hold(bob, {1, 2}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(ann.caller, ReleaseHold{hold.hold}));
}

TEST_F(Release, release_of_somebody_elses_hold_reads_as_not_found) {
  const HoldView hold = body_of<HoldView>(w.hold(ann, {1}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(bob.caller, ReleaseHold{hold.hold}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(bob.caller, ReadHold{hold.hold}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.pay(bob, hold.hold));
  EXPECT_EQ(state(1), SeatState::kHeld);
}

TEST_F(Release, release_of_a_hold_that_is_paid_or_being_paid_is_rejected) {
  w.charge(1, 9000);
  const HoldView hold = body_of<HoldView>(w.hold(ann, {1}));
  w.post(ann.caller, Pay{c, {hold.hold}});
  w.post(ann.caller, ReleaseHold{hold.hold});
  EXPECT_REJECT(Reject::kPaymentInProgress, *w.reply());
  w.deliver_all();
  const Reply no = w.ask(ann.caller, ReleaseHold{hold.hold});
  EXPECT_REJECT(Reject::kAlreadyPaid, no);
  EXPECT_EQ(body_of<RejectDetail>(no).payment, make_payment_id(c, 1));
}

TEST_F(Limits, limit_counts_holds_and_payments_together) {
  w.charge(1, 90'000);
  const HoldView paid = body_of<HoldView>(w.hold(ann, {1, 2}));
  EXPECT_GRANTED(w.pay(ann, paid.hold));
  ann = w.join(c, 1);
  EXPECT_GRANTED(w.hold(ann, {3}));
  const Reply no = w.hold(ann, {4, 5});
  EXPECT_REJECT(Reject::kLimitExceeded, no);
  EXPECT_EQ(body_of<RejectDetail>(no).limit, 4U);
  EXPECT_EQ(body_of<RejectDetail>(no).held, 3U);
  EXPECT_GRANTED(w.hold(ann, {4}));
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(ann, {5}));
}

TEST_F(Limits, limit_is_given_back_by_release_expiry_and_refund) {
  w.charge(1, 90'000);
  const HoldView first = body_of<HoldView>(w.hold(ann, {1, 2, 3, 4}));
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(ann, {5}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{first.hold}));
  EXPECT_GRANTED(w.hold(ann, {5, 6, 7, 8}));
  w.advance(seconds(300));
  const HoldView second =
      body_of<HoldView>(w.hold(ann, {1, 2, 3, 4}));  // before the next tick of the wheel
  EXPECT_GRANTED(w.pay(ann, second.hold));
  ann = w.join(c, 1);
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(ann, {9}));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{make_payment_id(c, 1)}));
  EXPECT_GRANTED(w.hold(ann, {9}));
}

TEST_F(Limits, limit_counts_over_dates_and_not_over_users) {
  EXPECT_GRANTED(w.hold(ann, {1, 2, 3}));
  const Date second{first_date().days + 1};
  EXPECT_REJECT(Reject::kLimitExceeded,
                w.ask(ann.caller, PlaceHold{c, second, {SeatNumber{1}, SeatNumber{2}}}));
  EXPECT_GRANTED(w.ask(bob.caller, PlaceHold{c, second, {SeatNumber{1}, SeatNumber{2}}}));
}

TEST_F(Reading, dates_show_what_can_be_reserved) {
  const Date second{first_date().days + 1};
  EXPECT_GRANTED(w.ask(bob.caller, PlaceHold{c, second, {SeatNumber{1}, SeatNumber{2}}}));
  const DatesView some = body_of<DatesView>(w.ask(ann.caller, ReadDates{c}));
  ASSERT_EQ(some.dates.size(), 1U);
  EXPECT_EQ(some.dates[0].free, 10U);
  const DatesView all = body_of<DatesView>(w.ask(ann.caller, ReadDates{c, true}));
  ASSERT_EQ(all.dates.size(), 2U);
  EXPECT_EQ(all.dates[1].free, 0U);
  EXPECT_EQ(all.dates[1].total, 2U);
}

TEST_F(Reading, seats_show_sections_and_a_version_that_moves_with_each_change) {
  const SeatsView before = body_of<SeatsView>(w.ask(ann.caller, ReadSeats{c, first_date()}));
  EXPECT_EQ(before, body_of<SeatsView>(w.ask(bob.caller, ReadSeats{c, first_date()})))
      << "made once a version";
  EXPECT_GRANTED(w.hold(ann, {2, 10}));
  const SeatsView after = body_of<SeatsView>(w.ask(ann.caller, ReadSeats{c, first_date()}));
  EXPECT_EQ(before->free_bits, std::vector<std::uint64_t>{0x3ff});
  EXPECT_EQ(after->version, before->version + 1);
  EXPECT_EQ(after->free_bits, std::vector<std::uint64_t>{0x1fd});
  EXPECT_EQ(after->free, 8U);
  EXPECT_EQ(after->sections[0].free, 2U);
  EXPECT_EQ(after->sections[1].free, 6U);
  EXPECT_EQ(after->sections[1].first.value, 4U);
  EXPECT_EQ(after->sections[1].last.value, 10U);
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(ann.caller, ReadSeats{c, Date{3}}));
}

TEST_F(Reading, seats_since_a_version_are_those_that_differ) {
  const auto read = [&](std::uint64_t since) {
    return w.ask(ann.caller, ReadSeats{c, first_date(), since});
  };
  const std::uint64_t first = body_of<SeatsView>(read(0))->version;
  EXPECT_TRUE(body_of<SeatChanges>(read(first)).taken.empty());
  const HoldView hold = body_of<HoldView>(w.hold(ann, {2, 10}));
  EXPECT_GRANTED(w.hold(bob, {5}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{hold.hold}));
  const SeatChanges all = body_of<SeatChanges>(read(first));
  EXPECT_EQ(all.concert, c);
  EXPECT_EQ(all.date, first_date());
  EXPECT_EQ(all.since, first);
  EXPECT_EQ(all.version, first + 3);
  EXPECT_EQ(all.free, 9U);
  EXPECT_EQ(all.taken, std::vector{SeatNumber{5}});
  EXPECT_TRUE(all.freed.empty()) << "free then and now";
  const SeatChanges last = body_of<SeatChanges>(read(first + 2));
  EXPECT_EQ(last.freed, (std::vector{SeatNumber{2}, SeatNumber{10}}));
  EXPECT_TRUE(last.taken.empty());
}

TEST_F(Reading, seats_since_an_unknown_version_are_all) {
  const auto read = [&](std::uint64_t since) {
    return w.ask(ann.caller, ReadSeats{c, first_date(), since});
  };
  EXPECT_GRANTED(w.hold(ann, {2}));
  const std::uint64_t version = body_of<SeatsView>(read(0))->version;
  EXPECT_EQ(body_of<SeatsView>(read(version + 1))->version, version);
  EXPECT_TRUE(std::holds_alternative<SeatChanges>(read(version - 1).body));
  for (int i = 0; i < 2; ++i) {  // from the log, and from a snapshot
    w.restart();
    EXPECT_EQ(body_of<SeatsView>(read(version - 1))->version, version);
    EXPECT_TRUE(body_of<SeatChanges>(read(version)).taken.empty());
  }
  EXPECT_GRANTED(w.hold(bob, {3}));
  EXPECT_EQ(body_of<SeatChanges>(read(version)).taken, std::vector{SeatNumber{3}});
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(ann.caller, ReadSeats{c, Date{3}, version}));
}

TEST_F(Reading, watched_seats_are_all_that_changed_as_they_are_now) {
  const auto watch = [&](const Caller& caller, std::optional<std::uint64_t> since) {
    return body_of<WatchedSeats>(w.ask(caller, WatchSeats{c, first_date(), since}));
  };
  const WatchedSeats reset = watch(ann.caller, std::nullopt);
  EXPECT_TRUE(reset.is_reset);
  EXPECT_FALSE(reset.is_closed);
  EXPECT_EQ(reset.changes.free, 10U);
  const std::uint64_t first = reset.changes.version;
  EXPECT_TRUE(watch(ann.caller, first + 1).is_reset);
  EXPECT_TRUE(watch(ann.caller, 0).is_reset);
  const HoldView hold = body_of<HoldView>(w.hold(ann, {2, 10}));
  EXPECT_GRANTED(w.hold(bob, {5}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{hold.hold}));
  for (const Caller& caller : {ann.caller, Caller{}}) {  // and for many streams at once
    const WatchedSeats seen = watch(caller, first);
    EXPECT_FALSE(seen.is_reset);
    EXPECT_EQ(seen.changes.since, first);
    EXPECT_EQ(seen.changes.version, first + 3);
    EXPECT_EQ(seen.changes.free, 9U);
    EXPECT_EQ(seen.changes.freed, (std::vector{SeatNumber{2}, SeatNumber{10}})) << "again free";
    EXPECT_EQ(seen.changes.taken, std::vector{SeatNumber{5}});
  }
  EXPECT_TRUE(watch(ann.caller, first + 3).changes.freed.empty());
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(ann.caller, WatchSeats{c, Date{3}, first}));
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask({}, WatchSeats{ConcertId{9}, first_date(), first}));
  EXPECT_GRANTED(w.ask(kAdmin, CancelDates{c, first_date()}));
  EXPECT_TRUE(watch(ann.caller, first).is_cancelled);
  EXPECT_TRUE(watch(ann.caller, first).is_closed);
}

TEST_F(Reading, seats_are_watched_by_who_is_in_the_shop) {
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(ann.caller, WatchSeats{c, first_date(), 1}));
  Caller forged = bob.caller;
  forged.number = ann.caller.number;
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(forged, WatchSeats{c, first_date(), 1}));
  forged.number = {};
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(forged, WatchSeats{c, first_date(), 1}));
}

TEST_F(Reading, the_concert_is_shown_without_a_token) {
  EXPECT_GRANTED(w.hold(ann, {1}));
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{9}}));
  const ConcertView view = body_of<ConcertView>(w.ask({}, ReadConcert{c}));
  EXPECT_EQ(view.active, 2U);
  EXPECT_EQ(view.joined, 2U);
  EXPECT_EQ(view.phase, Phase::kOpen);
  EXPECT_EQ(view.dates[0]->held, 1U);
  EXPECT_EQ(view.dates[0]->blocked, 1U);
  EXPECT_EQ(view.dates[0]->free, 8U);
  EXPECT_EQ(view.dates[0]->sections[0].price.minor, 5000);
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask({}, ReadConcert{ConcertId{9}}));
}

struct OwnHolds : ConcertFixture {};

TEST_F(OwnHolds, are_listed_for_any_token_and_for_an_identity) {
  const Fan fan = w.join(c, 1);
  const HoldView first = body_of<HoldView>(w.hold(fan, {1}));
  const HoldView second = body_of<HoldView>(w.hold(fan, {2, 3}));
  w.hold(w.join(c, 2), {4});
  const Caller identified{fan.user(), {}, 0, {}};
  for (const Caller& caller : {fan.caller, identified}) {
    const HoldsView own = body_of<HoldsView>(w.ask(caller, ReadHolds{c}));
    ASSERT_EQ(own.holds.size(), 2U);
    EXPECT_EQ(own.holds[0].hold, first.hold);
    EXPECT_EQ(own.holds[1].hold, second.hold);
  }
  const Caller stranger{user_id(77), {}, 0, {}};
  EXPECT_TRUE(body_of<HoldsView>(w.ask(stranger, ReadHolds{c})).holds.empty());
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(Caller{}, ReadHolds{c}));
  // An identity is no place in the line.
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(identified, ReadHold{first.hold}));
  EXPECT_REJECT(Reject::kInvalidToken,
                w.ask(identified, PlaceHold{c, first_date(), {SeatNumber{9}}}));
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(identified, Pay{c, {first.hold}}));
  w.advance(seconds(301));
  EXPECT_TRUE(body_of<HoldsView>(w.ask(identified, ReadHolds{c})).holds.empty());
}

}  // namespace
}  // namespace frontrow
