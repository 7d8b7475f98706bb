// Dates that are not played, and seats that are blocked together.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

ConcertSpec three_nights() {
  ConcertSpec spec = small_concert();
  spec.rules.seats_per_user = 10;
  for (int i = 1; i < 3; ++i)
    spec.dates.push_back({Date{first_date().days + i}, {{"floor", 10, Money{1000}}}});
  return spec;
}

struct Cancellations : ConcertFixture {
  Cancellations() : ConcertFixture(three_nights()) {}

  // A user who has bought the seat of the date.
  void buy(std::uint32_t user, std::int32_t night, std::uint32_t seat) {
    w.charge(user, 1000);
    const Fan fan = w.join(c, user);
    const Date date{first_date().days + night};
    const Reply held = w.ask(fan.caller, PlaceHold{c, date, {SeatNumber{seat}}});
    EXPECT_GRANTED(w.pay(fan, body_of<HoldView>(held).hold));
  }
  Reply cancel(std::optional<Date> date, RequestKey key = {}) {
    return w.ask(kAdmin, CancelDates{c, date}, key);
  }
  CancellationView progress(std::optional<Date> date) {
    return body_of<CancellationView>(w.ask(kAdmin, ReadCancellation{c, date}));
  }
  // Without delivering any message.
  CancellationView progress_now(std::optional<Date> date) {
    w.post(kAdmin, ReadCancellation{c, date});
    return body_of<CancellationView>(*w.reply());
  }
  void settle() {
    for (int i = 0; i < 60; ++i) {
      w.advance(milliseconds(10));
      w.tick();
      w.deliver_all();
    }
  }
};

TEST_F(Cancellations, every_payment_of_the_date_is_refunded_and_no_other) {
  for (std::uint32_t user = 1; user <= 4; ++user) buy(user, 0, user);
  buy(5, 1, 5);
  const CancellationView begun = body_of<CancellationView>(cancel(first_date()));
  EXPECT_EQ(begun.payments, 4U);
  EXPECT_EQ(begun.refunded, 0U);
  settle();
  const CancellationView done = progress(first_date());
  EXPECT_EQ(done.refunded, 4U);
  EXPECT_EQ(done.refunding, 0U);
  for (std::uint32_t user = 1; user <= 4; ++user) EXPECT_EQ(w.balance(user), Money{1000});
  EXPECT_EQ(w.balance(5), Money{});
  EXPECT_EQ(w.concert(c).revenue, Money{1000});
}

TEST_F(Cancellations, nothing_of_the_date_is_sold_any_more) {
  w.charge(1, 5000);
  const Fan ann = w.join(c, 1);
  const HoldView hold = held(ann, {1});
  EXPECT_EQ(cancel(first_date()).reject, Reject::kNone);
  EXPECT_REJECT(Reject::kDateCancelled, w.pay(ann, hold.hold));
  EXPECT_REJECT(Reject::kDateCancelled, w.hold(ann, {2}));
  const Date second{first_date().days + 1};
  EXPECT_GRANTED(w.ask(ann.caller, PlaceHold{c, second, {SeatNumber{2}}}));
  ChangeConcert change{.concert = c};
  change.closes_at = w.now() + seconds(1000);
  w.change(change);
  EXPECT_REJECT(Reject::kDateCancelled, w.hold(ann, {2}));
}

TEST_F(Cancellations, payment_that_was_under_way_is_refunded_too) {
  w.charge(1, 5000);
  const Fan ann = w.join(c, 1);
  const HoldView hold = held(ann, {1});
  w.post(ann.caller, Pay{c, {hold.hold}});
  w.post(kAdmin, CancelDates{c, first_date()});
  EXPECT_EQ(progress_now(first_date()).undecided, 1U);
  settle();
  EXPECT_EQ(progress(first_date()).refunded, 1U);
  EXPECT_EQ(w.balance(1), Money{5000});
}

TEST_F(Cancellations, whole_concert_closes_and_refunds_all_dates) {
  for (std::uint32_t user = 1; user <= 3; ++user) buy(user, static_cast<std::int32_t>(user) - 1, 1);
  EXPECT_EQ(cancel(first_date()).reject, Reject::kNone);
  EXPECT_EQ(cancel(std::nullopt).reject, Reject::kNone);
  settle();
  const CancellationView all = progress(std::nullopt);
  EXPECT_EQ(all.payments, 3U);
  EXPECT_EQ(all.refunded, 3U);
  EXPECT_EQ(w.concert(c).phase, Phase::kClosed);
  EXPECT_EQ(w.concert(c).revenue, Money{});
}

TEST_F(Cancellations, second_request_is_told_unless_it_is_the_first_again) {
  EXPECT_EQ(cancel(first_date(), key_of(1, 2)).reject, Reject::kNone);
  EXPECT_EQ(cancel(first_date(), key_of(1, 2)).reject, Reject::kNone);
  EXPECT_REJECT(Reject::kAlreadyCancelled, cancel(first_date(), key_of(2, 2)));
  EXPECT_REJECT(Reject::kAlreadyCancelled, cancel(first_date()));
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, cancel(first_date(), key_of(1, 3)));
  EXPECT_REJECT(Reject::kDateNotFound, cancel(Date{1}));
  EXPECT_REJECT(Reject::kNotCancelled,
                w.ask(kAdmin, ReadCancellation{c, Date{first_date().days + 1}}));
}

// More than the wallets are asked for at once, with restarts in the middle.
TEST_F(Cancellations, restart_in_the_middle_refunds_each_payment_once) {
  ConcertSpec spec = small_concert(400);
  spec.rules.queue.max_active = 1000;
  spec.rules.queue.admit_per_second = 100'000;
  c = w.create(spec);
  for (std::uint32_t user = 1; user <= 400; ++user) buy(user, 0, user);
  EXPECT_EQ(cancel(first_date()).reject, Reject::kNone);
  std::uint32_t begun = 0;
  for (int step = 0; step < 50; ++step) {
    w.advance(milliseconds(5));
    w.tick();
    const std::uint32_t refunding = progress_now(first_date()).refunding;
    EXPECT_LE(refunding - begun, 16U) << "small steps";
    begun = refunding;
  }
  EXPECT_EQ(begun, kRefundsAtOnce) << "the rest waits";
  for (int i = 0; i < 50; ++i) w.deliver_next();
  w.restart();
  w.tick();
  w.restart();
  settle();
  EXPECT_EQ(progress(first_date()).refunded, 400U);
  for (std::uint32_t user = 1; user <= 400; ++user) EXPECT_EQ(w.balance(user), Money{1000});
}

struct Blocks : TwoFansFixture {
  Reply block(std::vector<SeatRange> ranges, bool blocked = true) {
    return w.ask(kAdmin, BlockSeats{c, first_date(), std::move(ranges), blocked, "sponsors"});
  }
  static SeatRange range(std::uint32_t first, std::uint32_t last) {
    return {SeatNumber{first}, SeatNumber{last}};
  }
};

TEST_F(Blocks, take_all_seats_or_none) {
  EXPECT_GRANTED(block({range(1, 3), range(7, 7)}));
  for (const std::uint32_t seat : {1U, 2U, 3U, 7U}) EXPECT_EQ(state(seat), SeatState::kBlocked);
  EXPECT_GRANTED(w.hold(ann, {5}));
  const Reply no = block({range(4, 6)});
  EXPECT_REJECT(Reject::kSeatHeldOrSold, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, (SeatList{SeatNumber{5}}));
  EXPECT_EQ(state(4), SeatState::kFree);
  EXPECT_REJECT(Reject::kSeatNotFound, block({range(9, 11)}));
  EXPECT_REJECT(Reject::kSeatNotFound, block({range(3, 2)}));
  EXPECT_REJECT(Reject::kSeatNotFound, block({range(1, 3), range(3, 4)}));
}

TEST_F(Blocks, are_lifted_without_touching_other_seats) {
  EXPECT_GRANTED(block({range(1, 4)}));
  EXPECT_GRANTED(w.hold(ann, {5}));
  EXPECT_GRANTED(block({range(3, 10)}, false));
  EXPECT_EQ(state(2), SeatState::kBlocked);
  EXPECT_EQ(state(3), SeatState::kFree);
  EXPECT_EQ(state(5), SeatState::kHeld);
  w.restart();
  w.restart();
  EXPECT_EQ(state(2), SeatState::kBlocked);
}

TEST_F(Blocks, take_seats_whose_hold_has_run_out) {
  EXPECT_GRANTED(w.hold(ann, {5, 6}));
  w.advance(seconds(301));
  EXPECT_GRANTED(block({range(5, 5)}));
  EXPECT_EQ(state(5), SeatState::kBlocked);
  EXPECT_EQ(state(6), SeatState::kFree);
}

}  // namespace
}  // namespace frontrow
