#include <algorithm>
#include <iterator>

#include "engine/core/decide.h"
#include "engine/core/protocol/settings_tag.h"

namespace frontrow {
namespace {

// When the last date goes off sale after the change; not set if one never does.
Instant last_closing_after(const Concert& concert, const ChangeConcert& c, Instant now) {
  std::vector<Instant> closings;
  closings.reserve(concert.dates.size() + c.add_dates.size());
  for (const auto& date : concert.dates) closings.push_back(closing_after(*date, c, now));
  for (const DateSpec& date : c.add_dates) closings.push_back(date.closes_at);
  const bool never = !std::ranges::all_of(closings, &Instant::is_set);
  return never ? Instant{} : *std::ranges::max_element(closings);
}

}  // namespace

Reject decide(const Ask& ask, const ChangeConcert& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const bool stays_scheduled = concert->phase == Phase::kScheduled && !c.phase;
  // A presale has opened the concert to users with a code.
  const bool is_presale = !c.phase && concert->needs_code(ask.now);
  if (c.opens_at && !stays_scheduled && !is_presale) return Reject::kConflictingSettings;
  // A concert whose dates are all off sale stays closed.
  const Instant closes_at = last_closing_after(*concert, c, ask.now);
  const Phase phase = c.phase.value_or(concert->phase);
  if (phase != Phase::kClosed && closes_at.is_set() && closes_at <= ask.now)
    return Reject::kConflictingSettings;
  const bool opens_later = stays_scheduled || c.opens_at;
  if (opens_later && closes_at.is_set() && closes_at <= c.opens_at.value_or(concert->opens_at))
    return Reject::kConflictingSettings;
  if (c.expected) {
    const auto& expected = *c.expected;
    if (std::find(expected.begin(), expected.end(), settings_tag(*concert)) == expected.end())
      return Reject::kPreconditionFailed;
  }

  ConcertChanged changed{concert->id, concert->title, concert->opens_at, concert->rules,
                         concert->token_epoch};
  changed.title = c.title.value_or(changed.title);
  changed.opens_at = c.opens_at.value_or(changed.opens_at);
  QueueRules& queue = changed.rules.queue;
  queue.max_active = c.max_active.value_or(queue.max_active);
  queue.admit_per_second = c.admit_per_second.value_or(queue.admit_per_second);
  queue.session_s = c.session_s.value_or(queue.session_s);
  queue.idle_s = c.idle_s.value_or(queue.idle_s);
  changed.rules.hold_s = c.hold_s.value_or(changed.rules.hold_s);
  changed.rules.seats_per_user = c.seats_per_user.value_or(changed.rules.seats_per_user);
  changed.rules.stay_after_payment =
      c.stay_after_payment.value_or(changed.rules.stay_after_payment);
  changed.rules.hold_extensions =
      std::min(c.hold_extensions.value_or(changed.rules.hold_extensions), kHoldExtensionsMax);
  changed.rules.offer_s = c.offer_s.value_or(changed.rules.offer_s);
  changed.rules.no_single_seats = c.no_single_seats.value_or(changed.rules.no_single_seats);
  if (c.revoke_tokens) ++changed.token_epoch;
  const bool closes_anew = c.closes_at && std::ranges::any_of(concert->dates, [&](const auto& d) {
                             return d->closes_at != d->closing_for(*c.closes_at, ask.now);
                           });
  if (closes_anew) changed.closes_at = *c.closes_at;

  const bool differs = changed.title != concert->title || changed.opens_at != concert->opens_at ||
                       changed.rules != concert->rules || closes_anew ||
                       changed.token_epoch != concert->token_epoch;
  EventBatch of_dates;
  if (const Reject r = change_dates(*concert, c, ask.now, of_dates, detail); r != Reject::kNone)
    return r;
  if (differs) out.push_back(std::move(changed));
  std::ranges::move(of_dates, std::back_inserter(out));
  if (c.phase && *c.phase != concert->phase) {
    if (*c.phase == Phase::kOpen)
      open_sale(*concert, out);
    else
      out.push_back(PhaseChanged{concert->id, *c.phase});
  }
  return Reject::kNone;
}

void answer(const Ask& ask, const ChangeConcert& c, const EventBatch&, Reply& reply) {
  reply.body = concert_view(concert_at(ask, c.concert), ask.now);
}

Reject decide(const Ask& ask, const BlockSeat& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const ConcertDate* date = concert->find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  detail.seats = {c.seat};
  if (!date->seats.contains(c.seat)) return Reject::kSeatNotFound;

  const SeatState state = date->seats.state(c.seat);
  if (state == SeatState::kSold) return Reject::kSeatHeldOrSold;
  if (state == SeatState::kHeld) {
    const Hold* hold = concert->find_hold(make_hold_id(concert->id, date->seats.owner(c.seat)));
    if (!is_expired(*hold, ask.now)) return Reject::kSeatHeldOrSold;
    out.push_back(HoldExpired{concert->id, hold->id});
  }
  const bool is_blocked = state == SeatState::kBlocked;
  if (is_blocked != c.blocked) {
    out.push_back(SeatBlocked{concert->id, index_of(*concert, *date), c.seat, c.blocked});
  }
  return Reject::kNone;
}

Reject decide(const Ask& ask, const BlockSeats& c, EventBatch& out, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const ConcertDate* date = concert->find_date(c.date);
  if (date == nullptr) return Reject::kDateNotFound;
  const SeatMap& map = date->seats;
  std::vector<HoldId> stale;
  bool differs = false;
  SeatNumber last;
  for (const SeatRange& range : c.ranges) {
    if (range.first <= last || range.last < range.first || !map.contains(range.last)) {
      detail.seats = {map.contains(range.first) ? range.last : range.first};
      return Reject::kSeatNotFound;
    }
    last = range.last;
    for (std::uint32_t n = range.first.value; n <= range.last.value; ++n) {
      const SeatNumber seat{n};
      const bool is_blocked = map.state(seat) == SeatState::kBlocked;
      differs = differs || (c.blocked ? !is_blocked : is_blocked);
      if (!c.blocked || map.owner(seat) == 0) continue;
      if (const Hold* hold = stale_hold_of(*concert, *date, seat, ask.now)) {
        stale.push_back(hold->id);
      } else if (detail.seats.size() < kSeatsPerHoldMax) {
        detail.seats.push_back(seat);
      }
    }
  }
  if (!detail.seats.empty()) return Reject::kSeatHeldOrSold;
  if (!differs) return Reject::kNone;
  expire_holds(*concert, stale, out);
  out.push_back(SeatsBlocked{concert->id, index_of(*concert, *date), c.ranges, c.blocked});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const CreateConcert& c, EventBatch& out, RejectDetail& detail) {
  // A resend before the reply to the first request: the same concert.
  if (const Registration* r = ask.slot.find_unconfirmed(ask.command.key.key)) {
    return r->key == ask.command.key ? Reject::kNone : Reject::kIdempotencyKeyReused;
  }
  if (ask.slot.registrations.size() >= kConcertsMax) return Reject::kTooManyConcerts;
  for (const DateSpec& date : c.spec.dates) {
    detail.date = date.date;
    // Every request sets closes_at; a date without one never closes, and so has not passed.
    if (!date.closes_at.is_set()) continue;
    if (date.closes_at <= ask.now || is_past(date.date, date.starts_at, ask.now))
      return Reject::kDatePassed;
  }
  ConcertSpec spec = c.spec;
  if (const Reject r = expand_plans(ask.slot, c.planned, spec.dates, detail); r != Reject::kNone)
    return r;
  const ConcertId id{static_cast<std::uint32_t>(ask.slot.registrations.size()) + 1};
  out.push_back(ConcertRegistered{id, std::move(spec), ask.command.key});
  if (c.seed) out.push_back(OrderSet{id, *c.seed});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const OpenConcert& c, EventBatch& out, RejectDetail&) {
  if (ask.slot.find_concert(c.concert) != nullptr) return Reject::kNone;
  out.push_back(ConcertCreatedEvent{c.concert, c.spec});
  if (!c.seed) return Reject::kNone;
  out.push_back(OrderSet{c.concert, *c.seed});
  // A sale that opens at once has an empty line.
  if (c.spec.opens_at <= ask.now) out.push_back(LineShuffled{c.concert, 0});
  return Reject::kNone;
}

Reject decide(const Ask& ask, const OpenDone& c, EventBatch& out, RejectDetail&) {
  const auto& registrations = ask.slot.registrations;
  if (c.concert.value < 1 || c.concert.value > registrations.size())
    return Reject::kConcertNotFound;
  if (!registrations[c.concert.value - 1].confirmed)
    out.push_back(RegistrationConfirmed{c.concert});
  return Reject::kNone;
}

Reject decide(const Ask&, const ReadAudit&, EventBatch&, RejectDetail&) { return Reject::kNone; }

void answer(const Ask& ask, const ReadAudit& c, const EventBatch&, Reply& reply) {
  AuditView view;
  for (const AuditEntry& entry : ask.slot.audit.entries()) {
    const ActPosition position{entry.at, ask.slot.id, entry.seq};
    if (position <= c.after) continue;
    view.more = view.acts.size() >= c.limit;
    if (view.more) break;
    view.acts.push_back({position, entry.act});
  }
  reply.body = std::move(view);
}

}  // namespace frontrow
