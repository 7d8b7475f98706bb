// Proofs for other services: the pass of a user who is in the shop, and the tickets of paid seats.
// Their signatures are made in net; the rules are here.
#include <algorithm>

#include "engine/core/decide.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

TicketsView tickets_view(const Concert& c, const Payment& p, SeatNumber seat) {
  return {c.purchase_of(p), p.state, p.paid_at, p.uses, seat, seats_returned(p)};
}

}  // namespace

Reject decide(const Ask& ask, const ReadPass& c, EventBatch&, RejectDetail& detail) {
  return check_access(ask, c.concert, Access::kActive, detail);
}

void answer(const Ask& ask, const ReadPass& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const TicketNumber number = ask.command.caller.number;
  const Session& session = *concert.find_session(number);
  reply.body = PassView{concert.id, ask.command.caller.user, number, session.admitted_at,
                        session.expires_at};
}

Reject decide(const Ask& ask, const ReadTickets& c, EventBatch&, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = find_paid(*concert, c.payment);
  if (payment == nullptr) return Reject::kTicketNotFound;
  return !c.seat.value || has_seat(payment->seats, c.seat) ? Reject::kNone
                                                           : Reject::kTicketNotFound;
}

void answer(const Ask& ask, const ReadTickets& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.payment));
  reply.body = tickets_view(concert, *concert.find_payment(c.payment), c.seat);
}

Reject decide(const Ask& ask, const UseTicket& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(concert_of(c.payment));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Payment* payment = find_paid(*concert, c.payment);
  if (payment == nullptr || !has_seat(payment->seats, c.seat)) return Reject::kTicketNotFound;
  if (!owns_seat(*payment, c.seat)) return Reject::kTicketVoid;
  const auto use = std::ranges::find(payment->uses, c.seat, &TicketUse::seat);
  if (use != payment->uses.end()) {
    detail.use = *use;
    return Reject::kTicketUsed;
  }
  out.push_back(TicketUsed{concert->id, c.payment, c.seat, ask.command.caller.actor});
  return Reject::kNone;
}

void answer(const Ask& ask, const UseTicket& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.payment));
  reply.body = tickets_view(concert, *concert.find_payment(c.payment), c.seat);
}

}  // namespace frontrow
