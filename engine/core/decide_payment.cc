// The concert's side of a payment. The protocol is in docs/ARCHITECTURE.md; the user's side is
// decide_wallet.cc.
#include <algorithm>
#include <functional>

#include "engine/core/decide.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

bool is_part_of(const Hold& hold, HoldId id) {
  return std::ranges::find(hold.merged, id) != hold.merged.end();
}

// Appends the events that make the other holds a part of the first one. A hold that already is one
// needs none: the payment was tried before.
Reject merge(const Ask& ask, const Pay& c, const Hold& first, EventBatch& out,
             RejectDetail& detail) {
  std::size_t seats = first.seats.size();
  for (const HoldId id : c.holds) {
    if (id == first.id || is_part_of(first, id)) continue;
    const Hold* hold = nullptr;
    if (const Reject r = find_own_hold(ask, id, hold, detail); r != Reject::kNone) return r;
    const Hold& paid = hold->state == HoldState::kPaid ? *hold : first;
    detail.payment = paid.payment;
    if (is_refunded(concert_at(ask, c.concert), paid)) return Reject::kHoldRefunded;
    if (paid.state == HoldState::kPaid) return Reject::kAlreadyPaid;
    if (hold->state == HoldState::kPaying || first.state == HoldState::kPaying)
      return Reject::kPaymentInProgress;
    seats += hold->seats.size();
    if (hold->date_index != first.date_index || hold->number != first.number ||
        seats > kSeatsPerHoldMax) {
      return Reject::kHoldsDiffer;
    }
    out.push_back(HoldsMerged{c.concert, first.id, id});
  }
  return Reject::kNone;
}

// Whether the seats are those of a refund that was begun before. None: of all that were left.
bool is_same_refund(const Payment& payment, const SeatList& seats) {
  if (seats.empty() || find_refund(payment, seats) != nullptr) return true;
  return payment.refunds.empty() && seats_left(payment).empty() &&
         seats.size() == payment.seats.size();
}

}  // namespace

const Payment* find_paid(const Concert& concert, PaymentId id) {
  const Payment* payment = concert.find_payment(id);
  return payment == nullptr || payment->state == PaymentState::kStarted ? nullptr : payment;
}

PaymentView payment_view(const Concert& c, const Payment& p) {
  PaymentView view{c.purchase_of(p), c.currency, p.balance, p.paid_at, p.state};
  view.is_of_office = p.is_of_office();
  view.refunded = seats_refunded(p);
  view.refunded_amount = money_refunded(p);
  return view;
}

RefundView refund_view(const Concert& c, const Payment& p, const SeatList& seats) {
  RefundView view{c.purchase_of(p), c.currency, p.refund_balance, p.refunded_at, p.is_of_office()};
  if (p.refunds.empty()) return view;
  const SeatRefund* refund = find_refund(p, seats);
  if (refund == nullptr) refund = &p.refunds.back();
  view.purchase.seats = refund->seats;
  view.purchase.amount = refund->amount;
  view.balance = refund->balance;
  view.refunded_at = refund->refunded_at;
  return view;
}

void refund_events(const Concert& c, const Payment& p, const SeatList& seats, const RequestKey& key,
                   EventBatch& out) {
  const bool is_whole = p.refunds.empty() && seats.size() == p.seats.size();
  if (!is_whole) out.push_back(SeatsRefundStarted{c.id, p.id, seats, price_paid(c, p, seats), key});
  // The money of a sale at the box office goes back at the counter.
  if (p.is_of_office()) {
    out.push_back(Refunded{c.id, p.id, {}});
  } else if (is_whole) {
    out.push_back(RefundStarted{c.id, p.id, key});
  }
}

Reject decide(const Ask& ask, const Pay& c, EventBatch& out, RejectDetail& detail) {
  const Concert* found = ask.slot.find_concert(c.concert);
  if (found == nullptr) return Reject::kConcertNotFound;
  const Concert& concert = *found;
  // The ids come from the request's body: one may be that of a hold of another concert.
  const bool are_here =
      std::ranges::all_of(c.holds, [&](HoldId id) { return concert_of(id) == c.concert; });
  const bool are_ascending =
      std::ranges::adjacent_find(c.holds, std::ranges::greater_equal{}) == c.holds.end();
  if (c.holds.empty() || !are_here || !are_ascending) {
    const Reject r = require(concert, ask.command.caller, Access::kActive, ask.now, detail);
    return r != Reject::kNone ? r : Reject::kHoldNotFound;
  }
  const Hold* hold = nullptr;
  if (const Reject r = find_own_hold(ask, c.holds.front(), hold, detail); r != Reject::kNone)
    return r;
  if (is_refunded(concert, *hold)) {
    detail.payment = hold->payment;
    return Reject::kHoldRefunded;
  }
  EventBatch merges;
  if (const Reject r = merge(ask, c, *hold, merges, detail); r != Reject::kNone) return r;
  // Paid already, or being paid: the reply is that of the existing payment.
  if (hold->state == HoldState::kPaid || hold->state == HoldState::kPaying) return Reject::kNone;
  if (concert.dates[hold->date_index]->is_cancelled()) return Reject::kDateCancelled;
  // One payment at a time: the session must not end under a second payment, and the wallet keeps
  // one transfer.
  if (concert.find_buyer(hold->user)->unsettled) return Reject::kPaymentInProgress;
  if (concert.last_payment >= ask.policy.drawn_max) return Reject::kNumbersExhausted;
  out.insert(out.end(), merges.begin(), merges.end());
  out.push_back(PaymentStarted{concert.id, make_payment_id(concert.id, concert.last_payment + 1),
                               hold->id, ask.now + ask.policy.payment_decide, ask.command.key});
  return Reject::kNone;
}

void answer(const Ask& ask, const Pay& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const Hold& hold = *concert.find_hold(c.holds.front());
  reply.body = payment_view(concert, *concert.find_payment(hold.payment));
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
  if (!concert->rules.stay_after_payment) {
    for (const HoldId other : concert->find_session(payment->number)->holds) {
      if (other != payment->hold) out.push_back(HoldReleased{concert->id, other});
    }
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
      outbox_entry->second.kind != OutboxKind::kVoid &&
      outbox_entry->second.kind != OutboxKind::kList)
    return Reject::kNone;
  out.push_back(PaymentSettled{concert->id, c.payment});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const Refund& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = find_paid(*concert, c.payment);
  if (payment == nullptr) return Reject::kPaymentNotFound;
  for (const SeatNumber seat : c.seats)
    if (!has_seat(payment->seats, seat)) detail.seats.push_back(seat);
  const bool are_ascending =
      std::ranges::adjacent_find(c.seats, std::ranges::greater_equal{}) == c.seats.end();
  if (!detail.seats.empty() || !are_ascending) return Reject::kSeatsNotPaid;
  const SeatList left = seats_left(*payment);
  const SeatList& wanted = c.seats.empty() ? left : c.seats;
  if (is_same_refund(*payment, wanted)) return Reject::kNone;
  for (const SeatNumber seat : wanted)
    if (!has_seat(left, seat)) detail.seats.push_back(seat);
  if (!detail.seats.empty()) return Reject::kSeatsRefunded;
  // One refund at a time: the wallet's reply is that of the newest one.
  if (payment->state == PaymentState::kRefunding) return Reject::kPaymentInProgress;
  refund_events(*concert, *payment, wanted, ask.command.key, out);
  return Reject::kNone;
}

void answer(const Ask& ask, const Refund& c, const EventBatch& events, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.payment));
  reply.created = !events.empty();
  reply.body = refund_view(concert, *concert.find_payment(c.payment), c.seats);
}

Reject decide(const Ask& ask, const ReturnDone& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = concert->find_payment(c.payment);
  if (payment == nullptr || payment->state != PaymentState::kRefunding) return Reject::kNone;
  // Late, of an earlier refund of some seats.
  if (c.seats != seats_returned(*payment).size()) return Reject::kNone;
  out.push_back(Refunded{concert->id, c.payment, c.balance});
  return Reject::kNone;
}

}  // namespace frontrow
