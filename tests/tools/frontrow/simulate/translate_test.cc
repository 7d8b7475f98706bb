#include "tools/frontrow/simulate/translate.h"

#include <gtest/gtest.h>

#include "tools/frontrow/workload/draws.h"

namespace frontrow::simulate {
namespace {

using drop::Answer;
using drop::Ask;
using drop::Place;
using drop::Problem;

constexpr ConcertId kConcert{7};
const std::vector<Date> kDates = {Date{100}, Date{101}, Date{105}};

Reply granted(ReplyBody body, bool created = false) {
  return {Reject::kNone, created, false, std::move(body)};
}

TEST(Translate, every_ask_is_its_command) {
  const UserId user = drop::user_of(1, 2);
  drop::Fan fan;
  fan.number = 12;
  fan.date = 2;
  drop::Buyer buyer{.fan = 2, .seats = {44}, .price = 900, .hold = 77, .date = 1};
  const RequestKey key{{1, 2}, 3};
  const auto command = [&](Ask ask) {
    fan.ask = ask;
    return command_of({fan, &buyer, user, key}, kConcert, kDates);
  };
  EXPECT_EQ(std::get<Join>(command(Ask::kJoin).body).user, user);
  EXPECT_FALSE(command(Ask::kJoin).caller.number);
  EXPECT_EQ(std::get<ReadToken>(command(Ask::kPoll).body).concert, kConcert);
  EXPECT_EQ(command(Ask::kPoll).caller.number, TicketNumber{12});
  EXPECT_FALSE(command(Ask::kPoll).key.present());
  EXPECT_EQ(std::get<ReadDates>(command(Ask::kDates).body).concert, kConcert);
  EXPECT_EQ(std::get<ReadSeats>(command(Ask::kSeats).body).date, kDates[2]);
  const Command hold = command(Ask::kHold);
  EXPECT_EQ(std::get<PlaceHold>(hold.body).date, kDates[1]);
  EXPECT_EQ(std::get<PlaceHold>(hold.body).seats, SeatList{SeatNumber{44}});
  EXPECT_EQ(hold.key, key);
  EXPECT_EQ(std::get<Charge>(command(Ask::kCharge).body).amount, Money{900});
  EXPECT_EQ(command(Ask::kCharge).key, key);
  EXPECT_EQ(std::get<Pay>(command(Ask::kPay).body).holds, HoldIds{HoldId{77}});
  EXPECT_EQ(std::get<Leave>(command(Ask::kLeave).body).concert, kConcert);
  EXPECT_EQ(std::get<ReadHold>(command(Ask::kOffer).body).hold, HoldId{77});
  EXPECT_EQ(std::get<LeaveWaitlist>(command(Ask::kUnwait).body).concert, kConcert);
}

TEST(Translate, wishes_by_quantity_are_holds_and_entries_of_the_waitlist) {
  drop::Fan fan;
  fan.traits = drop::kByQuantity;
  const drop::Buyer buyer{.date = 1};
  const auto command = [&](Ask ask) {
    fan.ask = ask;
    return command_of({fan, &buyer, drop::user_of(1, 2), {}, {3, "standing"}}, kConcert, kDates);
  };
  const auto hold = std::get<PlaceHold>(command(Ask::kHold).body);
  EXPECT_TRUE(hold.seats.empty());
  EXPECT_EQ(hold.date, kDates[1]);
  EXPECT_EQ(hold.section, "standing");
  EXPECT_EQ(hold.quantity, 3U);
  const auto wait = std::get<JoinWaitlist>(command(Ask::kWait).body);
  EXPECT_EQ(wait.date, kDates[1]);
  EXPECT_EQ(wait.section, "standing");
  EXPECT_EQ(wait.quantity, 3U);
}

TEST(Translate, seats_of_a_hold_and_places_on_the_waitlist) {
  HoldView hold{.hold = HoldId{9}, .amount = Money{700}};
  hold.seats = {SeatNumber{4}, SeatNumber{5}};
  const Answer held = answer_of(Ask::kOffer, granted(hold), 0, kDates);
  EXPECT_EQ(held.id, 9U);
  EXPECT_EQ(held.amount, 700);
  EXPECT_EQ(held.seats, (drop::Seats{4, 5, 0, 0}));
  WaitlistView waitlist{.concert = kConcert};
  waitlist.places.push_back({.quantity = 1, .position = 6});
  EXPECT_EQ(answer_of(Ask::kWait, granted(waitlist, true), 0, kDates).waitlist_position, 6U);
  QueueEntry entry{.state = TokenState::kLeft, .number = TicketNumber{5}};
  entry.waitlist_position = 3;
  entry.offered = HoldId{8};
  const Answer polled = answer_of(Ask::kPoll, granted(entry), 0, kDates);
  EXPECT_EQ(polled.waitlist_position, 3U);
  EXPECT_EQ(polled.offered, 8U);
}

TEST(Translate, places_in_the_line) {
  const auto place_in = [](TokenState state) {
    const QueueEntry entry{.state = state, .number = TicketNumber{5}, .poll_after_ms = 900};
    const Answer answer = answer_of(Ask::kPoll, granted(entry), 0, kDates);
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer.number, 5U);
    EXPECT_EQ(answer.poll_after_ms, 900U);
    return answer.place;
  };
  EXPECT_EQ(place_in(TokenState::kWaiting), Place::kWaiting);
  EXPECT_EQ(place_in(TokenState::kActive), Place::kActive);
  for (const TokenState over : {TokenState::kCompleted, TokenState::kExpired, TokenState::kLeft})
    EXPECT_EQ(place_in(over), Place::kOver);
  EXPECT_EQ(answer_of(Ask::kJoin, granted(QueueEntry{}, true), 0, kDates).status, 201);
}

TEST(Translate, chooses_among_the_dates_that_are_left) {
  const DatesView view{kConcert, {{Date{100}, 5, 1}, {Date{105}, 5, 1}}};
  EXPECT_EQ(answer_of(Ask::kDates, granted(view), 0, kDates).date, 0);
  const Answer last = answer_of(Ask::kDates, granted(view), 0.99, kDates);
  EXPECT_EQ(last.date, 2);
  EXPECT_TRUE(last.found);
  EXPECT_FALSE(answer_of(Ask::kDates, granted(DatesView{}), 0.5, kDates).found);
}

TEST(Translate, chooses_among_the_free_seats_and_knows_their_price) {
  auto seats = std::make_shared<SeatsSnapshot>();
  seats->total = 200;
  seats->sections = {{"a", Money{10}, SeatNumber{1}, SeatNumber{70}, 0},
                     {"b", Money{20}, SeatNumber{71}, SeatNumber{200}, 0}};
  seats->free_bits.assign(4, 0);
  const std::vector<std::uint32_t> free = {3, 64, 65, 70, 71, 129, 200};
  for (const std::uint32_t seat : free)
    seats->free_bits[(seat - 1) / 64] |= std::uint64_t{1} << ((seat - 1) % 64);
  seats->free = static_cast<std::uint32_t>(free.size());
  std::vector<std::uint32_t> chosen;
  for (int i = 0; i < 10'000; ++i) {
    const Answer answer = answer_of(Ask::kSeats, granted(SeatsView(seats)), i / 1e4, kDates);
    EXPECT_TRUE(answer.found);
    EXPECT_EQ(answer.price, answer.seat <= 70 ? 10 : 20);
    if (chosen.empty() || chosen.back() != answer.seat) chosen.push_back(answer.seat);
  }
  EXPECT_EQ(chosen, free);  // all can be chosen, popular ones by more fans
  seats->free = 0;
  EXPECT_FALSE(answer_of(Ask::kSeats, granted(SeatsView(seats)), 0, kDates).found);
}

TEST(Translate, rejections_are_what_the_api_says) {
  struct Case {
    Reject reject;
    int status;
    Problem problem;
  };
  for (const Case& c : {Case{Reject::kNotAdmitted, 403, Problem::kNotAdmitted},
                        Case{Reject::kTokenExpired, 401, Problem::kTokenExpired},
                        Case{Reject::kSeatUnavailable, 409, Problem::kSeatUnavailable},
                        Case{Reject::kHoldExpired, 410, Problem::kHoldExpired},
                        Case{Reject::kNotAvailable, 409, Problem::kNotAvailable},
                        Case{Reject::kNotSoldOut, 409, Problem::kNotSoldOut},
                        Case{Reject::kWaitlistFull, 409, Problem::kWaitlistFull},
                        Case{Reject::kSaleClosed, 409, Problem::kSaleClosed},
                        Case{Reject::kLimitExceeded, 422, Problem::kOther}}) {
    const Answer answer =
        answer_of(Ask::kHold, {c.reject, false, false, RejectDetail{}}, 0, kDates);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.problem, c.problem);
    EXPECT_FALSE(answer.ok());
  }
  const Answer full = answer_of(Ask::kJoin, {Reject::kLineFull, false, false, {}}, 0, kDates);
  EXPECT_TRUE(full.told_to_wait());
}

}  // namespace
}  // namespace frontrow::simulate
