// The reads of concerts, dates and seats.
#include <bit>
#include <utility>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

DatesView dates_view(const Concert& c, bool all, Instant now) {
  DatesView view{c.id, {}};
  for (const std::uint16_t index : c.by_date) {
    const auto& date = c.dates[index];
    const std::uint32_t free = date->seats.count(SeatState::kFree);
    if (all || (free > 0 && !date->is_closed(now)))
      view.dates.push_back({date->date, date->seats.total(), free, date->starts_at, date->closes_at,
                            date->is_cancelled()});
  }
  return view;
}

std::vector<SectionView> section_views(const SeatMap& map) {
  std::vector<SectionView> views;
  views.reserve(map.sections().size());
  for (const Section& s : map.sections())
    views.push_back({s.name, s.price, s.first, s.last, s.free, s.kind, s.category});
  return views;
}

SeatsView seats_view(const Concert& c, const ConcertDate& date) {
  const SeatMap& map = date.seats;
  if (date.snapshot == nullptr || date.snapshot->version != map.version()) {
    date.snapshot = std::make_shared<const SeatsSnapshot>(
        SeatsSnapshot{c.id, date.date, map.version(), map.total(), map.count(SeatState::kFree),
                      section_views(map), map.free_bits(), date.plan});
  }
  return date.snapshot;
}

using ChangedSeats = std::vector<std::uint64_t> (SeatMap::*)(std::uint64_t since) const;

SeatChanges seat_changes(const Concert& c, const ConcertDate& date, std::uint64_t since,
                         ChangedSeats changed_since) {
  const SeatMap& map = date.seats;
  SeatChanges changes{c.id, date.date, map.version(), since, map.count(SeatState::kFree), {}, {}};
  if (since == map.version()) return changes;
  const std::vector<std::uint64_t> changed = (map.*changed_since)(since);
  for (std::size_t word = 0; word < changed.size(); ++word) {
    for (std::uint64_t bits = changed[word]; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
      const SeatNumber seat{static_cast<std::uint32_t>(word) * 64 + bit + 1};
      (map.is_free(seat) ? changes.freed : changes.taken).push_back(seat);
    }
  }
  return changes;
}

ConcertDateRef date_view(const ConcertDate& date) {
  const SeatMap& map = date.seats;
  if (date.view == nullptr || date.view_version != map.version()) {
    date.view = std::make_shared<const ConcertDateView>(ConcertDateView{
        date.date, map.count(SeatState::kFree), map.count(SeatState::kHeld),
        map.count(SeatState::kSold), map.count(SeatState::kBlocked), section_views(map),
        date.starts_at, date.closes_at, date.plan, date.is_cancelled()});
    date.view_version = map.version();
  }
  return date.view;
}

}  // namespace

void open_sale(const Concert& c, EventBatch& out) {
  if (c.awaits_shuffle()) out.push_back(LineShuffled{c.id, c.line.drawn()});
  out.push_back(PhaseChanged{c.id, Phase::kOpen});
}

ConcertView concert_view(const Concert& c, Instant now) {
  ConcertView view{.concert = c.id,
                   .title = c.title,
                   .opens_at = c.opens_at,
                   .currency = c.currency,
                   .rules = c.rules,
                   .phase = c.phase,
                   .joined = c.line.drawn(),
                   .waiting = c.line.waiting(),
                   .active = c.active(),
                   .token_epoch = c.token_epoch,
                   .admitted_per_minute = c.admissions.per_minute(now),
                   .sold_per_minute = c.sales.per_minute(now),
                   .revenue = c.revenue,
                   .payments = c.payments_completed,
                   .refunds = c.payments_refunded,
                   .time_zone = c.time_zone,
                   .closes_at = c.closes_at()};
  if (c.shuffle) {
    view.shuffle = ShuffleView{.commitment = c.shuffle->commitment};
    if (c.shuffle->is_done) view.shuffle->revealed = {{c.shuffle->seed, c.shuffle->count}};
  }
  view.dates.reserve(c.dates.size());
  for (const std::uint16_t index : c.by_date) view.dates.push_back(date_view(*c.dates[index]));
  return view;
}

Reject decide(const Ask& ask, const ReadConcert& c, EventBatch&, RejectDetail&) {
  return find_concert(ask, c.concert);
}

void answer(const Ask& ask, const ReadConcert& c, const EventBatch&, Reply& reply) {
  reply.body = concert_view(concert_at(ask, c.concert), ask.now);
}

Reject decide(const Ask& ask, const ReadDates& c, EventBatch&, RejectDetail& detail) {
  return check_access(ask, c.concert, Access::kActive, detail);
}

void answer(const Ask& ask, const ReadDates& c, const EventBatch&, Reply& reply) {
  reply.body = dates_view(concert_at(ask, c.concert), c.all, ask.now);
}

Reject decide(const Ask& ask, const ReadSeats& c, EventBatch&, RejectDetail& detail) {
  if (const Reject r = check_access(ask, c.concert, Access::kActive, detail); r != Reject::kNone)
    return r;
  const bool exists = concert_at(ask, c.concert).find_date(c.date) != nullptr;
  return exists ? Reject::kNone : Reject::kDateNotFound;
}

void answer(const Ask& ask, const ReadSeats& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const ConcertDate& date = *concert.find_date(c.date);
  if (c.since && date.seats.knows_changes_since(*c.since)) {
    reply.body = seat_changes(concert, date, *c.since, &SeatMap::changes_since);
  } else {
    reply.body = seats_view(concert, date);
  }
}

Reject decide(const Ask& ask, const WatchSeats& c, EventBatch&, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  // Without a caller it is for streams whose fans are checked one by one.
  const Caller& caller = ask.command.caller;
  const Reject r = caller.is_operator()
                       ? Reject::kNone
                       : require(*concert, caller, Access::kActive, ask.now, detail);
  if (r != Reject::kNone) return r;
  return concert->find_date(c.date) != nullptr ? Reject::kNone : Reject::kDateNotFound;
}

void answer(const Ask& ask, const WatchSeats& c, const EventBatch&, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  const ConcertDate& date = *concert.find_date(c.date);
  const SeatMap& map = date.seats;
  WatchedSeats seats{.is_closed = date.is_closed(ask.now), .is_cancelled = date.is_cancelled()};
  if (c.since && map.knows_changes_since(*c.since)) {
    seats.changes = seat_changes(concert, date, *c.since, &SeatMap::touched_since);
  } else {
    seats.is_reset = true;
    seats.changes = {concert.id, date.date, map.version(), 0, map.count(SeatState::kFree), {}, {}};
  }
  reply.body = std::move(seats);
}

Reject decide(const Ask&, const ListConcerts&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ListConcerts&, const EventBatch&, Reply& reply) {
  ConcertIds ids;
  for (const Registration& r : ask.slot.registrations) {
    if (r.confirmed) ids.concerts.push_back(r.concert);
  }
  reply.body = std::move(ids);
}

}  // namespace frontrow
