// The prepaid money of one user, and what this slot knows of the user's payments.
//
// Of each concert only the newest transfer is kept: a concert starts the next payment of a user
// only when the one before is settled here, so anything about an older payment is late and means
// nothing any more.
#pragma once

#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/core/protocol/types.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

enum class TransferState : std::uint8_t { kReserved = 1, kRefused = 2, kPosted = 3, kVoided = 4 };

struct Transfer {
  PaymentId payment;
  TransferState state = TransferState::kReserved;
  Purchase purchase;  // while reserved
  Money balance;      // right after the answer
};

struct WalletPayment {
  Purchase purchase;
  Money balance;
  Instant paid_at;
  PaymentState state = PaymentState::kCompleted;  // or kRefunded
};

struct Wallet {
  UserId user;
  Money balance;                        // what can be spent
  Money reserved;                       // taken off for payments that are not decided yet
  Money charged;                        // everything ever charged = balance + reserved + spent
  Money spent;                          // of posted payments, refunds taken off
  std::vector<Transfer> transfers;      // one a concert
  std::vector<WalletPayment> payments;  // oldest first
  StateHash in_sum = 0;                 // of what is above but for transfers and payments

  const Transfer* find_transfer(ConcertId concert) const;
  const WalletPayment* find_payment(PaymentId payment) const;
};
StateHash hash_of(const Wallet& wallet);
StateHash hash_of(const Transfer& transfer);
StateHash hash_of(const WalletPayment& payment);

}  // namespace frontrow
