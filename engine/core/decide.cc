#include "engine/core/decide.h"

#include "engine/base/match.h"
#include "engine/core/apply.h"

namespace frontrow {
namespace {

Reject check_concert(const Ask& ask, ConcertId id) {
  return ask.slot.find_concert(id) == nullptr ? Reject::kConcertNotFound : Reject::kNone;
}

Reject check_access(const Ask& ask, ConcertId id, Access access, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(id);
  if (concert == nullptr) return Reject::kConcertNotFound;
  return require(*concert, ask.command.caller, access, ask.now, detail);
}

Reject check_token(const Ask& ask, ConcertId id) {
  const Concert* concert = ask.slot.find_concert(id);
  return concert == nullptr ? Reject::kConcertNotFound : identify(*concert, ask.command.caller);
}

Reject check_seats(const Ask& ask, const ReadSeats& c, RejectDetail& detail) {
  if (const Reject r = check_access(ask, c.concert, Access::kActive, detail); r != Reject::kNone)
    return r;
  const bool exists = ask.slot.find_concert(c.concert)->find_date(c.date) != nullptr;
  return exists ? Reject::kNone : Reject::kDateNotFound;
}

Reject check_payment(const Ask& ask, const ReadPayment& c, RejectDetail& detail) {
  const ConcertId id = concert_of(c.payment);
  if (!ask.command.caller.is_operator()) {
    if (const Reject r = check_access(ask, id, Access::kAny, detail); r != Reject::kNone) return r;
  }
  const Concert* concert = ask.slot.find_concert(id);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = concert->find_payment(c.payment);
  if (payment == nullptr || payment->state == PaymentState::kStarted)
    return Reject::kPaymentNotFound;
  if (!ask.command.caller.is_operator() && payment->user != ask.command.caller.user)
    return Reject::kPaymentNotFound;
  return Reject::kNone;
}

}  // namespace

Reject decide(const Ask& ask, EventBatch& out, RejectDetail& detail) {
  const Hold* hold = nullptr;
  return std::visit(
      Match{
          [&](const Join& c) { return decide_join(ask, c, out); },
          [&](const ReadToken& c) { return check_token(ask, c.concert); },
          [&](const Leave& c) { return decide_leave(ask, c, out); },
          [&](const CheckToken& c) {
            return check_access(ask, c.concert, Access::kActiveOrCompleted, detail);
          },
          [&](const ReadConcert& c) { return check_concert(ask, c.concert); },
          [&](const ReadDates& c) { return check_access(ask, c.concert, Access::kActive, detail); },
          [&](const ReadSeats& c) { return check_seats(ask, c, detail); },
          [&](const PlaceHold& c) { return decide_hold(ask, c, out, detail); },
          [&](const ReadHold& c) { return find_own_hold(ask, c.hold, hold, detail); },
          [&](const ReleaseHold& c) { return decide_release(ask, c, out, detail); },
          [&](const Pay& c) { return decide_pay(ask, c, out, detail); },
          [&](const ReadPayment& c) { return check_payment(ask, c, detail); },
          [&](const ChangeConcert& c) { return decide_change(ask, c, out); },
          [&](const BlockSeat& c) { return decide_block(ask, c, out, detail); },
          [&](const Refund& c) { return decide_refund(ask, c, out); },
          [&](const ReadBalance&) { return Reject::kNone; },
          [&](const Charge& c) { return decide_charge(ask, c, out, detail); },
          [&](const ReadPayments&) { return Reject::kNone; },
          [&](const CreateConcert& c) { return decide_create(ask, c, out); },
          [&](const ListConcerts&) { return Reject::kNone; },
          [&](const ReserveMoney& c) { return decide_reserve(ask, c, out); },
          [&](const SettleMoney& c) { return decide_settle(ask, c, out); },
          [&](const ReturnMoney& c) { return decide_return(ask, c, out); },
          [&](const ReserveAnswer& c) { return decide_reserve_answer(ask, c, out); },
          [&](const SettleDone& c) { return decide_settle_done(ask, c, out); },
          [&](const ReturnDone& c) { return decide_return_done(ask, c, out); },
          [&](const OpenConcert& c) { return decide_open(ask, c, out); },
          [&](const OpenDone& c) { return decide_open_done(ask, c, out); },
          // Not decided by the slot: slot migration handles these commands before they reach it.
          [](const OfferSlot&) { return Reject::kInstanceUnavailable; },
          [](const PassPart&) { return Reject::kInstanceUnavailable; },
          [](const NothingLeft&) { return Reject::kInstanceUnavailable; },
      },
      ask.command.body);
}

}  // namespace frontrow
