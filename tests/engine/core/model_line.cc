#include <algorithm>

#include "engine/base/seeded_shuffle.h"
#include "tests/engine/core/support/model.h"

namespace frontrow::model {

std::vector<TicketNumber> ConcertRow::in_line() const {
  std::vector<TicketNumber> numbers;
  for (const std::uint32_t number : order) numbers.push_back(TicketNumber{number});
  while (numbers.size() < places.size())
    numbers.push_back(TicketNumber{static_cast<std::uint32_t>(numbers.size()) + 1});
  return numbers;
}

LinePlace ConcertRow::place_of(TicketNumber number) const {
  const std::vector<TicketNumber> line = in_line();
  const auto place = std::ranges::find(line, number) - line.begin() + 1;
  return LinePlace{static_cast<std::uint32_t>(place)};
}

void Model::create(ConcertId id, const ConcertSpec& spec, Instant now,
                   std::optional<Bytes32> seed) {
  ConcertRow c;
  c.spec = spec;
  c.seed = seed;
  c.phase = Phase::kScheduled;
  if (spec.opens_at <= now) open(c);
  c.credit = 1e9;
  c.credit_at = now;
  concerts_[id] = c;
}

// At the first opening, the line gets its order.
void Model::open(ConcertRow& c) {
  c.phase = Phase::kOpen;
  if (!c.seed || c.is_shuffled) return;
  c.is_shuffled = true;
  c.order = shuffled_numbers(*c.seed, static_cast<std::uint32_t>(c.places.size()));
}

ConcertRow* Model::find(ConcertId id) {
  const auto found = concerts_.find(id);
  return found == concerts_.end() ? nullptr : &found->second;
}

bool Model::is_own_token(const ConcertRow& c, const Caller& caller) const {
  const std::uint32_t n = caller.number.value;
  return n >= 1 && n <= c.places.size() && c.places[n - 1].user == caller.user &&
         caller.token_epoch == c.epoch;
}

bool Model::has_bought(const ConcertRow& c, const UserId& user) const {
  return std::ranges::any_of(c.payments, [&user](const auto& row) {
    const Stage s = row.second.stage;
    return row.second.user == user && !row.second.of_office && s != Stage::kStarted &&
           s != Stage::kFailed;
  });
}

TokenState Model::end_of(const ConcertRow& c, const Place& p, TokenState state) const {
  const bool stayed =
      (c.spec.rules.stay_after_payment || p.is_for_offer) && p.state == TokenState::kActive;
  return stayed && has_bought(c, p.user) ? TokenState::kCompleted : state;
}

// A session past its end is over unless a payment keeps it.
TokenState Model::state_of(const ConcertRow& c, const Place& p, Instant now) const {
  if (p.state == TokenState::kActive && p.expires_at <= now && !p.paying)
    return end_of(c, p, TokenState::kExpired);
  return p.state;
}

QueueEntry Model::entry(ConcertId id, const ConcertRow& c, TicketNumber number, Instant now) const {
  const Place& p = c.places[number.value - 1];
  QueueEntry e{.concert = id,
               .user = p.user,
               .state = state_of(c, p, now),
               .number = number,
               .token_epoch = c.epoch,
               .phase = c.phase};
  std::uint32_t before = 0;
  bool is_before = true;
  for (const TicketNumber n : c.in_line()) {
    is_before = is_before && n != number;
    if (c.places[n.value - 1].state != TokenState::kWaiting) continue;
    ++e.waiting;
    if (is_before) ++before;
  }
  if (c.seed) e.shuffle = c.is_shuffled ? Shuffle::kDone : Shuffle::kPending;
  if (e.shuffle == Shuffle::kDone) e.place = c.place_of(number);
  if (e.state == TokenState::kWaiting)
    e.position = e.shuffle == Shuffle::kPending ? e.waiting : before + 1;
  if (e.state == TokenState::kActive) e.expires_at = p.expires_at;
  const WaitlistView waitlist = waitlist_view(id, c, p.user, now);
  for (const WaitlistPlace& place : waitlist.places) {
    const std::uint32_t first = e.waitlist_position == 0 ? place.position : e.waitlist_position;
    e.waitlist_position = std::min(first, place.position);
  }
  for (const HoldView& offer : waitlist.offers)
    if (e.state == TokenState::kActive && offer.state == HoldState::kHeld) e.offered = offer.hold;
  e.at = now;
  return e;
}

std::optional<Reply> Model::access(ConcertId id, ConcertRow& c, const Caller& caller, Who who,
                                   Instant now) const {
  const bool is_identified = !caller.number && !caller.user.is_nil();
  if (is_identified && who == Who::kAnybody) return std::nullopt;
  if (!is_own_token(c, caller)) return refuse(Reject::kInvalidToken);
  if (who == Who::kAnybody) return std::nullopt;
  const TokenState s = state_of(c, c.places[caller.number.value - 1], now);
  if (s == TokenState::kActive || (who == Who::kActiveOrCompleted && s == TokenState::kCompleted))
    return std::nullopt;
  if (s != TokenState::kWaiting) return refuse(Reject::kTokenExpired);
  RejectDetail detail;
  detail.entry = entry(id, c, caller.number, now);
  return refuse(Reject::kNotAdmitted, detail);
}

// Records a hold that ended unpaid: until `rests_until` its user can't hold the seats again.
void Model::give_up(ConcertRow& c, HoldId id, Instant freed_at) {
  const HoldRow& h = c.holds.at(id);
  c.given_up.push_back(
      {h.user, h.date, h.seats, h.expires_at, std::min(freed_at, h.expires_at) + seconds(5)});
}

void Model::end_place(ConcertRow& c, TicketNumber number, TokenState state, Instant now) {
  for (const auto& [id, h] : c.holds) {
    if (h.number == number && h.state == HoldState::kHeld) give_up(c, id, now);
  }
  std::erase_if(c.holds, [number](const auto& row) {
    return row.second.number == number && row.second.state == HoldState::kHeld;
  });
  Place& place = c.places[number.value - 1];
  place.state = end_of(c, place, state);
}

double Model::credit(const ConcertRow& c, Instant now) const {
  const double rate = c.spec.rules.queue.admit_per_second;
  const double burst = std::max(1.0, rate / 10);
  return std::min(burst, c.credit + rate * static_cast<double>((now - c.credit_at).ms) / 1000);
}

void Model::admit(ConcertRow& c, TicketNumber number, Instant now) {
  Place& p = c.places[number.value - 1];
  c.credit = credit(c, now) - 1;
  c.credit_at = now;
  c.let_in = c.place_of(number);
  p.state = TokenState::kActive;
  p.admitted_at = now;
  p.expires_at = now + seconds(c.spec.rules.queue.session_s);
  p.no_show_at = now + seconds(c.spec.rules.queue.idle_s);
}

static std::size_t count(const ConcertRow& c, TokenState state) {
  return static_cast<std::size_t>(std::ranges::count(c.places, state, &Place::state));
}

Reply Model::join(Context& x, const Join& j) {
  ConcertRow* c = find(j.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  TicketNumber known;
  for (std::uint32_t n = 1; n <= c->places.size(); ++n) {
    if (c->places[n - 1].user == j.user) known = TicketNumber{n};
  }
  const bool same = known && is_live(state_of(*c, c->places[known.value - 1], x.now));
  if (!same) {
    if (c->phase == Phase::kClosed && has_bought(*c, j.user))
      return {Reject::kNone, false, false, entry(j.concert, *c, known, x.now)};
    if (c->phase == Phase::kClosed) return refuse(Reject::kSaleClosed);
    std::uint32_t* uses_left = nullptr;
    if (const Reject no = find_code(*c, j, x.now, &uses_left); no != Reject::kNone)
      return refuse(no);
    if (j.challenge != 0) {
      if (j.is_late) return refuse(Reject::kChallengeExpired);
      const auto spent = c->challenges.find(j.challenge);
      if (spent != c->challenges.end() && spent->second + seconds(1200) >= x.now)
        return refuse(Reject::kChallengeSpent);
      c->challenges[j.challenge] = x.now;
    }
    if (uses_left != nullptr) --*uses_left;
    const bool nobody_waits = count(*c, TokenState::kWaiting) == 0;
    const bool room = count(*c, TokenState::kActive) < c->spec.rules.queue.max_active;
    if (known && is_live(c->places[known.value - 1].state))
      end_place(*c, known, TokenState::kExpired, x.now);
    c->places.push_back({.user = j.user, .seen = x.now});
    known = TicketNumber{static_cast<std::uint32_t>(c->places.size())};
    x.made = true;
    if (c->phase == Phase::kOpen && nobody_waits && room && credit(*c, x.now) > 1 - 1e-6)
      admit(*c, known, x.now);
  }
  return {Reject::kNone, x.made, false, entry(j.concert, *c, known, x.now)};
}

Reply Model::read_pass(Context& x, const ReadPass& r) {
  ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const Caller& caller = x.command.caller;
  if (auto no = access(r.concert, *c, caller, Who::kActive, x.now)) return *no;
  const Place& p = c->places[caller.number.value - 1];
  return {Reject::kNone, false, false,
          PassView{r.concert, p.user, caller.number, p.admitted_at, p.expires_at}};
}

Reply Model::leave(Context& x, const Leave& l) {
  ConcertRow* c = find(l.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (!is_own_token(*c, x.command.caller)) return refuse(Reject::kInvalidToken);
  const TicketNumber number = x.command.caller.number;
  if (!is_live(state_of(*c, c->places[number.value - 1], x.now)))
    return refuse(Reject::kTokenExpired);
  if (c->places[number.value - 1].paying) return refuse(Reject::kPaymentInProgress);
  end_place(*c, number, TokenState::kLeft, x.now);
  return {};
}

Reply Model::end_token(Context& x, const EndToken& e) {
  ConcertRow* c = find(e.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (e.number.value < 1 || e.number.value > c->places.size())
    return refuse(Reject::kPlaceNotFound);
  const Place& place = c->places[e.number.value - 1];
  const bool is_over =
      place.state == TokenState::kActive && place.expires_at <= x.now && !place.paying;
  if (!is_live(place.state) || is_over) return refuse(Reject::kPlaceOver);
  if (place.paying) return refuse(Reject::kPaymentInProgress);
  end_place(*c, e.number, TokenState::kExpired, x.now);
  return {};
}

Reply Model::change(Context& x, const ChangeConcert& change) {
  ConcertRow* c = find(change.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const bool is_presale = !c->codes.empty() && x.now < c->spec.opens_at;
  if (change.opens_at && (change.phase || (c->phase != Phase::kScheduled && !is_presale)))
    return refuse(Reject::kConflictingSettings);
  ConcertRow changed;
  changed.spec.dates = dates_after(*c, change, x.now);
  const Instant closes_at = changed.closes_at();
  if (closes_at.is_set() && change.phase.value_or(c->phase) != Phase::kClosed && closes_at <= x.now)
    return refuse(Reject::kConflictingSettings);
  const bool opens_later = change.opens_at || (c->phase == Phase::kScheduled && !change.phase);
  if (closes_at.is_set() && opens_later && closes_at <= change.opens_at.value_or(c->spec.opens_at))
    return refuse(Reject::kConflictingSettings);
  if (const Reject why = why_not(*c, change, x.now); why != Reject::kNone) return refuse(why);
  c->spec.dates = changed.spec.dates;
  SaleRules rules = c->spec.rules;
  rules.no_single_seats = change.no_single_seats.value_or(rules.no_single_seats);
  rules.stay_after_payment = change.stay_after_payment.value_or(rules.stay_after_payment);
  rules.hold_extensions = change.hold_extensions.value_or(rules.hold_extensions);
  rules.offer_s = change.offer_s.value_or(rules.offer_s);
  rules.queue.max_active = change.max_active.value_or(rules.queue.max_active);
  rules.queue.admit_per_second = change.admit_per_second.value_or(rules.queue.admit_per_second);
  rules.queue.session_s = change.session_s.value_or(rules.queue.session_s);
  rules.queue.idle_s = change.idle_s.value_or(rules.queue.idle_s);
  rules.hold_s = change.hold_s.value_or(rules.hold_s);
  rules.seats_per_user = change.seats_per_user.value_or(rules.seats_per_user);
  if (rules != c->spec.rules) {
    c->credit = credit(*c, x.now);
    c->credit_at = x.now;
  }
  c->spec.rules = rules;
  c->spec.title = change.title.value_or(c->spec.title);
  c->spec.opens_at = change.opens_at.value_or(c->spec.opens_at);
  if (change.revoke_tokens) ++c->epoch;
  if (change.phase && *change.phase != c->phase) {
    c->phase = *change.phase;
    if (c->phase == Phase::kOpen) open(*c);
    c->credit = 1e9;
    c->credit_at = x.now;
  }
  return read_concert(x, change.concert);
}

// Executes the earliest due deadline; at equal times: opening, payments, holds, no-shows, sessions,
// closing.
bool Model::one_due(ConcertRow& c, ConcertId id, Instant now) {
  std::tuple<Instant, int, std::uint64_t> first{kNever, 0, 0};
  const auto offer = [&](Instant at, int kind, std::uint64_t which) {
    if (at <= now) first = std::min(first, std::tuple{at, kind, which});
  };
  if (c.phase == Phase::kScheduled) offer(c.opening_at(), 1, 0);
  for (const auto& [payment, row] : c.payments) {
    if (row.stage == Stage::kStarted) offer(row.decide_by, 2, payment.value);
  }
  for (const auto& [hold, row] : c.holds) {
    if (row.state == HoldState::kHeld) offer(row.expires_at, 3, hold.value);
  }
  for (std::uint32_t n = 1; n <= c.places.size(); ++n) {
    const Place& p = c.places[n - 1];
    if (p.state != TokenState::kActive) continue;
    if (!p.no_show_checked) offer(p.no_show_at, 4, n);
    if (!p.paying) offer(p.expires_at, 5, n);
  }
  if (c.phase != Phase::kClosed && c.closes_at().is_set()) offer(c.closes_at(), 6, 0);
  const auto [at, kind, which] = first;
  if (kind == 0) return false;
  if (kind == 1) {
    open(c);
    c.credit = 1e9;
    c.credit_at = now;
  }
  if (kind == 2) fail(c, PaymentId{which}, Reject::kPaymentTimeout, {}, false);
  if (kind == 3) {
    give_up(c, HoldId{which}, now);
    c.holds.at(HoldId{which}).state = HoldState::kExpired;
  }
  if (kind == 4) {
    const TicketNumber number{static_cast<std::uint32_t>(which)};
    Place& p = c.places[which - 1];
    p.no_show_checked = true;
    const bool holds = std::ranges::any_of(c.holds, [&](const auto& row) {
      return row.second.number == number &&
             (row.second.state == HoldState::kHeld || row.second.state == HoldState::kPaying);
    });
    if (!holds && p.seen < p.admitted_at) end_place(c, number, TokenState::kExpired, now);
  }
  if (kind == 5)
    end_place(c, TicketNumber{static_cast<std::uint32_t>(which)}, TokenState::kExpired, now);
  if (kind == 6) {
    c.phase = Phase::kClosed;
    c.credit = 1e9;
    c.credit_at = now;
  }
  static_cast<void>(id);
  return true;
}

void Model::pass_time(ConcertId id, ConcertRow& c, Instant now) {
  while (one_due(c, id, now)) {
  }
  offer_seats(c, id, now);
  std::size_t active = count(c, TokenState::kActive);
  for (const TicketNumber n : c.in_line()) {
    if (c.phase != Phase::kOpen) break;
    if (c.places[n.value - 1].state != TokenState::kWaiting) continue;
    if (active >= c.spec.rules.queue.max_active || credit(c, now) < 1 - 1e-6) break;
    admit(c, n, now);
    ++active;
  }
  refund_cancelled(c, now);
  if (count(c, TokenState::kWaiting) == 0 || (now - c.swept_at).ms < 100) return;
  c.swept_at = now;
  for (Place& p : c.places) {
    const bool idle = p.seen + seconds(c.spec.rules.queue.idle_s) < now;
    if (p.state == TokenState::kWaiting && idle) p.state = TokenState::kExpired;
  }
}

void Model::tick(Instant now) {
  for (auto& [id, c] : concerts_) pass_time(id, c, now);
}

void Model::restart(Instant now) {
  for (auto& [id, c] : concerts_) {
    c.swept_at = {};
    c.refunds_at = {};
    c.given_up.clear();
    for (Place& p : c.places) p.seen = now;
  }
}

Instant Model::next_deadline() const {
  Instant next = kNever;
  for (const auto& [id, c] : concerts_) {
    if (c.phase == Phase::kScheduled) next = std::min(next, c.opening_at());
    for (const DateSpec& date : c.spec.dates) {
      if (date.closes_at.is_set() && c.phase != Phase::kClosed)
        next = std::min(next, date.closes_at);
    }
    for (const auto& [hold, row] : c.holds) {
      if (row.state == HoldState::kHeld) next = std::min(next, row.expires_at);
    }
    for (const auto& [payment, row] : c.payments) {
      if (row.stage == Stage::kStarted)
        next = std::min({next, row.decide_by, c.holds.at(row.hold).expires_at});
    }
    for (const Place& p : c.places) {
      if (p.state == TokenState::kActive) next = std::min(next, p.expires_at);
    }
  }
  return next;
}

}  // namespace frontrow::model
