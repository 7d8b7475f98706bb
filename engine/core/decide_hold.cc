#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <span>
#include <vector>

#include "engine/core/decide.h"
#include "engine/core/state/best_available.h"
#include "engine/core/state/seat_choice.h"

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

// --- holds by quantity

// Searches before a user who gives up and holds seats again and again is told that there are none.
constexpr int kSearchesMax = 8;

// Repeats the search without the seats of its result that rest from this user's last holds, until
// it has none of them. find(without): the best seats.
template <class Find>
SeatList best_that_do_not_rest(const Ask& ask, const Concert& concert, std::uint16_t date_index,
                               const Find& find) {
  std::vector<SeatNumber> resting;
  for (int i = 0; i < kSearchesMax; ++i) {
    const SeatList best = find(std::span<const SeatNumber>(resting));
    const std::size_t known = resting.size();
    for (const SeatNumber seat : best) {
      if (concert.given_up.rests(date_index, seat, ask.command.caller.user, ask.now))
        resting.push_back(seat);
    }
    if (resting.size() == known) return best;
    std::ranges::sort(resting);
  }
  return {};
}

SeatList best_seats(const Ask& ask, const PlaceHold& c, const WantedSeats& wanted,
                    const Concert& concert, std::uint16_t date_index) {
  const SeatMap& map = concert.dates[date_index]->seats;
  return best_that_do_not_rest(ask, concert, date_index, [&](std::span<const SeatNumber> without) {
    return choose_seats(map, wanted, {c.quantity, c.together, without});
  });
}

SeatSearch search_in(const SeatMap& map, SeatNumber first, SeatNumber last) {
  return {.free = map.free_bits(), .row_ends = map.row_ends(), .first = first, .last = last};
}

bool are_neighbours(const SeatMap& map, SeatNumber a, SeatNumber b) {
  const std::uint32_t before = std::min(a.value, b.value) - 1;
  if (std::max(a.value, b.value) != before + 2) return false;
  return (map.row_ends()[before / 64] >> (before % 64) & 1) == 0;
}

// Whether the user could have as many seats of the section side by side without leaving one alone.
bool has_better_choice(const Ask& ask, const Concert& concert, std::uint16_t date_index,
                       const Section& section, std::size_t quantity) {
  SeatSearch search = search_in(concert.dates[date_index]->seats, section.first, section.last);
  const SeatList other =
      best_that_do_not_rest(ask, concert, date_index, [&](std::span<const SeatNumber> without) {
        search.without = without;
        return best_together(search, static_cast<unsigned>(quantity));
      });
  return !other.empty() && left_alone(search, other).empty();
}

// The seats that the hold would leave alone beside its seats of a section; unless the section has
// no better choice.
SeatList singles_left(const Ask& ask, const Concert& concert, std::uint16_t date_index,
                      const SeatList& seats) {
  const SeatMap& map = concert.dates[date_index]->seats;
  const std::vector<SeatNumber> alone =
      left_alone(search_in(map, SeatNumber{1}, SeatNumber{map.total()}), seats);
  if (alone.empty()) return {};
  boost::container::static_vector<const Section*, kSeatsPerHoldMax> sections;
  for (const SeatNumber seat : seats) {
    const Section* section = &map.section_of(seat);
    if (std::ranges::find(sections, section) == sections.end()) sections.push_back(section);
  }
  std::ranges::sort(sections, {}, &Section::first);
  SeatList told;
  for (const Section* section : sections) {
    SeatList here;
    for (const SeatNumber seat : seats)
      if (&map.section_of(seat) == section) here.push_back(seat);
    const auto is_beside = [&](SeatNumber single) {
      return std::ranges::any_of(
          here, [&](SeatNumber seat) { return are_neighbours(map, seat, single); });
    };
    if (std::ranges::none_of(alone, is_beside)) continue;
    if (!has_better_choice(ask, concert, date_index, *section, here.size())) continue;
    for (const SeatNumber single : alone) {
      if (is_beside(single) && !has_seat(told, single) && told.size() < kSeatsPerHoldMax)
        told.push_back(single);
    }
  }
  return told;
}

}  // namespace

std::uint32_t seats_counted(const Concert& c, const UserId& user, std::size_t wanted, Instant now) {
  const Buyer* buyer = c.find_buyer(user);
  if (buyer == nullptr) return 0;
  std::uint32_t counted = buyer->seats_held + buyer->seats_paid;
  if (counted + wanted <= c.rules.seats_per_user) return counted;
  const Session* session = c.find_session(c.line.find(user));
  if (session == nullptr) return counted;
  for (const HoldId id : session->holds) {
    const Hold* hold = c.find_hold(id);
    if (is_expired(*hold, now)) counted -= static_cast<std::uint32_t>(hold->seats.size());
  }
  return counted;
}

std::uint16_t index_of(const Concert& concert, const ConcertDate& date) {
  std::uint16_t index = 0;
  while (concert.dates[index].get() != &date) ++index;
  return index;
}

bool has_seat(const SeatList& seats, SeatNumber seat) {
  return std::ranges::find(seats, seat) != seats.end();
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
  WantedSeats wanted = wanted_seats(map, c.section, c.category);
  if (!wanted.exists) return Reject::kSectionNotFound;
  if (c.seats.empty() && (c.quantity == 0 || c.quantity > kSeatsPerHoldMax))
    return Reject::kNotAvailable;
  if (date->is_cancelled()) return Reject::kDateCancelled;
  if (date->is_closed(ask.now)) return Reject::kDateClosed;

  const Session& session = *concert->find_session(caller.number);
  if (session.is_for_offer) return Reject::kOfferOnly;
  const std::size_t quantity = c.seats.empty() ? c.quantity : c.seats.size();
  detail.limit = concert->rules.seats_per_user;
  detail.held = seats_counted(*concert, caller.user, quantity, ask.now);
  if (detail.held + quantity > detail.limit) return Reject::kLimitExceeded;

  // Seats that users of the waitlist wish are for them only.
  const Waitlist& waitlist = date->waitlist;
  if (!waitlist.empty() && c.seats.empty())
    leave_out(map, wanted, [&](std::string_view s) { return waitlist.claims(s); });
  const std::uint16_t date_index = index_of(*concert, *date);
  const SeatList seats =
      c.seats.empty() ? best_seats(ask, c, wanted, *concert, date_index) : c.seats;
  if (seats.empty()) {
    const AvailableSeats available = count_available(map, wanted);
    detail.free = available.free;
    detail.together = available.together;
    return Reject::kNotAvailable;
  }
  Money amount;
  for (const SeatNumber seat : seats) {
    if (!is_takeable(*concert, date_index, seat, caller.user, ask.now) ||
        (!waitlist.empty() && waitlist.claims(map.section_of(seat).name)))
      detail.seats.push_back(seat);
    amount.minor += map.price_of(seat).minor;
  }
  detail.free = map.count(SeatState::kFree);
  if (!detail.seats.empty()) return Reject::kSeatUnavailable;
  if (concert->rules.no_single_seats && !c.seats.empty()) {
    detail.seats = singles_left(ask, *concert, date_index, seats);
    if (!detail.seats.empty()) return Reject::kSingleSeatLeft;
  }
  if (concert->last_hold >= ask.policy.drawn_max) return Reject::kNumbersExhausted;

  expire_stale_holds(*concert, map, seats, out);
  const Instant deadline = std::min({ask.now + seconds(concert->rules.hold_s), session.expires_at,
                                     concert->given_up.deadline_for(caller.user, ask.now)});
  out.push_back(SeatsHeld{concert->id, make_hold_id(concert->id, concert->last_hold + 1),
                          caller.number, date_index, seats, amount, deadline});
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
  if (caller.is_operator()) {
    if (hold == nullptr) return Reject::kHoldNotFound;
    return is_expired(*hold, ask.now) ? Reject::kHoldExpired : Reject::kNone;
  }
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

const Hold* stale_hold_of(const Concert& concert, const ConcertDate& date, SeatNumber seat,
                          Instant now) {
  if (date.seats.state(seat) != SeatState::kHeld) return nullptr;
  const Hold* hold = holder_of(concert, date.seats, seat);
  return is_expired(*hold, now) ? hold : nullptr;
}

void expire_holds(const Concert& concert, std::vector<HoldId>& holds, EventBatch& out) {
  std::ranges::sort(holds);
  holds.erase(std::unique(holds.begin(), holds.end()), holds.end());
  for (const HoldId hold : holds) out.push_back(HoldExpired{concert.id, hold});
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

// An extension starts a hold's time again, within the session.
Reject decide(const Ask& ask, const ExtendHold& c, EventBatch& out, RejectDetail& detail) {
  const Hold* hold = nullptr;
  if (const Reject r = find_own_hold(ask, c.hold, hold, detail); r != Reject::kNone) return r;
  const Concert& concert = concert_at(ask, concert_of(c.hold));
  detail.payment = hold->payment;
  if (is_refunded(concert, *hold)) return Reject::kHoldRefunded;
  if (hold->state == HoldState::kPaid) return Reject::kAlreadyPaid;
  if (hold->state == HoldState::kPaying) return Reject::kPaymentInProgress;
  if (concert.dates[hold->date_index]->is_cancelled()) return Reject::kDateCancelled;
  const Instant session_end = concert.find_session(hold->number)->expires_at;
  const Instant until = std::min(ask.now + seconds(concert.rules.hold_s), session_end);
  detail.limit = concert.rules.hold_extensions;
  if (hold->extensions >= detail.limit || until <= hold->expires_at)
    return Reject::kNoExtensionLeft;
  out.push_back(HoldExtended{concert.id, c.hold, until});
  return Reject::kNone;
}

void answer(const Ask& ask, const ExtendHold& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, concert_of(c.hold));
  reply.created = true;
  reply.body = hold_view(concert, *concert.find_hold(c.hold));
}

Reject decide(const Ask& ask, const ReleaseHold& c, EventBatch& out, RejectDetail& detail) {
  const Hold* hold = nullptr;
  if (const Reject r = find_own_hold(ask, c.hold, hold, detail); r != Reject::kNone) return r;
  detail.payment = hold->payment;
  if (is_refunded(*ask.slot.find_concert(concert_of(c.hold)), *hold)) return Reject::kHoldRefunded;
  if (hold->state == HoldState::kPaid) return Reject::kAlreadyPaid;
  if (hold->state == HoldState::kPaying) return Reject::kPaymentInProgress;
  const Concert& concert = concert_at(ask, concert_of(c.hold));
  const Session& session = *concert.find_session(hold->number);
  if (session.is_for_offer && session.holds.size() == 1) {
    end_token_events(concert, hold->number, TokenState::kExpired, out);
  } else {
    out.push_back(HoldReleased{concert.id, c.hold});
  }
  return Reject::kNone;
}

}  // namespace frontrow
