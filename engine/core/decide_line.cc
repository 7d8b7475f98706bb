#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kPollNearMs = 1000;
constexpr std::uint32_t kPollFarMs = 15'000;
constexpr std::uint32_t kPollActiveMs = 5000;
constexpr std::uint32_t kPollMsPerPlace = 5;

// Grows with the distance, but not beyond half of the remaining wait, so that a user does not learn
// of the turn late. Stays well inside the idle limit. Spread by a fifth either way, so that users
// who joined together do not poll together.
std::uint32_t poll_after_ms(const Concert& c, const QueueEntry& entry) {
  const std::uint32_t far =
      std::clamp(c.rules.queue.idle_s * 1000 / 3, std::uint32_t{250}, kPollFarMs);
  std::uint64_t wanted = kPollNearMs + std::uint64_t{entry.position} * kPollMsPerPlace;
  if (entry.estimated_wait_s >= 0) {
    const std::uint64_t half_ms = static_cast<std::uint64_t>(entry.estimated_wait_s) * 500;
    wanted = std::min(wanted, std::max<std::uint64_t>(half_ms, kPollNearMs));
  }
  if (c.phase == Phase::kClosed) wanted = far;  // nothing moves until the sale opens again
  const auto base = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, far));
  const std::uint64_t spread =
      mix64(entry.number.value ^ static_cast<std::uint64_t>(entry.at.ms)) % 401;  // 0..400 permille
  return static_cast<std::uint32_t>(base * (800 + spread) / 1000);
}

// -1 while unknown: the sale is paused or closed, or the shop is full and no token was admitted
// lately.
std::int32_t estimated_wait_s(const Concert& c, std::uint32_t position, Instant now) {
  if (c.phase != Phase::kOpen && c.phase != Phase::kScheduled) return -1;
  const std::int64_t until_open_ms =
      c.phase == Phase::kScheduled ? std::max<std::int64_t>((c.opening_at() - now).ms, 0) : 0;
  std::int64_t per_minute = std::int64_t{c.rules.queue.admit_per_second} * 60;
  if (c.active() + position > c.rules.queue.max_active) {
    per_minute = std::min<std::int64_t>(per_minute, c.admissions.per_minute(now));
  }
  if (per_minute == 0) return -1;
  const std::int64_t wait_ms = until_open_ms + std::int64_t{position} * 60'000 / per_minute;
  return static_cast<std::int32_t>(std::min<std::int64_t>((wait_ms + 999) / 1000, 999'999));
}

// Whether the user is in the shop although a payment is completed: the session stayed, or an offer
// of the waitlist began another one.
bool stayed(const Concert& c, TicketNumber number) {
  const Token& token = c.line.token(number);
  if (token.state != TokenState::kActive || !token.has_bought) return false;
  return c.rules.stay_after_payment || c.find_session(number)->is_for_offer;
}

// The user's place before the first offer, over all dates; 0 on no waitlist.
std::uint32_t waitlist_position(const Concert& c, const UserId& user) {
  std::uint32_t first = 0;
  for (const auto& date : c.dates) {
    const WaitlistEntry* entry = date->waitlist.find(user);
    if (entry == nullptr) continue;
    const std::uint32_t position = date->waitlist.position(entry->number);
    first = first == 0 ? position : std::min(first, position);
  }
  return first;
}

// The newest hold of the session that the waitlist offers.
HoldId offered_in(const Concert& c, const Session& session, Instant now) {
  HoldId offered;
  for (const HoldId id : session.holds) {
    const Hold& hold = *c.find_hold(id);
    if (hold.is_offer && hold.state == HoldState::kHeld && !is_expired(hold, now)) offered = id;
  }
  return offered;
}

}  // namespace

TokenState effective_state(const Concert& concert, TicketNumber number, Instant now) {
  const TokenState state = concert.line.token(number).state;
  if (state != TokenState::kActive) return state;
  const Session* session = concert.find_session(number);
  if (session->expires_at > now || session->paying) return state;
  return stayed(concert, number) ? TokenState::kCompleted : TokenState::kExpired;
}

Reject identify(const Concert& concert, const Caller& caller) {
  if (!concert.line.was_drawn(caller.number)) return Reject::kInvalidToken;
  if (concert.line.token(caller.number).user != caller.user) return Reject::kInvalidToken;
  if (caller.token_epoch != concert.token_epoch) return Reject::kInvalidToken;
  return Reject::kNone;
}

Reject require(const Concert& concert, const Caller& caller, Access access, Instant now,
               RejectDetail& detail) {
  const bool is_identified = !caller.number && !caller.user.is_nil();
  if (is_identified && access == Access::kAny) return Reject::kNone;
  if (const Reject r = identify(concert, caller); r != Reject::kNone) return r;
  if (access == Access::kAny) return Reject::kNone;
  const TokenState state = effective_state(concert, caller.number, now);
  if (state == TokenState::kActive) return Reject::kNone;
  if (state == TokenState::kCompleted && access == Access::kActiveOrCompleted) return Reject::kNone;
  if (state != TokenState::kWaiting) return Reject::kTokenExpired;
  if (access == Access::kLive) return Reject::kNone;
  detail.entry = queue_entry(concert, caller.number, now);
  return Reject::kNotAdmitted;
}

Reject check_access(const Ask& ask, ConcertId id, Access access, RejectDetail& detail) {
  const Concert* concert = ask.slot.find_concert(id);
  if (concert == nullptr) return Reject::kConcertNotFound;
  return require(*concert, ask.command.caller, access, ask.now, detail);
}

QueueEntry queue_entry(const Concert& concert, TicketNumber number, Instant now) {
  QueueEntry entry{.concert = concert.id,
                   .user = concert.line.token(number).user,
                   .state = effective_state(concert, number, now),
                   .number = number,
                   .token_epoch = concert.token_epoch,
                   .waiting = concert.line.waiting(),
                   .at = now,
                   .phase = concert.phase};
  if (entry.state == TokenState::kWaiting) {
    const bool is_pending = concert.awaits_shuffle();
    entry.position = is_pending ? entry.waiting : concert.line.position(number);
    if (!is_pending) entry.estimated_wait_s = estimated_wait_s(concert, entry.position, now);
    entry.poll_after_ms = poll_after_ms(concert, entry);
  }
  if (entry.state == TokenState::kActive) {
    const Session& session = *concert.find_session(number);
    entry.expires_at = session.expires_at;
    entry.estimated_wait_s = 0;
    entry.poll_after_ms = kPollActiveMs;
    entry.offered = offered_in(concert, session, now);
  }
  if (concert.shuffle) {
    entry.shuffle = concert.shuffle->is_done ? Shuffle::kDone : Shuffle::kPending;
    if (concert.shuffle->is_done) entry.place = concert.line.place_of(number);
  }
  if (concert.has_waitlist()) {
    entry.waitlist_position = waitlist_position(concert, entry.user);
    if (entry.waitlist_position != 0 && !is_live(entry.state)) entry.poll_after_ms = kPollActiveMs;
  }
  return entry;
}

void end_token_events(const Concert& concert, TicketNumber number, TokenState state,
                      EventBatch& out) {
  if (const Session* session = concert.find_session(number)) {
    for (const HoldId hold : session->holds) out.push_back(HoldReleased{concert.id, hold});
  }
  if (stayed(concert, number)) state = TokenState::kCompleted;
  out.push_back(TokenEnded{concert.id, number, state});
}

Reject decide(const Ask& ask, const Join& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const TicketNumber known = concert->line.find(c.user);
  if (known && is_live(effective_state(*concert, known, ask.now))) return Reject::kNone;
  if (concert->phase == Phase::kClosed) {
    // A buyer gets a token of the ended place, to read the purchases.
    return known && concert->line.token(known).has_bought ? Reject::kNone : Reject::kSaleClosed;
  }
  std::optional<AccessCodeUsed> code;
  if (const Reject r = check_access_code(*concert, c, ask.now, code); r != Reject::kNone) return r;
  if (concert->present() >= ask.policy.people_max) return Reject::kLineFull;
  if (concert->line.drawn() >= ask.policy.drawn_max) return Reject::kNumbersExhausted;
  if (c.challenge != 0) {
    if (c.is_late) return Reject::kChallengeExpired;
    if (concert->challenges.has(c.challenge, ask.now)) return Reject::kChallengeSpent;
    out.push_back(ChallengeSpent{concert->id, c.challenge});
  }
  if (code) out.push_back(*code);
  // A session past its deadline that has not been expired yet.
  if (known && is_live(concert->line.token(known).state)) {
    end_token_events(*concert, known, TokenState::kExpired, out);
  }
  const TicketNumber number = concert->line.next_number();
  out.push_back(TokenJoined{concert->id, number, c.user});
  // With an empty line and room inside, the new token is admitted at once.
  if (concert->phase == Phase::kOpen && concert->line.waiting() == 0 &&
      concert->active() < concert->rules.queue.max_active &&
      concert->admission_credit(ask.now) > 0) {
    const LinePlace place = concert->line.place_of(number);
    out.push_back(TokensAdmitted{concert->id, place, place, 1});
  }
  return Reject::kNone;
}

void answer(const Ask& ask, const Join& c, const EventBatch& events, Reply& reply) {
  const Concert& concert = concert_at(ask, c.concert);
  reply.created = !events.empty();
  reply.body = queue_entry(concert, concert.line.find(c.user), ask.now);
}

Reject decide(const Ask& ask, const Leave& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  RejectDetail none;
  const TicketNumber number = ask.command.caller.number;
  if (const Reject r = require(*concert, ask.command.caller, Access::kLive, ask.now, none);
      r != Reject::kNone)
    return r;
  const Session* session = concert->find_session(number);
  if (session != nullptr && session->paying) return Reject::kPaymentInProgress;
  end_token_events(*concert, number, TokenState::kLeft, out);
  return Reject::kNone;
}

Reject decide(const Ask& ask, const ReadToken& c, EventBatch&, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  return concert == nullptr ? Reject::kConcertNotFound : identify(*concert, ask.command.caller);
}

void answer(const Ask& ask, const ReadToken& c, const EventBatch&, Reply& reply) {
  reply.body = queue_entry(concert_at(ask, c.concert), ask.command.caller.number, ask.now);
}

Reject decide(const Ask& ask, const CheckToken& c, EventBatch&, RejectDetail& detail) {
  return check_access(ask, c.concert, Access::kActiveOrCompleted, detail);
}

}  // namespace frontrow
