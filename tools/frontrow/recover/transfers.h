// Whether the two slots of every payment agree, or will: for each payment it is worked out what the
// messages that are still owed come to, whether or not they were sent before (the protocol is in
// docs/ARCHITECTURE.md).
//
//   concert's side                 the wallet must have (T: this payment; listed: among its
//                                  payments)
//   started, owes reserve          nothing of T, or T reserved, refused or voided; never taken
//   completed, owes post           T reserved, or listed as completed
//   completed, owes nothing        listed as completed
//   failed, owes void              nothing of T, or T reserved, refused or voided; never taken
//   refunding, owes return         T reserved, or listed as completed or refunded
//   refunded                       listed as refunded
//
// The other way round: what is listed in a wallet is known to its concert; what is reserved is owed
// an errand that ends it. An errand may not replace another payment's reservation.
//
// One thread. Nothing is changed. The slots must be those of a whole instance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/state/concert.h"
#include "engine/core/state/wallet.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

// Why the payment can't come to a legal end, empty if it can. The payment is one of the concert's,
// one of its errands, or both. `wallet` is of the payment's user; null: there is none.
std::string why_no_end(const Concert& concert, PaymentId payment, const Wallet* wallet);

struct TransferFault {
  ConcertId concert;  // 0: of the directory
  PaymentId payment;
  UserId user;
  std::string what;  // one line that names all three
};

struct TransferReport {
  std::uint64_t payments = 0;   // of concerts, in any state
  std::uint64_t under_way = 0;  // errands that are still owed
  std::vector<TransferFault> faults;
};

// All concerts against all wallets, and the directory against the concerts. Faults are in the order
// of slots.
TransferReport check_transfers(SlotTable& slots);

}  // namespace frontrow::recover
