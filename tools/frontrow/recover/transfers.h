// Checks that the two slots of every payment agree, or will: derives for each payment the result of
// the messages that are still owed, whether or not they were sent before (the protocol is in
// docs/ARCHITECTURE.md).
//
//   concert's side                 the wallet must have (T: this payment; listed: among its
//                                  payments)
//   started, owes reserve          no T, or T reserved, refused or voided; never taken
//   completed, owes post           T reserved, or listed as completed
//   completed, owes no message     listed as completed, with the seats and the money of its refunds
//                                  of single seats returned
//   failed, owes void              no T, or T reserved, refused or voided; never taken
//   refunding, owes return         T reserved, or listed as completed or refunded; of some seats:
//                                  listed as completed, with less returned or just that
//   refunded                       listed as refunded
//
// In the other direction: every payment listed in a wallet is known to its concert, and every
// reservation has an outbox entry that ends it. An outbox entry may not overwrite another payment's
// reservation.
//
// One thread. Changes no slot. The slots must be those of a whole instance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/state/concert.h"
#include "engine/core/state/wallet.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

// The reason why the payment can't reach a legal end, empty if it can. The payment is one of the
// concert's, one of its outbox entries, or both. `wallet` is the wallet of the payment's user;
// null: none.
std::string why_no_end(const Concert& concert, PaymentId payment, const Wallet* wallet);

struct TransferFault {
  ConcertId concert;  // 0: of the directory
  PaymentId payment;
  UserId user;
  std::string what;  // one line that names all three
};

struct TransferReport {
  std::uint64_t payments = 0;   // of concerts, in any state
  std::uint64_t under_way = 0;  // outbox entries that are still owed
  std::vector<TransferFault> faults;
};

// Checks all concerts against all wallets, and the directory against the concerts. Faults are in
// the order of slots.
TransferReport check_transfers(SlotTable& slots);

}  // namespace frontrow::recover
