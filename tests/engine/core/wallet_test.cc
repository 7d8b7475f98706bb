#include <limits>

#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

Policy small_policy() {
  Policy policy;
  policy.charge_max = Money{1000};
  policy.balance_max = Money{2500};
  return policy;
}

TEST(Wallet, balance_of_a_user_never_seen_is_zero) {
  World w;
  EXPECT_EQ(w.balance(1).minor, 0);
  EXPECT_EQ(w.records(), 0U);
}

TEST(Wallet, charge_adds_and_answers_with_the_new_balance) {
  World w;
  const Reply reply = w.ask(as_user(1), Charge{user_id(1), Money{700}});
  EXPECT_TRUE(reply.created);
  const ChargeView first = body_of<ChargeView>(reply);
  EXPECT_EQ(first.balance.minor, 700);
  EXPECT_EQ(first.amount.minor, 700);
  const ChargeView second = body_of<ChargeView>(w.ask(as_user(1), Charge{user_id(1), Money{1}}));
  EXPECT_EQ(second.balance.minor, 701);
  EXPECT_NE(first.charge, second.charge);
  EXPECT_EQ(w.balance(1).minor, 701);
  EXPECT_EQ(w.balance(2).minor, 0);
}

TEST(Wallet, charge_outside_its_bounds_is_rejected) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const struct {
    std::int64_t amount;
    Reject expected;
  } cases[] = {{1, Reject::kNone},
               {1000, Reject::kNone},
               {0, Reject::kInvalidAmount},
               {-1, Reject::kInvalidAmount},
               {1001, Reject::kInvalidAmount},
               {most, Reject::kInvalidAmount},
               {-most - 1, Reject::kInvalidAmount}};
  for (const auto& [amount, expected] : cases) {
    SCOPED_TRACE(amount);
    World w(small_policy());
    const Reply reply = w.ask(as_user(1), Charge{user_id(1), Money{amount}});
    EXPECT_REJECT(expected, reply);
    if (expected != Reject::kNone) {
      EXPECT_EQ(body_of<RejectDetail>(reply).amount.minor, 1000);
    }
  }
}

TEST(Wallet, charge_over_the_balance_limit_is_rejected_and_reserved_money_counts) {
  World w(small_policy());
  w.charge(1, 1000);
  w.charge(1, 1000);
  EXPECT_REJECT(Reject::kInvalidAmount, w.ask(as_user(1), Charge{user_id(1), Money{501}}));
  const ConcertId c = w.create(small_concert());
  const Fan fan = w.join(c, 1);
  const HoldView hold = body_of<HoldView>(w.hold(fan, {1}));
  w.post(fan.caller, Pay{c, {hold.hold}});
  w.deliver_next();
  EXPECT_EQ(w.wallet(1)->reserved.minor, 1000);
  w.post(as_user(1), Charge{user_id(1), Money{501}});
  EXPECT_REJECT(Reject::kInvalidAmount, *w.reply());
  w.deliver_all();
  EXPECT_GRANTED(w.ask(as_user(1), Charge{user_id(1), Money{501}}));
}

struct History : ::testing::Test {
  World w;
  std::vector<ConcertId> concerts;

  PaymentId buy(std::uint32_t seat) {
    const ConcertId c = w.create(small_concert());
    concerts.push_back(c);
    const Fan fan = w.join(c, 1);
    w.pass(seconds(1));
    EXPECT_GRANTED(w.pay(fan, body_of<HoldView>(w.hold(fan, {seat})).hold));
    return make_payment_id(c, 1);
  }
  PaymentsView read(std::uint32_t limit, PaymentId before = {}) {
    w.post(as_user(1), ReadPayments{user_id(1), limit, before});
    return body_of<PaymentsView>(*w.reply());
  }
};

TEST_F(History, payments_are_read_newest_first_page_by_page) {
  w.charge(1, 100'000);
  std::vector<PaymentId> bought;
  for (std::uint32_t i = 1; i <= 5; ++i) bought.push_back(buy(i));
  const PaymentsView first = read(2);
  ASSERT_EQ(first.payments.size(), 2U);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.payments[0].purchase.payment, bought[4]);
  EXPECT_EQ(first.payments[1].purchase.payment, bought[3]);
  const PaymentsView second = read(2, bought[3]);
  ASSERT_EQ(second.payments.size(), 2U);
  EXPECT_EQ(second.payments[0].purchase.payment, bought[2]);
  const PaymentsView last = read(2, bought[1]);
  ASSERT_EQ(last.payments.size(), 1U);
  EXPECT_FALSE(last.more);
  EXPECT_EQ(last.payments[0].balance.minor, 99'000);
  EXPECT_TRUE(read(2, bought[0]).payments.empty());
  EXPECT_FALSE(read(5).more);
  EXPECT_TRUE(read(2, make_payment_id(ConcertId{77}, 1)).payments.empty());
}

TEST_F(History, a_payment_that_is_not_decided_here_is_told_as_undecided) {
  w.charge(1, 100'000);
  buy(1);
  const ConcertId c = w.create(small_concert());
  const Fan fan = w.join(c, 1);
  const HoldView hold = body_of<HoldView>(w.hold(fan, {1}));
  w.post(fan.caller, Pay{c, {hold.hold}});
  w.deliver_next();  // reserved
  EXPECT_EQ(read(5).undecided, std::vector<PaymentId>{make_payment_id(c, 1)});
  w.deliver_next();  // sold there, not posted here
  EXPECT_EQ(read(5).undecided.size(), 1U);
  EXPECT_EQ(read(5).payments.size(), 1U);
  EXPECT_TRUE(read(5, make_payment_id(concerts[0], 1)).undecided.empty()) << "older pages";
  w.deliver_all();
  EXPECT_TRUE(read(5).undecided.empty());
  EXPECT_EQ(read(5).payments.size(), 2U);
}

TEST(Prices, amount_is_the_sum_of_the_sections_prices) {
  World w;
  ConcertSpec spec = small_concert();
  spec.dates[0].sections = {{"a", 1, Money{0}}, {"b", 2, Money{7}}, {"c", 1, Money{kPriceMax}}};
  const ConcertId c = w.create(spec);
  const struct {
    std::initializer_list<std::uint32_t> seats;
    std::int64_t amount;
  } cases[] = {{{1}, 0}, {{2}, 7}, {{3, 2}, 14}, {{4}, kPriceMax}, {{1, 2, 3, 4}, kPriceMax + 14}};
  std::uint32_t user = 0;
  for (const auto& [seats, amount] : cases) {
    const Fan fan = w.join(c, ++user);
    const HoldView hold = body_of<HoldView>(w.hold(fan, seats));
    EXPECT_EQ(hold.amount.minor, amount);
    EXPECT_GRANTED(w.ask(fan.caller, ReleaseHold{hold.hold}));
  }
}

TEST(Prices, a_free_seat_is_paid_with_an_empty_wallet) {
  World w;
  ConcertSpec spec = small_concert();
  spec.dates[0].sections = {{"free", 2, Money{0}}};
  const ConcertId c = w.create(spec);
  const Fan fan = w.join(c, 1);
  EXPECT_GRANTED(w.pay(fan, body_of<HoldView>(w.hold(fan, {1})).hold));
  EXPECT_EQ(w.look(fan).state, TokenState::kCompleted);
}

TEST(Prices, the_largest_hold_at_the_highest_price_does_not_overflow) {
  World w;
  ConcertSpec spec = small_concert();
  spec.rules.seats_per_user = kSeatsPerHoldMax;
  spec.dates[0].sections = {{"dear", kSeatsPerHoldMax, Money{kPriceMax}}};
  const ConcertId c = w.create(spec);
  const Fan fan = w.join(c, 1);
  PlaceHold all{c, first_date(), {}};
  for (std::uint32_t n = 1; n <= kSeatsPerHoldMax; ++n) all.seats.push_back(SeatNumber{n});
  EXPECT_EQ(body_of<HoldView>(w.ask(fan.caller, all)).amount.minor,
            kPriceMax * std::int64_t{kSeatsPerHoldMax});
}

TEST(Wallet, reference_charges_once_for_ever_whatever_the_key_and_the_amount) {
  World w;
  const auto charge = [&](std::uint32_t user, std::int64_t amount, const char* reference,
                          RequestKey key = {}) {
    return w.ask(kAdmin, Charge{user_id(user), Money{amount}, reference}, key);
  };
  const Reply made = charge(1, 700, "bank-1");
  EXPECT_TRUE(made.created);
  const ChargeView first = body_of<ChargeView>(made);
  charge(1, 5, "bank-2");
  w.pass(seconds(90 * 24 * 3600));
  for (int restart = 0; restart < 2; ++restart) {
    for (const std::int64_t amount : {700, 1, 99}) {
      const Reply again = charge(1, amount, "bank-1", {{7, static_cast<std::uint64_t>(amount)}, 1});
      EXPECT_FALSE(again.created);
      EXPECT_EQ(body_of<ChargeView>(again).charge, first.charge);
      EXPECT_EQ(body_of<ChargeView>(again).amount, Money{700});
      EXPECT_EQ(body_of<ChargeView>(again).balance, Money{700});
    }
    w.restart();
  }
  EXPECT_EQ(w.balance(1).minor, 705);
  EXPECT_TRUE(charge(2, 700, "bank-1").created) << "each wallet has its own references";
}

TEST(Wallet, adjustment_adds_and_takes_and_never_goes_below_zero) {
  World w(small_policy());
  const auto adjust = [&](std::int64_t amount) {
    return w.ask(kAdmin, AdjustBalance{user_id(1), Money{amount}, "why"});
  };
  const Reply added = adjust(2000);
  EXPECT_TRUE(added.created);
  EXPECT_EQ(body_of<AdjustmentView>(added).balance, Money{2000});
  EXPECT_EQ(body_of<AdjustmentView>(added).reason, "why");
  EXPECT_EQ(body_of<AdjustmentView>(adjust(-1500)).balance, Money{500});
  const Reply refused = adjust(-501);
  EXPECT_REJECT(Reject::kInsufficientBalance, refused);
  EXPECT_EQ(body_of<RejectDetail>(refused).balance, Money{500});
  EXPECT_EQ(body_of<RejectDetail>(refused).amount, Money{501});
  EXPECT_REJECT(Reject::kInvalidAmount, adjust(0));
  EXPECT_REJECT(Reject::kInvalidAmount, adjust(2001));
  EXPECT_REJECT(Reject::kInvalidAmount, adjust(2501));
  EXPECT_REJECT(Reject::kInvalidAmount, adjust(-2501));
  EXPECT_EQ(body_of<AdjustmentView>(adjust(-500)).balance, Money{0});
  EXPECT_EQ(w.wallet(1)->charged, Money{0});
}

}  // namespace
}  // namespace frontrow
