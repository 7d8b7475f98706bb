// The waitlist: people who wait for seats that come back, and the offers to them. The rules are in
// docs/API.md.
#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "engine/core/decide.h"
#include "engine/core/state/seat_choice.h"

namespace frontrow {
namespace {

// The caller has been let in, with this token or an earlier one that was as far in the line.
Reject require_turn(const Concert& c, const Caller& caller, Instant now, RejectDetail& detail) {
  if (const Reject r = identify(c, caller); r != Reject::kNone) return r;
  const TicketNumber newest = c.line.find(caller.user);
  if (effective_state(c, newest, now) == TokenState::kWaiting) {
    detail.entry = queue_entry(c, newest, now);
    return Reject::kNotAdmitted;
  }
  const bool was_let_in = c.line.token(newest).state == TokenState::kActive ||
                          c.line.place_of(newest) <= c.admitted_up_to ||
                          c.line.token(newest).has_bought;
  return was_let_in ? Reject::kNone : Reject::kTokenExpired;
}

WaitlistPlace place_of(const ConcertDate& date, const WaitlistEntry& entry) {
  return {date.date,
          entry.section,
          entry.quantity,
          date.waitlist.position(entry.number),
          date.waitlist.size(),
          entry.since};
}

WaitlistView waitlist_view(const Concert& c, const UserId& user, Instant now) {
  WaitlistView view{c.id, waitlist_places(c, user), {}};
  const TicketNumber number = c.line.find(user);
  const Session* session = number ? c.find_session(number) : nullptr;
  if (session == nullptr) return view;
  for (const HoldId id : session->holds) {
    const Hold& hold = *c.find_hold(id);
    if (hold.is_offer && !is_expired(hold, now)) view.offers.push_back(hold_view(c, hold));
  }
  return view;
}

// Whether the waitlist of the date may offer seats now.
bool may_offer(const Concert& c, const ConcertDate& date, Instant now) {
  return c.phase == Phase::kOpen && !date.waitlist.empty() && !date.is_cancelled() &&
         !date.is_closed(now) && date.no_offers_at != date.seats.version();
}

SeatsOffered offer(const Concert& c, std::uint16_t date_index, const WaitlistEntry& entry,
                   const SeatList& seats, Instant now) {
  Money amount;
  for (const SeatNumber seat : seats)
    amount.minor += c.dates[date_index]->seats.price_of(seat).minor;
  return {c.id,
          date_index,
          entry.number,
          make_hold_id(c.id, c.last_hold + 1),
          c.line.find(entry.user),
          seats,
          amount,
          now + seconds(c.rules.offer_s)};
}

// Free seats of each section, so that only wishes that may be fulfilled are searched for.
std::unordered_map<std::string_view, std::uint32_t> free_by_section(const SeatMap& map) {
  std::unordered_map<std::string_view, std::uint32_t> free;
  for (const Section& section : map.sections())
    if (section.free != 0) free[section.name] += section.free;
  return free;
}

// The best seats for the first entry of a wish; none if they are too few.
SeatList seats_for(const ConcertDate& date, const WaitlistEntry& entry) {
  WantedSeats wanted = wanted_seats(date.seats, entry.section, {});
  // The free seats of those before are theirs, though too few.
  if (entry.section.empty()) {
    leave_out(date.seats, wanted, [&](std::string_view section) {
      const WaitlistEntry* before = date.waitlist.first_of(section);
      return before != nullptr && before->number < entry.number;
    });
  }
  return choose_seats(date.seats, wanted, {entry.quantity, false, {}});
}

// The next event of a date's waitlist; false if no entry can be offered seats.
bool offer_of_date(const Concert& c, std::uint16_t date_index, Instant now, EventBatch& out) {
  const ConcertDate& date = *c.dates[date_index];
  const std::uint32_t free = date.seats.count(SeatState::kFree);
  const auto by_section = free_by_section(date.seats);
  for (const WaitlistEntry* first : date.waitlist.firsts()) {
    const std::uint32_t counted = seats_counted(c, first->user, first->quantity, now);
    if (counted + first->quantity > c.rules.seats_per_user) {
      out.push_back(WaitlistLeft{c.id, date_index, first->number});
      return true;
    }
    const auto found = by_section.find(first->section);
    const std::uint32_t there =
        first->section.empty() ? free : (found == by_section.end() ? 0 : found->second);
    const SeatList seats = there < first->quantity ? SeatList{} : seats_for(date, *first);
    if (!seats.empty()) {
      out.push_back(offer(c, date_index, *first, seats, now));
      return true;
    }
    if (first->section.empty()) return false;
  }
  return false;
}

}  // namespace

std::vector<WaitlistPlace> waitlist_places(const Concert& concert, const UserId& user) {
  std::vector<WaitlistPlace> places;
  for (const std::uint16_t index : concert.by_date) {
    const ConcertDate& date = *concert.dates[index];
    if (const WaitlistEntry* entry = date.waitlist.find(user))
      places.push_back(place_of(date, *entry));
  }
  return places;
}

bool has_offers_due(const Concert& c, Instant now) {
  if (!c.has_waitlist()) return false;
  return std::ranges::any_of(c.dates, [&](const auto& date) { return may_offer(c, *date, now); });
}

bool offer_next(Concert& c, Instant now, EventBatch& out) {
  if (!c.has_waitlist()) return false;
  for (std::uint16_t index = 0; index < c.dates.size(); ++index) {
    ConcertDate& date = *c.dates[index];
    if (!may_offer(c, date, now)) continue;
    if (c.last_hold < kDrawnPerConcertMax && offer_of_date(c, index, now, out)) return true;
    date.no_offers_at = date.seats.version();
  }
  return false;
}

Reject decide(const Ask& ask, const JoinWaitlist& c, EventBatch& out, RejectDetail& detail) {
  const Concert* found = ask.slot.find_concert(c.concert);
  if (found == nullptr) return Reject::kConcertNotFound;
  const Concert& concert = *found;
  const Caller& caller = ask.command.caller;
  if (const Reject r = require_turn(concert, caller, ask.now, detail); r != Reject::kNone) return r;
  if (concert.phase == Phase::kClosed) return Reject::kSaleClosed;
  const ConcertDate* date = concert.find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  WantedSeats wanted = wanted_seats(date->seats, c.section, {});
  if (!wanted.exists) return Reject::kSectionNotFound;
  if (date->is_cancelled()) return Reject::kDateCancelled;
  if (date->is_closed(ask.now)) return Reject::kDateClosed;
  if (const WaitlistEntry* known = date->waitlist.find(caller.user)) {
    const bool is_same = known->section == c.section && known->quantity == c.quantity;
    return is_same ? Reject::kNone : Reject::kOnWaitlist;
  }
  detail.limit = concert.rules.seats_per_user;
  detail.held = seats_counted(concert, caller.user, c.quantity, ask.now);
  if (c.quantity == 0 || c.quantity > kSeatsPerHoldMax || detail.held + c.quantity > detail.limit)
    return Reject::kLimitExceeded;
  detail = {};
  if (!date->waitlist.empty()) {
    leave_out(date->seats, wanted,
              [&](std::string_view section) { return date->waitlist.claims(section); });
  }
  if (!choose_seats(date->seats, wanted, {c.quantity, false, {}}).empty()) {
    detail.free = count_free(date->seats, wanted);
    return Reject::kNotSoldOut;
  }
  if (date->waitlist.size() >= kWaitlistPerDateMax) return Reject::kWaitlistFull;
  if (date->waitlist.drawn() >= kWaitlistDrawnMax) return Reject::kNumbersExhausted;
  out.push_back(WaitlistJoined{concert.id, index_of(concert, *date), date->waitlist.next_number(),
                               caller.user, c.section, c.quantity});
  return Reject::kNone;
}

void answer(const Ask& ask, const JoinWaitlist& c, const EventBatch& events, Reply& reply) {
  reply.created = !events.empty();
  reply.body = waitlist_view(concert_at(ask, c.concert), ask.command.caller.user, ask.now);
}

Reject decide(const Ask& ask, const LeaveWaitlist& c, EventBatch& out, RejectDetail& detail) {
  if (const Reject r = check_access(ask, c.concert, Access::kAny, detail); r != Reject::kNone)
    return r;
  const Concert& concert = concert_at(ask, c.concert);
  if (c.date && concert.find_date(*c.date) == nullptr) return Reject::kDateNotFound;
  for (const auto& date : concert.dates) {
    if (c.date && date->date != *c.date) continue;
    if (const WaitlistEntry* entry = date->waitlist.find(ask.command.caller.user))
      out.push_back(WaitlistLeft{concert.id, index_of(concert, *date), entry->number});
  }
  return Reject::kNone;
}

Reject decide(const Ask& ask, const ReadWaitlist& c, EventBatch&, RejectDetail& detail) {
  return check_access(ask, c.concert, Access::kAny, detail);
}

void answer(const Ask& ask, const ReadWaitlist& c, const EventBatch&, Reply& reply) {
  reply.body = waitlist_view(concert_at(ask, c.concert), ask.command.caller.user, ask.now);
}

}  // namespace frontrow
