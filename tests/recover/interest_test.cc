// Which events `recover show` tells of a thing.
#include "tools/recover/interest.h"

#include <gtest/gtest.h>

#include "engine/core/answer_table.h"
#include "tests/recover/support.h"

namespace frontrow::recover {
namespace {

constexpr ConcertId kConcert{1};
constexpr ConcertId kOther{2};
const UserId kUser = user_id(1);
const UserId kStranger = user_id(2);
constexpr HoldId kHold = make_hold_id(kConcert, 1);
constexpr PaymentId kPayment = make_payment_id(kConcert, 1);

SeatsHeld held(TicketNumber number, HoldId hold = kHold, std::uint32_t seat = 7) {
  return {kConcert, hold, number, 0, {SeatNumber{seat}}, {}, {}};
}

TEST(Interest, user_is_followed_through_every_token_hold_and_payment) {
  Interest interest;
  interest.add_user(kUser);
  EXPECT_FALSE(interest.touches(held(TicketNumber{3}))) << "nobody knows the number yet";
  EXPECT_TRUE(interest.touches(TokenJoined{kConcert, TicketNumber{3}, kUser}));
  EXPECT_FALSE(interest.touches(TokenJoined{kConcert, TicketNumber{4}, kStranger}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kConcert, TicketNumber{1}, TicketNumber{2}, 2}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kOther, TicketNumber{1}, TicketNumber{9}, 9}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kConcert, TicketNumber{4}, TicketNumber{9}, 2}));
  EXPECT_TRUE(interest.touches(TokensAdmitted{kConcert, TicketNumber{3}, TicketNumber{4}, 2}));
  EXPECT_TRUE(interest.touches(held(TicketNumber{3})));
  EXPECT_FALSE(interest.touches(held(TicketNumber{4}, make_hold_id(kConcert, 2))));
  EXPECT_TRUE(interest.touches(PaymentStarted{kConcert, kPayment, kHold, {}, {}}));
  EXPECT_FALSE(interest.touches(
      PaymentStarted{kConcert, make_payment_id(kConcert, 2), make_hold_id(kConcert, 2), {}, {}}));
  EXPECT_TRUE(interest.touches(Sold{kConcert, kPayment, {}}));
  EXPECT_FALSE(interest.touches(Sold{kConcert, make_payment_id(kConcert, 2), {}}));
  EXPECT_TRUE(interest.touches(TokenEnded{kConcert, TicketNumber{3}, TokenState::kCompleted}));
  EXPECT_FALSE(interest.touches(TokenEnded{kConcert, TicketNumber{4}, TokenState::kLeft}));
  EXPECT_TRUE(interest.touches(TokenJoined{kConcert, TicketNumber{8}, kUser})) << "once more";
  EXPECT_TRUE(interest.touches(held(TicketNumber{8}, make_hold_id(kConcert, 3))));
  EXPECT_TRUE(interest.touches(WalletCharged{kUser, ChargeId{1}, {}}));
  EXPECT_FALSE(interest.touches(WalletCharged{kStranger, ChargeId{1}, {}}));
  EXPECT_FALSE(interest.touches(PhaseChanged{kConcert, Phase::kPaused}));
  EXPECT_FALSE(interest.touches(SlotHashed{1}));
}

TEST(Interest, user_is_told_of_answers_that_an_operator_got_about_the_wallet_and_payments) {
  const auto stored = [](ReplyBody body) {
    return AnswerStored{{}, user_id(77), {}, encode_answer({Reject::kNone, true, false, body})};
  };
  Interest interest;
  interest.add_user(kUser);
  EXPECT_TRUE(interest.touches(stored(ChargeView{ChargeId{1}, kUser, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(ChargeView{ChargeId{1}, kStranger, {}, {}})));
  EXPECT_TRUE(interest.touches(stored(RefundView{Purchase{.user = kUser}, {}, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(RefundView{Purchase{.user = kStranger}, {}, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(ConcertCreated{kConcert})));
  EXPECT_FALSE(interest.touches(AnswerStored{{}, kStranger, {}, "no answer"}));
}

TEST(Interest, seat_brings_in_its_holds_and_their_payments_and_no_other_date) {
  Interest interest;
  interest.add_seat(kConcert, 0, SeatNumber{7});
  SeatsHeld other_date = held(TicketNumber{1});
  other_date.date_index = 1;
  EXPECT_FALSE(interest.touches(other_date));
  EXPECT_FALSE(interest.touches(HoldExpired{kConcert, kHold}));
  EXPECT_FALSE(interest.touches(held(TicketNumber{1}, make_hold_id(kConcert, 2), 8)));
  EXPECT_TRUE(interest.touches(held(TicketNumber{1})));
  EXPECT_TRUE(interest.touches(PaymentStarted{kConcert, kPayment, kHold, {}, {}}));
  EXPECT_TRUE(interest.touches(Refunded{kConcert, kPayment, {}}));
  EXPECT_TRUE(interest.touches(HoldExpired{kConcert, kHold}));
  EXPECT_FALSE(interest.touches(HoldExpired{kConcert, make_hold_id(kConcert, 2)}));
  EXPECT_TRUE(interest.touches(SeatBlocked{kConcert, 0, SeatNumber{7}, true}));
  EXPECT_FALSE(interest.touches(SeatBlocked{kConcert, 1, SeatNumber{7}, true}));
  EXPECT_FALSE(interest.touches(SeatBlocked{kConcert, 0, SeatNumber{8}, true}));
}

TEST(Interest, concert_means_its_settings) {
  Interest interest;
  interest.add_concert(kConcert);
  EXPECT_TRUE(interest.touches(PhaseChanged{kConcert, Phase::kPaused}));
  EXPECT_TRUE(interest.touches(ConcertCreatedEvent{kConcert, {}}));
  EXPECT_FALSE(interest.touches(PhaseChanged{kOther, Phase::kPaused}));
  EXPECT_FALSE(interest.touches(TokenJoined{kConcert, TicketNumber{1}, kUser}));
  EXPECT_FALSE(interest.touches(Sold{kConcert, kPayment, {}}));
}

}  // namespace
}  // namespace frontrow::recover
