#include "tools/frontrow/recover/salvage_transfers.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/core/state/slot.h"
#include "tools/frontrow/recover/transfers.h"

namespace frontrow::recover {
namespace {

const Concert* find_concert(SlotTable& slots, ConcertId id) {
  const Slot* slot = slots.find(slot_of_concert(id));
  return slot == nullptr ? nullptr : slot->find_concert(id);
}

// The amount on the concert's side, otherwise on the wallet's.
Money amount_of(SlotTable& slots, PaymentId payment, const UserId& user) {
  const Concert* concert = find_concert(slots, concert_of(payment));
  const Payment* known = concert == nullptr ? nullptr : concert->find_payment(payment);
  if (known != nullptr && known->user == user) return known->amount;
  const Slot* slot = slots.find(slot_of_user(user));
  const Wallet* wallet = slot == nullptr ? nullptr : slot->find_wallet(user);
  if (wallet == nullptr) return {};
  if (const WalletPayment* paid = wallet->find_payment(payment)) return paid->purchase.amount;
  const Transfer* transfer = wallet->find_transfer(concert_of(payment));
  const bool is_reserved = transfer != nullptr && transfer->payment == payment &&
                           transfer->state == TransferState::kReserved;
  return is_reserved ? transfer->purchase.amount : Money{};
}

// A concert that was cut assigns its payments' numbers again. A wallet that has already refused or
// voided one of them would answer the new payment of that number with the old refusal.
void find_early_refusals(SlotTable& slots, const Wallet& wallet, std::vector<Misfit>& misfits) {
  for (const Transfer& t : wallet.transfers) {
    if (t.state != TransferState::kRefused && t.state != TransferState::kVoided) continue;
    const ConcertId id = concert_of(t.payment);
    const Concert* concert = find_concert(slots, id);
    const auto counter = static_cast<std::uint32_t>(t.payment.value);
    if (concert != nullptr && counter <= concert->last_payment) continue;
    misfits.push_back(
        {id,
         t.payment,
         wallet.user,
         {},
         fmt::format("payment {} of user {} in concert {}: refused by the wallet, but "
                     "not yet known to its concert, which will draw the number again",
                     t.payment.value, to_string(wallet.user), id.value)});
  }
}

// Slots that another instance has, or may have: those that are released or sealed, and in a cluster
// those without a record, as each slot of this instance begins with a record of its own.
class Elsewhere {
 public:
  explicit Elsewhere(SlotTable& slots) : slots_(slots) {
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = slots.find(SlotId{id});
      is_of_cluster_ = is_of_cluster_ || (slot != nullptr && slot->tenure != Tenure{});
    }
  }
  // True if one of the two slots of the misfit is elsewhere.
  bool has_side_of(const Misfit& misfit) const {
    return has(slot_of_concert(misfit.concert)) ||
           has(misfit.payment ? slot_of_user(misfit.user) : slot_of_directory());
  }

 private:
  bool has(SlotId id) const {
    const Slot* slot = slots_.find(id);
    return slot == nullptr || slot->seq == 0 ? is_of_cluster_ : !slot->is_here();
  }

  SlotTable& slots_;
  bool is_of_cluster_ = false;
};

}  // namespace

std::vector<Misfit> find_misfits(SlotTable& slots, std::uint64_t& not_judged) {
  std::vector<Misfit> misfits;
  for (TransferFault& fault : check_transfers(slots).faults) {
    misfits.push_back({fault.concert, fault.payment, fault.user,
                       amount_of(slots, fault.payment, fault.user), std::move(fault.what)});
  }
  for (std::uint32_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{static_cast<std::uint16_t>(id)});
    if (slot == nullptr) continue;
    for (const auto& [user, wallet] : slot->wallets) find_early_refusals(slots, wallet, misfits);
  }
  const Elsewhere elsewhere(slots);
  not_judged = std::erase_if(
      misfits, [&elsewhere](const Misfit& misfit) { return elsewhere.has_side_of(misfit); });
  std::stable_sort(misfits.begin(), misfits.end(), [](const Misfit& a, const Misfit& b) {
    return std::tie(a.concert, a.payment, a.user, a.what) <
           std::tie(b.concert, b.payment, b.user, b.what);
  });
  return misfits;
}

}  // namespace frontrow::recover
