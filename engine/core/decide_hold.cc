#include <algorithm>
#include <boost/container/static_vector.hpp>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

const Hold* holder_of(const Concert& c, const SeatMap& map, SeatNumber seat) {
  return c.find_hold(make_hold_id(c.id, map.owner(seat)));
}

// True if the seat is free, or held by a hold past its deadline that has not been expired yet; and
// the same user did not give it up a moment ago.
bool is_takeable(const Concert& c, std::uint16_t date_index, SeatNumber seat, const UserId& user,
                 Instant now) {
  const SeatMap& map = c.dates[date_index]->seats;
  if (map.is_free(seat)) return !c.given_up.rests(date_index, seat, user, now);
  if (map.state(seat) != SeatState::kHeld) return false;
  const Hold& hold = *holder_of(c, map, seat);
  if (!is_expired(hold, now)) return false;
  return hold.user != user || hold.expires_at + kSeatRestsFor <= now;
}

// Events that make takeable seats free: each stale hold expires once.
void expire_stale_holds(const Concert& c, const SeatMap& map, const SeatList& seats,
                        EventBatch& out) {
  boost::container::static_vector<HoldId, kSeatsPerHoldMax> stale;
  for (const SeatNumber seat : seats) {
    if (map.is_free(seat)) continue;
    const HoldId hold = holder_of(c, map, seat)->id;
    if (std::find(stale.begin(), stale.end(), hold) == stale.end()) stale.push_back(hold);
  }
  for (const HoldId hold : stale) out.push_back(HoldExpired{c.id, hold});
}

// Seats of the user that count for the limit, without own holds past their deadline. Reads the
// holds only if `wanted` more seats would exceed the limit.
std::uint32_t seats_counted(const Ask& ask, const Concert& c, const Session& session,
                            std::size_t wanted) {
  const Buyer* buyer = c.find_buyer(ask.command.caller.user);
  if (buyer == nullptr) return 0;
  std::uint32_t counted = buyer->seats_held + buyer->seats_paid;
  if (counted + wanted <= c.rules.seats_per_user) return counted;
  for (const HoldId id : session.holds) {
    const Hold* hold = c.find_hold(id);
    if (is_expired(*hold, ask.now)) counted -= static_cast<std::uint32_t>(hold->seats.size());
  }
  return counted;
}

}  // namespace

std::uint16_t index_of(const Concert& concert, const ConcertDate& date) {
  std::uint16_t index = 0;
  while (concert.dates[index].get() != &date) ++index;
  return index;
}

bool is_expired(const Hold& hold, Instant now) {
  return hold.state == HoldState::kExpired ||
         (hold.state == HoldState::kHeld && hold.expires_at <= now);
}

Reject decide(const Ask& ask, const PlaceHold& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Caller& caller = ask.command.caller;
  if (const Reject r = require(*concert, caller, Access::kActive, ask.now, detail);
      r != Reject::kNone)
    return r;
  if (concert->phase == Phase::kClosed) return Reject::kSaleClosed;
  const ConcertDate* date = concert->find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  const SeatMap& map = date->seats;
  for (const SeatNumber seat : c.seats) {
    if (!map.contains(seat)) detail.seats.push_back(seat);
  }
  if (!detail.seats.empty()) return Reject::kSeatNotFound;

  const Session& session = *concert->find_session(caller.number);
  detail.limit = concert->rules.seats_per_user;
  detail.held = seats_counted(ask, *concert, session, c.seats.size());
  if (detail.held + c.seats.size() > detail.limit) return Reject::kLimitExceeded;

  const std::uint16_t date_index = index_of(*concert, *date);
  Money amount;
  for (const SeatNumber seat : c.seats) {
    if (!is_takeable(*concert, date_index, seat, caller.user, ask.now))
      detail.seats.push_back(seat);
    amount.minor += map.price_of(seat).minor;
  }
  detail.free = map.count(SeatState::kFree);
  if (!detail.seats.empty()) return Reject::kSeatUnavailable;
  if (concert->last_hold >= ask.policy.drawn_max) return Reject::kNumbersExhausted;

  expire_stale_holds(*concert, map, c.seats, out);
  const Instant deadline = std::min({ask.now + seconds(concert->rules.hold_s), session.expires_at,
                                     concert->given_up.deadline_for(caller.user, ask.now)});
  out.push_back(SeatsHeld{concert->id, make_hold_id(concert->id, concert->last_hold + 1),
                          caller.number, date_index, c.seats, amount, deadline});
  return Reject::kNone;
}

void answer(const Ask& ask, const PlaceHold& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  reply.created = true;
  reply.body = hold_view(concert, *concert.find_hold(make_hold_id(c.concert, concert.last_hold)));
}

Reject find_own_hold(const Ask& ask, HoldId id, const Hold*& hold, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(concert_of(id));
  if (concert == nullptr) return Reject::kConcertNotFound;
  const Caller& caller = ask.command.caller;
  hold = concert->find_hold(id);
  if (hold != nullptr && hold->user != caller.user) hold = nullptr;
  // A bought seat needs no place in the line.
  const bool is_paid = hold != nullptr && hold->state == HoldState::kPaid;
  if (const Reject r =
          require(*concert, caller, is_paid ? Access::kAny : Access::kActive, ask.now, detail);
      r != Reject::kNone)
    return r;
  if (hold == nullptr) return Reject::kHoldNotFound;
  if (is_expired(*hold, ask.now)) return Reject::kHoldExpired;
  return Reject::kNone;
}

bool is_refunded(const Concert& concert, const Hold& hold) {
  if (hold.state != HoldState::kPaid) return false;
  return concert.find_payment(hold.payment)->state == PaymentState::kRefunded;
}

HoldView hold_view(const Concert& c, const Hold& hold) {
  return {hold.id,
          c.id,
          c.dates[hold.date_index]->date,
          hold.seats,
          hold.amount,
          c.currency,
          hold.expires_at,
          is_refunded(c, hold) ? HoldState::kRefunded : hold.state};
}

Reject decide(const Ask& ask, const ReadHold& c, EventBatch&, RejectDetail& detail) {
  const Hold* hold = nullptr;
  return find_own_hold(ask, c.hold, hold, detail);
}

void answer(const Ask& ask, const ReadHold& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.hold));
  reply.body = hold_view(concert, *concert.find_hold(c.hold));
}

Reject decide(const Ask& ask, const ReadHolds& c, EventBatch&, RejectDetail& detail) {
  return check_access(ask, c.concert, Access::kAny, detail);
}

void answer(const Ask& ask, const ReadHolds& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  HoldsView view{c.concert, {}};
  const TicketNumber number = concert.line.find(ask.command.caller.user);
  const auto session = number ? concert.sessions.find(number) : concert.sessions.end();
  if (session != concert.sessions.end()) {
    for (const HoldId id : session->second.holds) {
      const Hold* hold = concert.find_hold(id);
      if (hold != nullptr && !is_expired(*hold, ask.now) && hold->state != HoldState::kPaid)
        view.holds.push_back(hold_view(concert, *hold));
    }
  }
  reply.body = std::move(view);
}

Reject decide(const Ask& ask, const ReleaseHold& c, EventBatch& out, RejectDetail& detail) {
  const Hold* hold = nullptr;
  if (const Reject r = find_own_hold(ask, c.hold, hold, detail); r != Reject::kNone) return r;
  detail.payment = hold->payment;
  if (is_refunded(*ask.slot.find_concert(concert_of(c.hold)), *hold)) return Reject::kHoldRefunded;
  if (hold->state == HoldState::kPaid) return Reject::kAlreadyPaid;
  if (hold->state == HoldState::kPaying) return Reject::kPaymentInProgress;
  out.push_back(HoldReleased{concert_of(c.hold), c.hold});
  return Reject::kNone;
}

}  // namespace frontrow
