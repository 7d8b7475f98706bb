// The box office: the holds and payments of a concert, the owner of a seat, the things of a user;
// and the end of a place in the line. A read looks at a bounded number of entries.
#include <algorithm>

#include "engine/core/decide.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

PaymentRecord record_of(const Concert& c, const Payment& p) {
  return {c.purchase_of(p), p.number,          p.state,          p.paid_at,
          p.refunded_at,    seats_refunded(p), money_refunded(p)};
}

HoldState state_of(const Concert& c, const Hold& h, Instant now) {
  if (is_expired(h, now)) return HoldState::kExpired;
  return is_refunded(c, h) ? HoldState::kRefunded : h.state;
}

HoldRecord record_of(const Concert& c, const Hold& h, Instant now) {
  HoldView view = hold_view(c, h);
  view.state = state_of(c, h, now);
  return {std::move(view), h.user, h.number, h.payment};
}

template <class State>
bool is_wanted(const SaleFilter<State>& filter, Date date, State state, const UserId& user,
               const SeatList& seats) {
  return (!filter.date || *filter.date == date) && (!filter.state || *filter.state == state) &&
         (filter.user.is_nil() || filter.user == user) &&
         (filter.seat.value == 0 || has_seat(seats, filter.seat));
}

std::uint32_t box_counter(std::uint64_t id) { return static_cast<std::uint32_t>(id); }

// Calls take(counter) for the counters behind `after`, until it returns false or enough were looked
// at. Returns the counter to go on behind; 0 if none is left.
template <class Take>
std::uint32_t look_from(std::uint32_t after, std::uint32_t last, const Take& take) {
  std::uint32_t looked = 0;
  for (std::uint32_t n = after; n < last; ++n) {
    if (looked == kSearchedPerReplyMax || !take(n + 1)) return n;
    ++looked;
  }
  return 0;
}

// The newest payments first; false if older ones were not looked at.
template <class Want>
bool newest_payments(const Concert& c, const Want& want, std::vector<PaymentRecord>& out) {
  std::uint32_t looked = 0;
  for (std::uint32_t n = c.last_payment; n > 0; --n) {
    if (looked++ == kSeatPastMax || out.size() == kFoundPerReplyMax) return false;
    const Payment* payment = c.find_payment(make_payment_id(c.id, n));
    if (payment != nullptr && want(*payment)) out.push_back(record_of(c, *payment));
  }
  return true;
}

}  // namespace

Reject decide(const Ask& ask, const FindPayments& c, EventBatch&, RejectDetail&) {
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const FindPayments& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  FoundPayments found{{}, {}, concert.currency};
  const std::uint32_t next =
      look_from(box_counter(c.after.value), concert.last_payment, [&](std::uint32_t counter) {
        const Payment* p = concert.find_payment(make_payment_id(concert.id, counter));
        if (p == nullptr ||
            !is_wanted(c.filter, concert.dates[p->date_index]->date, p->state, p->user, p->seats))
          return true;
        if (found.payments.size() >= c.limit) return false;
        found.payments.push_back(record_of(concert, *p));
        return true;
      });
  if (next != 0) found.next = make_payment_id(concert.id, next);
  reply.body = std::move(found);
}

Reject decide(const Ask& ask, const FindHolds& c, EventBatch&, RejectDetail&) {
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const FindHolds& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  FoundHolds found;
  const std::uint32_t next =
      look_from(box_counter(c.after.value), concert.last_hold, [&](std::uint32_t counter) {
        const Hold* h = concert.find_hold(make_hold_id(concert.id, counter));
        if (h == nullptr || !is_wanted(c.filter, concert.dates[h->date_index]->date,
                                       state_of(concert, *h, ask.now), h->user, h->seats))
          return true;
        if (found.holds.size() >= c.limit) return false;
        found.holds.push_back(record_of(concert, *h, ask.now));
        return true;
      });
  if (next != 0) found.next = make_hold_id(concert.id, next);
  reply.body = std::move(found);
}

Reject decide(const Ask& ask, const ReadSeat& c, EventBatch&, RejectDetail& detail) {
  if (const Reject r = find_concert(ask, c.concert); r != Reject::kNone) return r;
  const ConcertDate* date = concert_at(ask, c.concert).find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  detail.seats = {c.seat};
  return date->seats.contains(c.seat) ? Reject::kNone : Reject::kSeatNotFound;
}

void answer(const Ask& ask, const ReadSeat& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const ConcertDate& date = *concert.find_date(c.date);
  const std::uint16_t index = index_of(concert, date);
  SeatRecord record{.concert = concert.id,
                    .date = c.date,
                    .seat = c.seat,
                    .state = date.seats.state(c.seat),
                    .section = date.seats.section_of(c.seat).name,
                    .price = date.seats.price_of(c.seat),
                    .currency = concert.currency};
  if (const std::uint32_t owner = date.seats.owner(c.seat); owner != 0)
    record.hold = record_of(concert, *concert.find_hold(make_hold_id(concert.id, owner)), ask.now);
  record.is_complete = newest_payments(
      concert, [&](const Payment& p) { return p.date_index == index && has_seat(p.seats, c.seat); },
      record.payments);
  for (const AuditEntry& entry : ask.slot.audit.entries()) {
    const Act& act = entry.act;
    const bool is_of_one = act.kind == ActKind::kBlockSeat || act.kind == ActKind::kUnblockSeat;
    const bool is_of_many = act.kind == ActKind::kBlockSeats || act.kind == ActKind::kUnblockSeats;
    const bool is_block = is_of_many || (is_of_one && act.object == c.seat.value);
    const bool is_sale = act.kind == ActKind::kSellSeats &&
                         std::ranges::any_of(record.payments, [&act](const PaymentRecord& p) {
                           return p.purchase.payment.value == act.object;
                         });
    if ((is_block || is_sale) && act.concert == c.concert && act.date == c.date)
      record.acts.push_back({{entry.at, ask.slot.id, entry.seq}, act});
  }
  reply.body = std::move(record);
}

Reject decide(const Ask& ask, const ReadSeatStates& c, EventBatch&, RejectDetail&) {
  if (const Reject r = find_concert(ask, c.concert); r != Reject::kNone) return r;
  const bool is_known = concert_at(ask, c.concert).find_date(c.date) != nullptr;
  return is_known ? Reject::kNone : Reject::kDateNotFound;
}

void answer(const Ask& ask, const ReadSeatStates& c, const EventBatch&, Reply& reply) {
  const SeatMap& seats = concert_at(ask, c.concert).find_date(c.date)->seats;
  SeatStates states{c.concert, c.date, seats.version(), seats.total(), {}};
  for (std::uint32_t n = 1; n <= seats.total(); ++n) {
    const SeatState state = seats.state(SeatNumber{n});
    if (state == SeatState::kFree) continue;
    const bool goes_on = !states.runs.empty() && states.runs.back().state == state &&
                         states.runs.back().last.value + 1 == n;
    if (goes_on) states.runs.back().last = SeatNumber{n};
    if (!goes_on) states.runs.push_back({SeatNumber{n}, SeatNumber{n}, state});
  }
  reply.body = std::move(states);
}

Reject decide(const Ask& ask, const ReadVisitor& c, EventBatch&, RejectDetail&) {
  if (c.user.is_nil()) return Reject::kPlaceNotFound;  // the path names no user
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const ReadVisitor& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  VisitorRecord record{.concert = concert.id,
                       .user = c.user,
                       .currency = concert.currency,
                       .waitlist = waitlist_places(concert, c.user)};
  if (const TicketNumber number = concert.line.find(c.user)) {
    record.place = queue_entry(concert, number, ask.now);
    if (const Session* session = concert.find_session(number)) {
      for (const HoldId id : session->holds)
        record.holds.push_back(record_of(concert, *concert.find_hold(id), ask.now));
    }
  }
  if (const Buyer* buyer = concert.find_buyer(c.user)) {
    record.seats_held = buyer->seats_held;
    record.seats_paid = buyer->seats_paid;
  }
  record.is_complete =
      newest_payments(concert, [&](const Payment& p) { return p.user == c.user; }, record.payments);
  reply.body = std::move(record);
}

Reject decide(const Ask& ask, const EndToken& c, EventBatch& out, RejectDetail&) {
  if (const Reject r = find_concert(ask, c.concert); r != Reject::kNone) return r;
  const Concert& concert = concert_at(ask, c.concert);
  if (c.number.value == 0 || c.number.value > concert.line.drawn()) return Reject::kPlaceNotFound;
  if (!is_live(effective_state(concert, c.number, ask.now))) return Reject::kPlaceOver;
  const Session* session = concert.find_session(c.number);
  if (session != nullptr && session->paying) return Reject::kPaymentInProgress;
  end_token_events(concert, c.number, TokenState::kExpired, out);
  return Reject::kNone;
}

}  // namespace frontrow
