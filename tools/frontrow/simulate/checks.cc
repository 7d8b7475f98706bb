#include "tools/frontrow/simulate/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/base/uuid.h"
#include "engine/core/state/invariants.h"

namespace frontrow::simulate {
namespace {

bool has_seats(const Payment& payment, const drop::Buyer& buyer) {
  return std::equal(payment.seats.begin(), payment.seats.end(), buyer.seats.begin(),
                    buyer.seats.begin() + drop::count_of(buyer.seats),
                    [](SeatNumber seat, std::uint32_t told) { return seat.value == told; });
}

class Books {
 public:
  Books(const Core& core, const Crowd& crowd, drop::Violations& violations)
      : core_(core), crowd_(crowd), violations_(violations) {}

  void check_engine() {
    for (const Slot* slot : core_.slots()) {
      for (std::string& line : check_invariants(*slot)) violations_.add(std::move(line));
    }
    expect_equal("open outbox entries", core_.concert().outbox.size(), 0U);
  }

  // No money is made or lost between the fans, the wallets and the concert.
  void check_money() {
    Money charged, spent, balance, reserved;
    for (const Slot* slot : core_.slots()) {
      for (const auto& [user, wallet] : slot->wallets) {
        charged.minor += wallet.charged.minor;
        spent.minor += wallet.spent.minor;
        balance.minor += wallet.balance.minor;
        reserved.minor += wallet.reserved.minor;
      }
    }
    const CrowdFigures& told = crowd_.figures();
    expect_equal("money in the wallets, of what the fans charged", charged.minor, told.charged);
    expect_equal("money spent, of what the fans were told", spent.minor, told.paid);
    expect_equal("revenue, of what the fans paid", core_.concert().revenue.minor, told.paid);
    expect_equal("money reserved", reserved.minor, std::int64_t{0});
    expect_equal("balances, of what was charged and not spent", balance.minor,
                 told.charged - told.paid);
  }

  void check_counts() {
    const Concert& concert = core_.concert();
    const CrowdFigures& told = crowd_.figures();
    std::uint64_t sold = 0;
    for (const auto& date : concert.dates) sold += date->seats.count(SeatState::kSold);
    expect_equal("seats sold, of those whom the fans bought", sold, told.seats);
    expect_equal("payments, of those that the fans made", concert.payments_completed, told.bought);
    expect_equal("sales that were logged", core_.figures().payments, told.bought);
    expect_equal("seats sold, by the log", core_.figures().sold, told.seats);
    const std::uint64_t ended =
        std::accumulate(told.outcomes.begin(), told.outcomes.end(), std::uint64_t{0});
    expect_equal("fans who ended or are there", ended + crowd_.unfinished(), told.arrived);
    expect_equal("unexpected responses",
                 told.outcomes[static_cast<std::size_t>(drop::Outcome::kRefused)], 0U);
    if (core_.figures().active_most > concert.rules.queue.max_active)
      violations_.add(fmt::format("cap: {} fans were in at once, {} are allowed",
                                  core_.figures().active_most, concert.rules.queue.max_active));
  }

  // Checks each fan's payment, seat and wallet, and that no seat was sold to two fans.
  void check_buyers() {
    std::vector<std::vector<bool>> sold;
    for (const auto& date : core_.concert().dates) sold.emplace_back(date->seats.total() + 1);
    const std::vector<const Slot*> slots = core_.slots();
    std::vector<const Slot*> by_id(kSlotCount);
    for (const Slot* slot : slots) by_id[slot->id.value] = slot;
    for (const drop::Buyer& buyer : crowd_.buyers()) {
      const UserId user = crowd_.user_of(buyer.fan);
      if (buyer.payment != 0) {
        for (std::size_t i = 0; i < drop::count_of(buyer.seats); ++i) {
          const std::uint32_t seat = buyer.seats[i];
          if (sold[buyer.date][seat])
            violations_.add(fmt::format("seat {} of date {} was sold twice", seat, buyer.date));
          sold[buyer.date][seat] = true;
        }
        check_payment(buyer, user);
      }
      const Slot* slot = by_id[slot_of_user(user).value];
      const Wallet* wallet = slot == nullptr ? nullptr : slot->find_wallet(user);
      const std::int64_t has = wallet == nullptr ? 0 : wallet->balance.minor;
      const std::int64_t should = buyer.balance - (buyer.payment != 0 ? buyer.amount : 0);
      if (has != should)
        violations_.add(
            fmt::format("user {}: {} in the wallet, not {}", to_string(user), has, should));
    }
  }

 private:
  template <class Found, class Expected>
  void expect_equal(const char* what, Found found, Expected expected) {
    if (static_cast<std::int64_t>(found) == static_cast<std::int64_t>(expected)) return;
    violations_.add(fmt::format("{}: {}, not {}", what, found, expected));
  }

  void check_payment(const drop::Buyer& buyer, const UserId& user) {
    const Payment* payment = core_.concert().find_payment(PaymentId{buyer.payment});
    const bool is_there = payment != nullptr && payment->state == PaymentState::kCompleted &&
                          payment->user == user && payment->amount.minor == buyer.amount &&
                          payment->date_index == buyer.date && has_seats(*payment, buyer);
    if (!is_there)
      violations_.add(fmt::format("payment {} of user {} is not there as it was told",
                                  buyer.payment, to_string(user)));
  }

  const Core& core_;
  const Crowd& crowd_;
  drop::Violations& violations_;
};

}  // namespace

void check_books(const Core& core, const Crowd& crowd, drop::Violations& violations) {
  Books books(core, crowd, violations);
  books.check_engine();
  books.check_money();
  books.check_counts();
  books.check_buyers();
}

}  // namespace frontrow::simulate
