#include "tools/frontrow/recover/export_totals.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/core/state/paid_prices.h"
#include "engine/core/state/refunds.h"
#include "engine/core/state/slot.h"

namespace frontrow::recover {
namespace {

template <class Visit>
void for_each_slot(SlotTable& slots, const Visit& visit) {
  for (std::uint32_t id = 0; id < kSlotCount; ++id) {
    if (const Slot* slot = slots.find(SlotId{static_cast<std::uint16_t>(id)})) visit(*slot);
  }
}

// The part of the amount that the concert counts and the wallet does not: the whole amount, that of
// the seats whose refund is under way, or none.
std::int64_t under_way_of(SlotTable& slots, const Payment& payment) {
  const Slot* slot = slots.find(slot_of_user(payment.user));
  const Wallet* wallet = slot == nullptr ? nullptr : slot->find_wallet(payment.user);
  const WalletPayment* posted = wallet == nullptr ? nullptr : wallet->find_payment(payment.id);
  const std::int64_t kept = payment.amount.minor - money_refunded(payment).minor;
  if (posted == nullptr || posted->state == PaymentState::kRefunded) return kept;
  const bool is_returned = posted->returned.size() > seats_refunded(payment).size();
  return is_returned ? money_of_refund(payment).minor : 0;
}

// The prices of a date that never changed are those that were paid, except at the box office. So
// the seats are compared with the payments by these, where that is possible.
bool has_own_prices(const Concert& concert, const ConcertDate& date, SeatNumber seat) {
  if (date.is_changed) return true;
  const Hold* owner = concert.find_hold(make_hold_id(concert.id, date.seats.owner(seat)));
  return owner != nullptr && !owner->number;
}

void count_payment(SlotTable& slots, const Concert& concert, const Payment& payment,
                   ConcertTotals& t) {
  if (payment.state == PaymentState::kRefunded) {
    ++t.refunded;
    t.refunded_amount += payment.amount.minor;
  }
  if (payment.state != PaymentState::kCompleted && payment.state != PaymentState::kRefunding)
    return;
  const std::int64_t refunded = money_refunded(payment).minor;
  const std::int64_t kept = payment.amount.minor - refunded;
  ++t.completed;
  t.completed_amount += kept;
  if (!seats_refunded(payment).empty()) ++t.refunded_in_part;
  t.refunded_in_part_amount += refunded;
  if (payment.is_of_office()) {
    t.of_office += kept;
    return;
  }
  // Only a payment with an outbox entry may be ahead of its wallet or behind it.
  if (concert.outbox.contains(payment.id)) t.under_way += under_way_of(slots, payment);
}

ConcertTotals add_up_concert(SlotTable& slots, const Concert& concert) {
  ConcertTotals t{.concert = concert.id,
                  .title = concert.title,
                  .currency = concert.currency,
                  .revenue = concert.revenue.minor};
  PaidPrices prices(concert);
  for (const auto& date : concert.dates) {
    for (std::uint32_t n = 1; n <= date->seats.total(); ++n) {
      const SeatNumber seat{n};
      if (date->seats.state(seat) != SeatState::kSold) continue;
      ++t.seats_sold;
      const bool is_own = has_own_prices(concert, *date, seat);
      t.sold_prices +=
          (is_own ? price_of_seat(concert, *date, seat, prices) : date->seats.price_of(seat)).minor;
    }
  }
  for (const auto& [id, payment] : concert.payments) count_payment(slots, concert, payment, t);
  return t;
}

void add_up_wallet(const Wallet& wallet, Totals& totals) {
  WalletTotals& t = totals.wallets;
  ++t.wallets;
  t.balance += wallet.balance.minor;
  t.reserved += wallet.reserved.minor;
  t.charged += wallet.charged.minor;
  t.spent += wallet.spent.minor;
  std::int64_t posted = 0;
  for (const WalletPayment& payment : wallet.payments) {
    if (payment.state != PaymentState::kCompleted) continue;
    const std::int64_t kept = payment.purchase.amount.minor - payment.returned_total.minor;
    posted += kept;
    ConcertTotals& concert = totals.concerts[payment.purchase.concert];
    concert.concert = payment.purchase.concert;  // which may be unknown to every slot
    concert.posted += kept;
  }
  const std::string of = "wallet " + to_string(wallet.user);
  const Balance kept{of, "charged = balance + reserved + spent", wallet.charged.minor,
                     wallet.balance.minor + wallet.reserved.minor + wallet.spent.minor};
  const Balance spent{of, "spent = its payments", wallet.spent.minor, posted};
  for (const Balance& balance : {kept, spent}) {
    if (!balance.holds()) totals.balances.push_back(balance);
  }
}

}  // namespace

std::vector<const Concert*> concerts_of(SlotTable& slots) {
  std::vector<const Concert*> concerts;
  for_each_slot(slots, [&](const Slot& slot) {
    for (const auto& concert : slot.concerts) concerts.push_back(concert.get());
  });
  std::sort(concerts.begin(), concerts.end(),
            [](const Concert* a, const Concert* b) { return a->id < b->id; });
  return concerts;
}

std::vector<const Wallet*> wallets_of(SlotTable& slots) {
  std::vector<const Wallet*> wallets;
  for_each_slot(slots, [&](const Slot& slot) {
    for (const auto& [user, wallet] : slot.wallets) wallets.push_back(&wallet);
  });
  std::sort(wallets.begin(), wallets.end(),
            [](const Wallet* a, const Wallet* b) { return a->user < b->user; });
  return wallets;
}

Totals add_up(SlotTable& slots) {
  Totals totals;
  for (const Concert* concert : concerts_of(slots))
    totals.concerts[concert->id] = add_up_concert(slots, *concert);
  for (const Wallet* wallet : wallets_of(slots)) add_up_wallet(*wallet, totals);
  for (const auto& [id, t] : totals.concerts) {
    const std::string of = fmt::format("concert {}", id.value);
    totals.balances.push_back({of, "revenue = completed payments", t.revenue, t.completed_amount});
    totals.balances.push_back({of, "revenue = prices of sold seats", t.revenue, t.sold_prices});
    totals.balances.push_back(
        {of, "posted in wallets = completed payments less those under way or at the box office",
         t.posted, t.completed_amount - t.under_way - t.of_office});
  }
  const WalletTotals& w = totals.wallets;
  totals.balances.push_back({"all wallets", "charged = balance + reserved + spent", w.charged,
                             w.balance + w.reserved + w.spent});
  return totals;
}

}  // namespace frontrow::recover
