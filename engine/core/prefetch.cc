#include "engine/base/match.h"
#include "engine/core/apply.h"

namespace frontrow {
namespace {

void prefetch_wallet(const Slot& slot, const UserId& user, PrefetchStep step) {
  if (step == PrefetchStep::kIndexes) return slot.wallets.prefetch_index(user);
  if (step == PrefetchStep::kEntries) return slot.wallets.prefetch_entry(user);
  const Wallet* wallet = slot.wallets.guess(user);
  if (wallet == nullptr) return;
  if (!wallet->transfers.empty()) __builtin_prefetch(&wallet->transfers.back());
  if (!wallet->payments.empty()) __builtin_prefetch(&wallet->payments.back());
}

// For a number that holds seats: prefetches its session and token, then the user's Buyer entry.
void prefetch_buyer(const Concert& c, TicketNumber number, PrefetchStep step) {
  if (step == PrefetchStep::kIndexes) {
    c.sessions.prefetch(number);
    c.line.prefetch(number);
    return;
  }
  if (!c.line.was_drawn(number)) return;
  const UserId& user = c.line.token(number).user;
  if (step == PrefetchStep::kEntries) {
    c.buyers.prefetch_index(user);
  } else {
    c.buyers.prefetch_entry(user);
  }
}

void prefetch_hold(const Concert& c, const SeatsHeld& e, PrefetchStep step) {
  prefetch_buyer(c, e.number, step);
  if (step != PrefetchStep::kIndexes || e.date_index >= c.dates.size()) return;
  for (const SeatNumber seat : e.seats) c.dates[e.date_index]->seats.prefetch(seat);
}

// Everything that a payment needs is reached through its hold.
void prefetch_payment(const Concert& c, const PaymentStarted& e, PrefetchStep step) {
  if (step == PrefetchStep::kIndexes) {
    c.holds.prefetch(e.hold);
  } else if (const Hold* hold = c.find_hold(e.hold)) {
    prefetch_buyer(c, hold->number, step == PrefetchStep::kEntries ? PrefetchStep::kIndexes : step);
  }
}

template <class F>
void with_concert(const Slot& slot, ConcertId id, const F& f) {
  if (const Concert* concert = slot.find_concert(id)) f(*concert);
}

}  // namespace

void prefetch(const Slot& slot) {
  constexpr std::size_t kCacheLine = 64;
  const char* const bytes = reinterpret_cast<const char*>(&slot);
  for (std::size_t at = 0; at < sizeof(Slot); at += kCacheLine) __builtin_prefetch(bytes + at);
}

void prefetch(const Slot& slot, const Event& event, PrefetchStep step) {
  const bool first = step == PrefetchStep::kIndexes;
  std::visit(
      Match{
          [&](const TokenJoined& e) {
            if (!first) return;
            with_concert(slot, e.concert, [&](const Concert& c) { c.line.prefetch(e.user); });
          },
          [&](const SeatsHeld& e) {
            with_concert(slot, e.concert, [&](const Concert& c) { prefetch_hold(c, e, step); });
          },
          [&](const PaymentStarted& e) {
            with_concert(slot, e.concert, [&](const Concert& c) { prefetch_payment(c, e, step); });
          },
          [&](const Sold& e) {
            if (!first) return;
            with_concert(slot, e.concert,
                         [&](const Concert& c) { c.payments.prefetch(e.payment); });
          },
          [&](const WalletCharged& e) { prefetch_wallet(slot, e.user, step); },
          [&](const MoneyReserved& e) { prefetch_wallet(slot, e.purchase.user, step); },
          [&](const MoneyPosted& e) { prefetch_wallet(slot, e.user, step); },
          [](const auto&) {},
      },
      event);
}

}  // namespace frontrow
