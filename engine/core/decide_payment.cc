// The concert's side of a payment. The protocol is in docs/ARCHITECTURE.md; the user's side is
// decide_wallet.cc.
#include "engine/core/decide.h"

namespace frontrow {

const Payment* find_paid(const Concert& concert, PaymentId id) {
  const Payment* payment = concert.find_payment(id);
  return payment == nullptr || payment->state == PaymentState::kStarted ? nullptr : payment;
}

PaymentView payment_view(const Concert& c, const Payment& p) {
  return {c.purchase_of(p), c.currency, p.balance, p.paid_at, p.state};
}

RefundView refund_view(const Concert& c, const Payment& p) {
  return {c.purchase_of(p), c.currency, p.refund_balance, p.refunded_at};
}

Reject decide(const Ask& ask, const Pay& c, EventBatch& out, RejectDetail& detail) {
  const Concert* found = ask.slot.find_concert(c.concert);
  if (found == nullptr) return Reject::kConcertNotFound;
  const Concert& concert = *found;
  // The id comes from the request's body: it may name a hold of another concert.
  if (concert_of(c.hold) != c.concert) {
    const Reject r = require(concert, ask.command.caller, Access::kActive, ask.now, detail);
    return r != Reject::kNone ? r : Reject::kHoldNotFound;
  }
  const Hold* hold = nullptr;
  if (const Reject r = find_own_hold(ask, c.hold, hold, detail); r != Reject::kNone) return r;
  if (is_refunded(concert, *hold)) {
    detail.payment = hold->payment;
    return Reject::kHoldRefunded;
  }
  // Paid already, or being paid: the reply is that of the existing payment.
  if (hold->state == HoldState::kPaid || hold->state == HoldState::kPaying) return Reject::kNone;
  // One payment at a time: the session must not end under a second payment, and the wallet keeps
  // one transfer.
  if (concert.find_buyer(hold->user)->unsettled) return Reject::kPaymentInProgress;
  if (concert.last_payment >= ask.policy.drawn_max) return Reject::kNumbersExhausted;
  out.push_back(PaymentStarted{concert.id, make_payment_id(concert.id, concert.last_payment + 1),
                               hold->id, ask.now + ask.policy.payment_decide, ask.command.key});
  return Reject::kNone;
}

void answer(const Ask& ask, const Pay& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  reply.body = payment_view(concert, *concert.find_payment(concert.find_hold(c.hold)->payment));
}

Reject decide(const Ask& ask, const ReadPayment& c, EventBatch&, RejectDetail& detail) {
  const ConcertId id = concert_of(c.payment);
  if (!ask.command.caller.is_operator()) {
    if (const Reject r = check_access(ask, id, Access::kAny, detail); r != Reject::kNone) return r;
  }
  const Concert* concert = ask.slot.find_concert(id);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = find_paid(*concert, c.payment);
  if (payment == nullptr) return Reject::kPaymentNotFound;
  if (!ask.command.caller.is_operator() && payment->user != ask.command.caller.user)
    return Reject::kPaymentNotFound;
  return Reject::kNone;
}

void answer(const Ask& ask, const ReadPayment& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.payment));
  reply.body = payment_view(concert, *concert.find_payment(c.payment));
}

Reject decide(const Ask& ask, const ReserveAnswer& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = concert->find_payment(c.payment);
  // A duplicate, or late after a timeout: the earlier decision stands, and its outbox entry is
  // being sent.
  if (payment == nullptr || payment->state != PaymentState::kStarted) return Reject::kNone;
  // A reply past the deadline fails the payment, even if its timer has not fired: the wallet voids
  // it.
  if (ask.now >= payment->decide_by) {
    out.push_back(
        PaymentFailed{concert->id, c.payment, Reject::kPaymentTimeout, {}, payment->amount});
    return Reject::kNone;
  }
  if (!c.granted) {
    out.push_back(PaymentFailed{concert->id, c.payment, Reject::kInsufficientBalance, c.balance,
                                payment->amount});
    return Reject::kNone;
  }
  for (const HoldId other : concert->find_session(payment->number)->holds) {
    if (other != payment->hold) out.push_back(HoldReleased{concert->id, other});
  }
  out.push_back(Sold{concert->id, c.payment, c.balance});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const SettleDone& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const auto outbox_entry = concert->outbox.find(c.payment);
  if (outbox_entry == concert->outbox.end()) return Reject::kNone;
  if (outbox_entry->second.kind != OutboxKind::kPost &&
      outbox_entry->second.kind != OutboxKind::kVoid)
    return Reject::kNone;
  out.push_back(PaymentSettled{concert->id, c.payment});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const Refund& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = find_paid(*concert, c.payment);
  if (payment == nullptr) return Reject::kPaymentNotFound;
  if (payment->state != PaymentState::kCompleted) return Reject::kNone;  // the same refund
  out.push_back(RefundStarted{concert->id, c.payment, ask.command.key});
  return Reject::kNone;
}

void answer(const Ask& ask, const Refund& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.payment));
  reply.body = refund_view(concert, *concert.find_payment(c.payment));
}

Reject decide(const Ask& ask, const ReturnDone& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = concert->find_payment(c.payment);
  if (payment == nullptr || payment->state != PaymentState::kRefunding) return Reject::kNone;
  out.push_back(Refunded{concert->id, c.payment, c.balance});
  return Reject::kNone;
}

}  // namespace frontrow
