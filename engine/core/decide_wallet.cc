// The user's side: charges, and the money of payments that a concert's slot decides. It never
// decides a payment alone, and replies to every copy of a message the same way.
#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

const Transfer* find_transfer(const Slot& slot, const UserId& user, PaymentId payment) {
  const Wallet* wallet = slot.find_wallet(user);
  return wallet == nullptr ? nullptr : wallet->find_transfer(concert_of(payment));
}

// The charge that the reference of this one has made; nullptr if there is none.
const ReferencedCharge* find_first(const Slot& slot, const Charge& c) {
  if (c.reference.empty()) return nullptr;
  return slot.references.find(reference_key(c.user, c.reference));
}

// Whether the wallet can hold the amount, which may be negative, beside its other money.
bool has_room(const Wallet* wallet, Money amount, const Policy& policy) {
  const std::int64_t held = wallet == nullptr ? 0 : wallet->balance.minor + wallet->reserved.minor;
  return amount.minor <= 0 || held + amount.minor <= policy.balance_max.minor;
}

ChargeId next_charge(const Slot& slot) {
  return ChargeId{std::uint64_t{slot.id.value} << 40 | (slot.last_charge + 1)};
}

PaymentsView payments_view(const Slot& slot, const ReadPayments& c) {
  PaymentsView view;
  const Wallet* wallet = slot.find_wallet(c.user);
  if (wallet == nullptr) return view;
  if (!c.before) {
    for (const Transfer& t : wallet->transfers) {
      if (t.state == TransferState::kReserved) view.undecided.push_back(t.payment);
    }
  }
  std::size_t taken = 0;
  auto it = wallet->payments.rbegin();
  if (c.before) {
    while (it != wallet->payments.rend() && it->purchase.payment != c.before) ++it;
    if (it != wallet->payments.rend()) ++it;
  }
  for (; it != wallet->payments.rend(); ++it) {
    if (taken++ == c.limit) {
      view.more = true;
      break;
    }
    if (it->is_of_office()) {
      view.of_office.push_back(it->purchase.payment);
      continue;
    }
    PaymentView& paid = view.payments.emplace_back(
        PaymentView{it->purchase, {}, it->balance, it->paid_at, it->state});
    const bool is_refunded = it->state == PaymentState::kRefunded;
    paid.refunded = is_refunded ? it->purchase.seats : it->returned;
    paid.refunded_amount = is_refunded ? it->purchase.amount : it->returned_total;
  }
  return view;
}

}  // namespace

Reject decide(const Ask& ask, const Charge& c, EventBatch& out, RejectDetail& detail) {
  if (find_first(ask.slot, c) != nullptr) return Reject::kNone;
  const Wallet* wallet = ask.slot.find_wallet(c.user);
  detail.amount = ask.policy.charge_max;
  if (c.amount.minor <= 0 || c.amount > ask.policy.charge_max) return Reject::kInvalidAmount;
  detail.balance = wallet == nullptr ? Money{} : wallet->balance;
  if (!has_room(wallet, c.amount, ask.policy)) return Reject::kInvalidAmount;
  if (ask.slot.last_charge >= kChargesPerSlotMax) return Reject::kNumbersExhausted;
  if (c.reference.empty()) {
    out.push_back(WalletCharged{c.user, next_charge(ask.slot), c.amount});
  } else {
    out.push_back(WalletChargedOnce{c.user, next_charge(ask.slot), c.amount, c.reference});
  }
  return Reject::kNone;
}

void answer(const Ask& ask, const Charge& c, const EventBatch& events, Reply& reply) {
  reply.created = !events.empty();
  if (const ReferencedCharge* first = find_first(ask.slot, c)) {
    reply.body = ChargeView{first->charge, c.user, first->amount, first->balance};
  } else {
    const auto& charged = std::get<WalletCharged>(events.front());
    reply.body =
        ChargeView{charged.charge, c.user, c.amount, ask.slot.find_wallet(c.user)->balance};
  }
}

Reject decide(const Ask& ask, const AdjustBalance& c, EventBatch& out, RejectDetail& detail) {
  const Wallet* wallet = ask.slot.find_wallet(c.user);
  const std::int64_t amount_max = ask.policy.balance_max.minor;
  detail.amount = ask.policy.balance_max;
  if (c.amount.minor == 0 || c.amount.minor > amount_max || c.amount.minor < -amount_max)
    return Reject::kInvalidAmount;
  detail.balance = wallet == nullptr ? Money{} : wallet->balance;
  if (!has_room(wallet, c.amount, ask.policy)) return Reject::kInvalidAmount;
  if (detail.balance.minor + c.amount.minor < 0) {
    detail.amount = Money{-c.amount.minor};
    return Reject::kInsufficientBalance;
  }
  if (ask.slot.last_charge >= kChargesPerSlotMax) return Reject::kNumbersExhausted;
  out.push_back(WalletAdjusted{c.user, next_charge(ask.slot), c.amount, c.reason});
  return Reject::kNone;
}

void answer(const Ask& ask, const AdjustBalance& c, const EventBatch& events, Reply& reply) {
  const auto& adjusted = std::get<WalletAdjusted>(events.front());
  reply.created = true;
  reply.body = AdjustmentView{adjusted.adjustment, c.user, c.amount,
                              ask.slot.find_wallet(c.user)->balance, c.reason};
}

Reject decide(const Ask&, const ReadBalance&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ReadBalance& c, const EventBatch&, Reply& reply) {
  const Wallet* wallet = ask.slot.find_wallet(c.user);
  reply.body = BalanceView{c.user, wallet == nullptr ? Money{} : wallet->balance};
}

Reject decide(const Ask&, const ReadPayments&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ReadPayments& c, const EventBatch&, Reply& reply) {
  reply.body = payments_view(ask.slot, c);
}

Reject decide(const Ask& ask, const ReserveMoney& c, EventBatch& out, RejectDetail&) {
  const Purchase& p = c.purchase;
  const Transfer* known = find_transfer(ask.slot, p.user, p.payment);
  // A duplicate is answered from the stored transfer; an older payment is late and must not be
  // reserved again.
  if (known != nullptr && known->payment >= p.payment) return Reject::kNone;
  const Wallet* wallet = ask.slot.find_wallet(p.user);
  const Money balance = wallet == nullptr ? Money{} : wallet->balance;
  if (balance < p.amount) {
    out.push_back(ReserveRefused{p.user, p.payment, balance});
  } else {
    out.push_back(MoneyReserved{p});
  }
  return Reject::kNone;
}

Reject decide(const Ask& ask, const SettleMoney& c, EventBatch& out, RejectDetail&) {
  const Transfer* known = find_transfer(ask.slot, c.user, c.payment);
  if (known != nullptr && known->payment > c.payment) return Reject::kNone;
  const bool is_known = known != nullptr && known->payment == c.payment;
  if (c.post) {
    if (is_known && known->state == TransferState::kReserved)
      out.push_back(MoneyPosted{c.user, c.payment, c.paid_at});
    return Reject::kNone;
  }
  if (!is_known || known->state == TransferState::kReserved)
    out.push_back(MoneyVoided{c.user, c.payment});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const ReturnMoney& c, EventBatch& out, RejectDetail&) {
  const Wallet* wallet = ask.slot.find_wallet(c.user);
  const WalletPayment* payment = wallet == nullptr ? nullptr : wallet->find_payment(c.payment);
  if (payment == nullptr) {
    const Transfer* known = find_transfer(ask.slot, c.user, c.payment);
    const bool is_reserved =
        known != nullptr && known->payment == c.payment && known->state == TransferState::kReserved;
    if (!is_reserved) return Reject::kPaymentNotFound;
    out.push_back(MoneyPosted{c.user, c.payment, c.paid_at});
  }
  const Purchase& purchase =
      payment != nullptr ? payment->purchase : find_transfer(ask.slot, c.user, c.payment)->purchase;
  if (payment != nullptr && payment->state == PaymentState::kRefunded) return Reject::kNone;
  if (c.seats.size() == purchase.seats.size()) {
    out.push_back(MoneyReturned{c.user, c.payment});
    return Reject::kNone;
  }
  const SeatList returned = payment == nullptr ? SeatList() : payment->returned;
  if (c.seats.size() <= returned.size()) return Reject::kNone;  // a duplicate, or late
  // Only a faulty peer names other seats, more money than was paid, or less than was returned.
  const Money returned_total = payment == nullptr ? Money{} : payment->returned_total;
  const bool are_its_seats = std::ranges::all_of(
      c.seats, [&purchase](SeatNumber seat) { return has_seat(purchase.seats, seat); });
  if (are_its_seats && c.total >= returned_total && c.total <= purchase.amount)
    out.push_back(MoneyReturnedInPart{c.user, c.payment, c.seats, c.total});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const ListSale& c, EventBatch& out, RejectDetail&) {
  const Wallet* wallet = ask.slot.find_wallet(c.user);
  if (wallet == nullptr || wallet->find_payment(c.payment) == nullptr)
    out.push_back(SaleListed{c.user, c.payment, c.paid_at});
  return Reject::kNone;
}

}  // namespace frontrow
