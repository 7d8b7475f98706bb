#include "tools/frontrow/recover/export_totals.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/core/state/slot.h"

namespace frontrow::recover {
namespace {

template <class Visit>
void for_each_slot(SlotTable& slots, const Visit& visit) {
  for (std::uint32_t id = 0; id < kSlotCount; ++id) {
    if (const Slot* slot = slots.find(SlotId{static_cast<std::uint16_t>(id)})) visit(*slot);
  }
}

// True if the wallet counts the payment as spent.
bool is_posted(SlotTable& slots, const Payment& payment) {
  const Slot* slot = slots.find(slot_of_user(payment.user));
  const Wallet* wallet = slot == nullptr ? nullptr : slot->find_wallet(payment.user);
  const WalletPayment* posted = wallet == nullptr ? nullptr : wallet->find_payment(payment.id);
  return posted != nullptr && posted->state == PaymentState::kCompleted;
}

// The box office may have asked for another price than that of the seat.
bool is_sold_at_office(const Concert& concert, std::uint32_t hold) {
  const Hold* owner = concert.find_hold(make_hold_id(concert.id, hold));
  return owner != nullptr && !owner->number;
}

ConcertTotals add_up_concert(SlotTable& slots, const Concert& concert) {
  ConcertTotals t{.concert = concert.id,
                  .title = concert.title,
                  .currency = concert.currency,
                  .revenue = concert.revenue.minor};
  for (const auto& date : concert.dates) {
    t.has_changed = t.has_changed || date->is_changed;
    for (std::uint32_t n = 1; n <= date->seats.total(); ++n) {
      if (date->seats.state(SeatNumber{n}) != SeatState::kSold) continue;
      ++t.seats_sold;
      if (!is_sold_at_office(concert, date->seats.owner(SeatNumber{n})))
        t.sold_prices += date->seats.price_of(SeatNumber{n}).minor;
    }
  }
  for (const auto& [id, payment] : concert.payments) {
    if (payment.state == PaymentState::kRefunded) {
      ++t.refunded;
      t.refunded_amount += payment.amount.minor;
    }
    if (payment.state != PaymentState::kCompleted && payment.state != PaymentState::kRefunding)
      continue;
    ++t.completed;
    t.completed_amount += payment.amount.minor;
    if (payment.is_of_office()) {
      t.of_office += payment.amount.minor;
      t.sold_prices += payment.amount.minor;
      continue;
    }
    // Only a payment with an outbox entry may be ahead of its wallet or behind it.
    if (concert.outbox.contains(id) && !is_posted(slots, payment))
      t.under_way += payment.amount.minor;
  }
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
    posted += payment.purchase.amount.minor;
    ConcertTotals& concert = totals.concerts[payment.purchase.concert];
    concert.concert = payment.purchase.concert;  // which may be unknown to every slot
    concert.posted += payment.purchase.amount.minor;
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
    if (!t.has_changed)
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
