#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/apply.h"

namespace frontrow {
namespace {

Wallet& wallet_of(Slot& slot, const UserId& user) {
  const auto [at, is_new] = slot.wallets.try_emplace(user);
  if (is_new) {
    at->second.user = user;
    add_to_sum(slot.own_hash, at->second);
  }
  return at->second;
}

// Replaces the transfer of the payment's concert, or adds the first one.
void put_transfer(Slot& slot, Wallet& wallet, const Transfer& transfer) {
  const Transfer* old = wallet.find_transfer(concert_of(transfer.payment));
  if (old == nullptr) {
    wallet.transfers.push_back(transfer);
  } else {
    FR_CHECK(old->payment <= transfer.payment);
    slot.own_hash -= hash_of(*old);
    wallet.transfers[static_cast<std::size_t>(old - wallet.transfers.data())] = transfer;
  }
  slot.own_hash += hash_of(transfer);
}

Transfer reserved_transfer(const Wallet& wallet, PaymentId payment) {
  const Transfer* transfer = wallet.find_transfer(concert_of(payment));
  FR_CHECK(transfer != nullptr && transfer->payment == payment &&
           transfer->state == TransferState::kReserved);
  return *transfer;
}

Wallet& add_to_balance(Slot& slot, const UserId& user, ChargeId charge, Money amount) {
  Wallet& wallet = wallet_of(slot, user);
  Rehash guard(slot.own_hash, wallet);
  FR_CHECK(wallet.balance.minor + amount.minor >= 0);
  wallet.balance.minor += amount.minor;
  wallet.charged.minor += amount.minor;
  slot.last_charge = charge.value & ((std::uint64_t{1} << 40) - 1);
  return wallet;
}

void charge_once(Slot& slot, const WalletChargedOnce& e) {
  const Wallet& wallet = add_to_balance(slot, e.user, e.charge, e.amount);
  const bool is_first =
      slot.references.put(reference_key(e.user, e.reference), {e.charge, e.amount, wallet.balance});
  FR_CHECK(is_first);
}

void reserve(Slot& slot, const MoneyReserved& e) {
  Wallet& wallet = wallet_of(slot, e.purchase.user);
  Rehash guard(slot.own_hash, wallet);
  FR_CHECK(wallet.balance >= e.purchase.amount);
  wallet.balance.minor -= e.purchase.amount.minor;
  wallet.reserved.minor += e.purchase.amount.minor;
  put_transfer(slot, wallet,
               {e.purchase.payment, TransferState::kReserved, e.purchase, wallet.balance});
}

void refuse(Slot& slot, const ReserveRefused& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  put_transfer(slot, wallet, {e.payment, TransferState::kRefused, {}, e.balance});
}

void post(Slot& slot, const MoneyPosted& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  Rehash guard(slot.own_hash, wallet);
  const Transfer reserved = reserved_transfer(wallet, e.payment);
  wallet.reserved.minor -= reserved.purchase.amount.minor;
  wallet.spent.minor += reserved.purchase.amount.minor;
  put_transfer(slot, wallet, {e.payment, TransferState::kPosted, {}, reserved.balance});
  wallet.payments.push_back(
      {reserved.purchase, reserved.balance, e.paid_at, PaymentState::kCompleted});
  slot.own_hash += hash_of(wallet.payments.back());
}

void void_payment(Slot& slot, const MoneyVoided& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  Rehash guard(slot.own_hash, wallet);
  const Transfer* known = wallet.find_transfer(concert_of(e.payment));
  if (known != nullptr && known->payment == e.payment && known->state == TransferState::kReserved) {
    wallet.reserved.minor -= known->purchase.amount.minor;
    wallet.balance.minor += known->purchase.amount.minor;
  }
  put_transfer(slot, wallet, {e.payment, TransferState::kVoided, {}, wallet.balance});
}

WalletPayment& paid_in(Wallet& wallet, PaymentId id) {
  const WalletPayment* known = wallet.find_payment(id);
  FR_CHECK(known != nullptr && known->state == PaymentState::kCompleted);
  return wallet.payments[static_cast<std::size_t>(known - wallet.payments.data())];
}

// Up to this total of all refunds of the payment.
void give_back(Wallet& wallet, WalletPayment& payment, Money total) {
  const std::int64_t more = total.minor - payment.returned_total.minor;
  FR_CHECK(more >= 0 && total <= payment.purchase.amount);
  wallet.spent.minor -= more;
  wallet.balance.minor += more;
}

void return_money(Slot& slot, const MoneyReturned& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  Rehash guard(slot.own_hash, wallet);
  WalletPayment& payment = paid_in(wallet, e.payment);
  Rehash payment_guard(slot.own_hash, payment);
  give_back(wallet, payment, payment.purchase.amount);
  payment.state = PaymentState::kRefunded;
}

void return_in_part(Slot& slot, const MoneyReturnedInPart& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  Rehash guard(slot.own_hash, wallet);
  WalletPayment& payment = paid_in(wallet, e.payment);
  Rehash payment_guard(slot.own_hash, payment);
  give_back(wallet, payment, e.total);
  payment.returned = e.seats;
  payment.returned_total = e.total;
}

void list_sale(Slot& slot, const SaleListed& e) {
  Wallet& wallet = wallet_of(slot, e.user);
  WalletPayment payment{.paid_at = e.paid_at};
  payment.purchase.payment = e.payment;
  payment.purchase.concert = concert_of(e.payment);
  payment.purchase.user = e.user;
  slot.own_hash += hash_of(payment);
  wallet.payments.push_back(std::move(payment));
}

}  // namespace

void apply_to_wallets(Slot& slot, const Event& event, Instant) {
  std::visit(
      Match{
          [&](const WalletCharged& e) { add_to_balance(slot, e.user, e.charge, e.amount); },
          [&](const WalletChargedOnce& e) { charge_once(slot, e); },
          [&](const WalletAdjusted& e) { add_to_balance(slot, e.user, e.adjustment, e.amount); },
          [&](const MoneyReserved& e) { reserve(slot, e); },
          [&](const ReserveRefused& e) { refuse(slot, e); },
          [&](const MoneyPosted& e) { post(slot, e); },
          [&](const MoneyVoided& e) { void_payment(slot, e); },
          [&](const MoneyReturned& e) { return_money(slot, e); },
          [&](const SaleListed& e) { list_sale(slot, e); },
          [&](const MoneyReturnedInPart& e) { return_in_part(slot, e); },
          [&](const auto&) { FR_CHECK(!"an event of a wallet"); },
      },
      event);
}

}  // namespace frontrow
