// The checks after a run detect faults in the engine's state, in the money, and in the fans'
// answers.
#include "tools/frontrow/simulate/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace frontrow::simulate {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Instant kStart{1'790'000'000'000};

// A finished sale of a hundred fans and forty seats.
class Played : public testing::Test {
 protected:
  Played() : core_(spec(), kStart, violations_), crowd_(plan(), core_, kStart, violations_) {
    for (std::uint32_t ms = 0; ms < 120'000 && !crowd_.all_done(); ++ms) {
      core_.pass_time(kStart + milliseconds(ms));
      crowd_.play(ms);
      if (core_.figures().sold_last.is_set()) crowd_.spread_word_of_sell_out();
    }
    EXPECT_TRUE(crowd_.all_done());
    EXPECT_EQ(crowd_.figures().bought, 40U);
  }

  static ConcertSpec spec() {
    ConcertSpec spec{.title = "checked"};
    spec.rules.queue = {20, 20, 600, 60};
    spec.dates = {{Date{21'000}, {{"all", 40, Money{500}}}}};
    return spec;
  }
  static Crowd::Plan plan() {
    Crowd::Plan plan{.dates = {Date{21'000}}};
    plan.facts = {.seed = 3, .hold_ms = 300'000, .place_ms = 60'000};
    plan.facts.think = plan.facts.pay = {drop::Spread::kUniform, 100};
    plan.shares = {0, 0, 0, 0, 0, 0, 0};
    plan.arrivals = {.fans = 100, .over_ms = 1'000};
    return plan;
  }

  std::vector<std::string> found() {
    check_books(core_, crowd_, violations_);
    return violations_.kept();
  }
  // Access to state that no run may change directly.
  Concert& concert() { return const_cast<Concert&>(core_.concert()); }
  Wallet& wallet_of(const UserId& user) {
    for (const Slot* slot : core_.slots()) {
      if (const Wallet* wallet = slot->find_wallet(user)) return const_cast<Wallet&>(*wallet);
    }
    ADD_FAILURE() << "no such wallet";
    static Wallet none;
    return none;
  }
  const drop::Buyer& some_buyer() const {
    for (const drop::Buyer& buyer : crowd_.buyers()) {
      if (buyer.payment != 0) return buyer;
    }
    return crowd_.buyers().front();
  }

  drop::Violations violations_;
  Core core_;
  Crowd crowd_;
};

TEST_F(Played, without_harm_nothing_is_found) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(Played, money_that_appears_in_the_concert_is_found) {
  concert().revenue.minor += 500;
  EXPECT_THAT(found(), Contains(HasSubstr("revenue, of what the fans paid: 20500, not 20000")));
}

TEST_F(Played, money_that_leaves_a_wallet_is_found) {
  const UserId user = crowd_.user_of(some_buyer().fan);
  wallet_of(user).balance.minor += 7;
  const auto lines = found();
  EXPECT_THAT(lines, Contains(HasSubstr("money made or lost")));
  EXPECT_THAT(lines, Contains(HasSubstr("balances, of what was charged and not spent: 7, not 0")));
  EXPECT_THAT(lines, Contains(HasSubstr(": 7 in the wallet, not 0")));
}

TEST_F(Played, a_payment_that_is_not_as_it_was_told_is_found) {
  const drop::Buyer& buyer = some_buyer();
  const Payment* payment = core_.concert().find_payment(PaymentId{buyer.payment});
  const_cast<Payment*>(payment)->state = PaymentState::kRefunded;
  EXPECT_THAT(found(),
              Contains(HasSubstr("payment " + std::to_string(buyer.payment) + " of user")));
}

TEST_F(Played, a_seat_that_was_told_to_two_is_found) {
  drop::Buyer* first = nullptr;
  for (const drop::Buyer& buyer : crowd_.buyers()) {
    if (buyer.payment == 0) continue;
    if (first == nullptr) {
      first = const_cast<drop::Buyer*>(&buyer);
      continue;
    }
    first->seats = buyer.seats;
    break;
  }
  EXPECT_THAT(found(), Contains(HasSubstr("was sold twice")));
}

TEST_F(Played, a_seat_that_nobody_bought_is_found) {
  ConcertDate& date = *concert().dates.front();
  date.seats.set(SeatNumber{1}, SeatState::kFree, 0);
  EXPECT_THAT(found(),
              Contains(HasSubstr("seats sold, of those whom the fans bought: 39, not 40")));
}

}  // namespace
}  // namespace frontrow::simulate
