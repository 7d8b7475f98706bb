// The prepaid money of one user, and the user's payments as known to the wallet's slot. One thread.
//
// Only the newest transfer of each concert is kept: a concert starts the next payment of a user
// only after the previous one is settled here, so any message about an older payment is late and
// has no effect.
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
  Money balance;      // sent in ReserveAnswer
};

struct WalletPayment {
  // Made at the box office: the list has its place, and the concert's slot all else. Of its
  // purchase only payment, concert and user are set.
  bool is_of_office() const { return purchase.seats.empty(); }
  Purchase purchase;
  Money balance;
  Instant paid_at;
  PaymentState state = PaymentState::kCompleted;  // or kRefunded
  // Refunds of single seats so far; also once all are refunded.
  SeatList returned = {};
  Money returned_total = {};
};

struct Wallet {
  UserId user;
  Money balance;                    // money that can be spent
  Money reserved;                   // deducted for payments that are not decided yet
  Money charged;                    // total of charges and adjustments = balance + reserved + spent
  Money spent;                      // by posted payments, minus refunds
  std::vector<Transfer> transfers;  // one a concert
  std::vector<WalletPayment> payments;  // oldest first
  StateHash in_sum = 0;                 // hash of the fields above except transfers and payments

  const Transfer* find_transfer(ConcertId concert) const;
  const WalletPayment* find_payment(PaymentId payment) const;
};
StateHash hash_of(const Wallet& wallet);
StateHash hash_of(const Transfer& transfer);
StateHash hash_of(const WalletPayment& payment);

}  // namespace frontrow
