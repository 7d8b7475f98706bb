#include "engine/core/state/wallet.h"

#include <algorithm>

namespace frontrow {

const Transfer* Wallet::find_transfer(ConcertId concert) const {
  const auto found = std::find_if(transfers.begin(), transfers.end(), [concert](const Transfer& t) {
    return concert_of(t.payment) == concert;
  });
  return found == transfers.end() ? nullptr : &*found;
}

const WalletPayment* Wallet::find_payment(PaymentId payment) const {
  const auto found =
      std::find_if(payments.rbegin(), payments.rend(),
                   [payment](const WalletPayment& p) { return p.purchase.payment == payment; });
  return found == payments.rend() ? nullptr : &*found;
}

StateHash hash_of(const Wallet& w) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kWallet))
      .add(w.user.high())
      .add(w.user.low())
      .add(static_cast<std::uint64_t>(w.balance.minor))
      .add(static_cast<std::uint64_t>(w.reserved.minor))
      .add(static_cast<std::uint64_t>(w.charged.minor))
      .add(static_cast<std::uint64_t>(w.spent.minor))
      .value();
}

StateHash hash_of(const Transfer& t) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kTransfer))
      .add(t.payment.value)
      .add(static_cast<std::uint64_t>(t.state))
      .add(static_cast<std::uint64_t>(t.balance.minor))
      .value();
}

StateHash hash_of(const WalletPayment& p) {
  HashFold h(static_cast<std::uint64_t>(EntityKind::kWalletPayment));
  h.add(p.purchase.payment.value)
      .add(static_cast<std::uint64_t>(p.purchase.amount.minor))
      .add(static_cast<std::uint64_t>(p.balance.minor))
      .add(static_cast<std::uint64_t>(p.paid_at.ms))
      .add(static_cast<std::uint64_t>(p.state));
  for (const SeatNumber seat : p.returned) h.add(seat.value);
  if (!p.returned.empty()) h.add(static_cast<std::uint64_t>(p.returned_total.minor));
  return h.value();
}

}  // namespace frontrow
