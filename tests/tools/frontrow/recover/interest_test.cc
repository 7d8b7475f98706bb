// The events that `recover show` lists for an entity.
#include "tools/frontrow/recover/interest.h"

#include <gtest/gtest.h>

#include "engine/base/seeded_shuffle.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/answer_table.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {
namespace {

constexpr ConcertId kSale{1};
constexpr ConcertId kOther{2};
const UserId kFollowed = user_id(1);
const UserId kStranger = user_id(2);
constexpr HoldId kFollowedHold = make_hold_id(kSale, 1);
constexpr PaymentId kFollowedPayment = make_payment_id(kSale, 1);

SeatsHeld held(TicketNumber number, HoldId hold = kFollowedHold, std::uint32_t seat = 7) {
  return {kSale, hold, number, 0, {SeatNumber{seat}}, {}, {}};
}

TEST(Interest, user_is_followed_through_every_token_hold_and_payment) {
  Interest interest;
  interest.add_user(kFollowed);
  EXPECT_FALSE(interest.touches(held(TicketNumber{3}))) << "nobody knows the number yet";
  EXPECT_TRUE(interest.touches(TokenJoined{kSale, TicketNumber{3}, kFollowed}));
  EXPECT_FALSE(interest.touches(TokenJoined{kSale, TicketNumber{4}, kStranger}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kSale, LinePlace{1}, LinePlace{2}, 2}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kOther, LinePlace{1}, LinePlace{9}, 9}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kSale, LinePlace{4}, LinePlace{9}, 2}));
  EXPECT_TRUE(interest.touches(TokensAdmitted{kSale, LinePlace{3}, LinePlace{4}, 2}));
  EXPECT_TRUE(interest.touches(held(TicketNumber{3})));
  EXPECT_FALSE(interest.touches(held(TicketNumber{4}, make_hold_id(kSale, 2))));
  EXPECT_TRUE(interest.touches(PaymentStarted{kSale, kFollowedPayment, kFollowedHold, {}, {}}));
  EXPECT_FALSE(interest.touches(
      PaymentStarted{kSale, make_payment_id(kSale, 2), make_hold_id(kSale, 2), {}, {}}));
  EXPECT_TRUE(interest.touches(Sold{kSale, kFollowedPayment, {}}));
  EXPECT_FALSE(interest.touches(Sold{kSale, make_payment_id(kSale, 2), {}}));
  EXPECT_TRUE(interest.touches(TokenEnded{kSale, TicketNumber{3}, TokenState::kCompleted}));
  EXPECT_FALSE(interest.touches(TokenEnded{kSale, TicketNumber{4}, TokenState::kLeft}));
  EXPECT_TRUE(interest.touches(TokenJoined{kSale, TicketNumber{8}, kFollowed})) << "once more";
  EXPECT_TRUE(interest.touches(held(TicketNumber{8}, make_hold_id(kSale, 3))));
  EXPECT_TRUE(interest.touches(WalletCharged{kFollowed, ChargeId{1}, {}}));
  EXPECT_FALSE(interest.touches(WalletCharged{kStranger, ChargeId{1}, {}}));
  EXPECT_FALSE(interest.touches(PhaseChanged{kSale, Phase::kPaused}));
  EXPECT_FALSE(interest.touches(SlotHashed{1}));
}

TEST(Interest, sale_at_the_box_office_is_followed_by_user_and_seat) {
  const SeatsSoldAtOffice sold{
      kSale, kFollowedPayment, kFollowedHold, 0, {SeatNumber{7}}, kFollowed, {}};
  Interest by_user;
  by_user.add_user(kFollowed);
  EXPECT_TRUE(by_user.touches(sold));
  EXPECT_TRUE(by_user.touches(Refunded{kSale, kFollowedPayment, {}}));
  EXPECT_TRUE(by_user.touches(SaleListed{kFollowed, kFollowedPayment, {}}));
  Interest by_seat;
  by_seat.add_seat(kSale, 0, *parse_date("2027-05-01"), SeatNumber{7});
  EXPECT_TRUE(by_seat.touches(sold));
  EXPECT_TRUE(by_seat.touches(Refunded{kSale, kFollowedPayment, {}}));
  Interest other;
  other.add_user(kStranger);
  EXPECT_FALSE(other.touches(sold));
  EXPECT_FALSE(other.touches(Refunded{kSale, kFollowedPayment, {}}));
}

TEST(Interest, refund_of_some_seats_is_followed_by_user_payment_and_seat) {
  const SeatsRefundStarted started{kSale, kFollowedPayment, {SeatNumber{7}}, {}, {}};
  const MoneyReturnedInPart returned{kFollowed, kFollowedPayment, {SeatNumber{7}}, {}};
  const PaymentStarted paid{kSale, kFollowedPayment, kFollowedHold, {}, {}};
  Interest by_user;
  by_user.add_user(kFollowed);
  EXPECT_TRUE(by_user.touches(TokenJoined{kSale, TicketNumber{3}, kFollowed}));
  EXPECT_TRUE(by_user.touches(held(TicketNumber{3})));
  EXPECT_TRUE(by_user.touches(paid));
  EXPECT_TRUE(by_user.touches(started));
  EXPECT_TRUE(by_user.touches(returned));
  Interest by_payment;
  by_payment.add_payment(kFollowedPayment);
  EXPECT_TRUE(by_payment.touches(started));
  EXPECT_TRUE(by_payment.touches(returned));
  Interest by_seat;
  by_seat.add_seat(kSale, 0, *parse_date("2027-05-01"), SeatNumber{7});
  EXPECT_FALSE(by_seat.touches(started)) << "nobody knows its payment yet";
  EXPECT_TRUE(by_seat.touches(held(TicketNumber{3})));
  EXPECT_TRUE(by_seat.touches(paid));
  EXPECT_TRUE(by_seat.touches(started));
  EXPECT_TRUE(by_seat.touches(returned));
  Interest other;
  other.add_user(kStranger);
  EXPECT_FALSE(other.touches(started));
  EXPECT_FALSE(other.touches(returned));
}

// The admissions name places.
TEST(Interest, number_is_followed_to_the_place_that_the_shuffle_gave_it) {
  const Bytes32 seed{std::byte{7}};
  const std::vector<std::uint32_t> numbers = shuffled_numbers(seed, 9);
  const auto at = std::ranges::find(numbers, 3U) - numbers.begin() + 1;
  const LinePlace place{static_cast<std::uint32_t>(at)};
  ASSERT_NE(place.value, 3U);
  Interest interest;
  interest.add_token(kSale, TicketNumber{3});
  EXPECT_FALSE(interest.touches(OrderSet{kSale, seed}));
  EXPECT_TRUE(interest.touches(LineShuffled{kSale, 9}));
  EXPECT_FALSE(interest.touches(TokensAdmitted{kSale, LinePlace{3}, LinePlace{3}, 1}));
  EXPECT_TRUE(interest.touches(TokensAdmitted{kSale, place, place, 1}));
  EXPECT_FALSE(interest.touches(LineShuffled{kOther, 9})) << "whose seed is not known";
}

TEST(Interest, user_is_told_of_answers_that_an_operator_got_about_the_wallet_and_payments) {
  const auto stored = [](ReplyBody body) {
    return AnswerStored{{}, user_id(77), {}, encode_answer({Reject::kNone, true, false, body})};
  };
  Interest interest;
  interest.add_user(kFollowed);
  EXPECT_TRUE(interest.touches(stored(ChargeView{ChargeId{1}, kFollowed, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(ChargeView{ChargeId{1}, kStranger, {}, {}})));
  EXPECT_TRUE(interest.touches(stored(RefundView{Purchase{.user = kFollowed}, {}, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(RefundView{Purchase{.user = kStranger}, {}, {}, {}})));
  EXPECT_FALSE(interest.touches(stored(ConcertCreated{kSale})));
  EXPECT_FALSE(interest.touches(AnswerStored{{}, kStranger, {}, "no answer"}));
}

TEST(Interest, seat_brings_in_its_holds_and_their_payments_and_no_other_date) {
  Interest interest;
  interest.add_seat(kSale, 0, *parse_date("2027-05-01"), SeatNumber{7});
  SeatsHeld other_date = held(TicketNumber{1});
  other_date.date_index = 1;
  EXPECT_FALSE(interest.touches(other_date));
  EXPECT_FALSE(interest.touches(HoldExpired{kSale, kFollowedHold}));
  EXPECT_FALSE(interest.touches(held(TicketNumber{1}, make_hold_id(kSale, 2), 8)));
  EXPECT_TRUE(interest.touches(held(TicketNumber{1})));
  EXPECT_TRUE(interest.touches(PaymentStarted{kSale, kFollowedPayment, kFollowedHold, {}, {}}));
  EXPECT_TRUE(interest.touches(Refunded{kSale, kFollowedPayment, {}}));
  EXPECT_TRUE(interest.touches(HoldExpired{kSale, kFollowedHold}));
  EXPECT_FALSE(interest.touches(HoldExpired{kSale, make_hold_id(kSale, 2)}));
  EXPECT_TRUE(interest.touches(SeatBlocked{kSale, 0, SeatNumber{7}, true}));
  EXPECT_FALSE(interest.touches(SeatBlocked{kSale, 1, SeatNumber{7}, true}));
  EXPECT_FALSE(interest.touches(SeatBlocked{kSale, 0, SeatNumber{8}, true}));
}

TEST(Interest, concert_means_its_settings) {
  Interest interest;
  interest.add_concert(kSale);
  EXPECT_TRUE(interest.touches(PhaseChanged{kSale, Phase::kPaused}));
  EXPECT_TRUE(interest.touches(ConcertCreatedEvent{kSale, {}}));
  EXPECT_FALSE(interest.touches(PhaseChanged{kOther, Phase::kPaused}));
  EXPECT_FALSE(interest.touches(TokenJoined{kSale, TicketNumber{1}, kFollowed}));
  EXPECT_FALSE(interest.touches(Sold{kSale, kFollowedPayment, {}}));
}

}  // namespace
}  // namespace frontrow::recover
