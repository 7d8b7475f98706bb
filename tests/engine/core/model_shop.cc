#include <algorithm>

#include "tests/engine/core/support/model.h"

namespace frontrow::model {

// The hold that owns the seat now, stale or not: held, being paid, or sold and not refunded.
const HoldRow* Model::owner(const ConcertRow& c, std::size_t date, SeatNumber seat,
                            HoldId* id) const {
  for (const auto& [hold_id, row] : c.holds) {
    if (row.date != date || row.state == HoldState::kExpired) continue;
    if (std::ranges::find(row.seats, seat) == row.seats.end()) continue;
    if (row.state == HoldState::kPaid) {
      const SeatList back = seats_refunded(c.payments.at(row.payment), Refunds::kDone);
      if (std::ranges::find(back, seat) != back.end()) continue;
    }
    if (id != nullptr) *id = hold_id;
    return &row;
  }
  return nullptr;
}

static std::uint32_t seats_of(const DateSpec& date) {
  std::uint32_t total = 0;
  for (const SectionSpec& s : date.sections) total += s.seats;
  return total;
}

Money Model::price_of(const DateSpec& date, SeatNumber seat) {
  std::uint32_t left = seat.value;
  for (const SectionSpec& s : date.sections) {
    if (left <= s.seats) return s.price;
    left -= s.seats;
  }
  return {};
}

static std::optional<std::size_t> date_at(const ConcertRow& c, Date date) {
  for (std::size_t i = 0; i < c.spec.dates.size(); ++i) {
    if (c.spec.dates[i].date == date) return i;
  }
  return std::nullopt;
}

std::uint32_t Model::free_seats(const ConcertRow& c, std::size_t date) const {
  std::uint32_t free = 0;
  for (std::uint32_t n = 1; n <= seats_of(c.spec.dates[date]); ++n) {
    const SeatNumber seat{n};
    if (!c.blocked.contains({date, seat}) && owner(c, date, seat) == nullptr) ++free;
  }
  return free;
}

bool Model::is_over(const HoldRow& hold, Instant now) const {
  return hold.state == HoldState::kExpired ||
         (hold.state == HoldState::kHeld && hold.expires_at <= now);
}

bool Model::is_refunded(const ConcertRow& c, const HoldRow& hold) const {
  return hold.state == HoldState::kPaid && c.payments.at(hold.payment).stage == Stage::kRefunded;
}

HoldView Model::view(ConcertId id, const ConcertRow& c, HoldId hold_id) const {
  const HoldRow& h = c.holds.at(hold_id);
  return {hold_id,
          id,
          c.spec.dates[h.date].date,
          h.seats,
          h.amount,
          c.spec.currency,
          h.expires_at,
          is_refunded(c, h) ? HoldState::kRefunded : h.state};
}

Purchase purchase(ConcertId id, const ConcertRow& c, PaymentId payment_id) {
  const PaymentRow& p = c.payments.at(payment_id);
  return {payment_id, p.hold, id, p.user, c.spec.dates[p.date].date, p.seats, p.amount};
}

PaymentView Model::view(ConcertId id, const ConcertRow& c, PaymentId payment_id) const {
  const PaymentRow& p = c.payments.at(payment_id);
  PaymentView v{purchase(id, c, payment_id), c.spec.currency, p.balance, p.paid_at,
                PaymentState::kCompleted};
  v.is_of_office = p.of_office;
  if (p.stage == Stage::kRefunding) v.state = PaymentState::kRefunding;
  if (p.stage == Stage::kRefunded) v.state = PaymentState::kRefunded;
  v.refunded = seats_refunded(p, Refunds::kDone);
  v.refunded_amount = money_refunded(p, Refunds::kDone);
  return v;
}

// The tickets of a payment; `uses`: the one of the seat is used.
Reply Model::tickets(Context& x, PaymentId payment_id, SeatNumber seat, bool uses) {
  const ConcertId id = concert_of(payment_id);
  ConcertRow* c = find(id);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto found = c->payments.find(payment_id);
  if (found == c->payments.end()) return refuse(Reject::kTicketNotFound);
  PaymentRow& p = found->second;
  const bool has_seat = std::ranges::find(p.seats, seat) != p.seats.end();
  if (p.stage == Stage::kStarted || p.stage == Stage::kFailed ||
      (!has_seat && (uses || seat.value != 0))) {
    return refuse(Reject::kTicketNotFound);
  }
  const SeatList back = seats_refunded(p, Refunds::kBegun);
  if (uses && std::ranges::find(back, seat) != back.end()) return refuse(Reject::kTicketVoid);
  for (const TicketUse& use : p.uses) {
    RejectDetail detail;
    detail.use = use;
    if (uses && use.seat == seat) return refuse(Reject::kTicketUsed, detail);
  }
  if (uses) p.uses.push_back({seat, x.now, x.command.caller.actor});
  x.made = uses;
  const PaymentView v = view(id, *c, payment_id);
  return {Reject::kNone, false, false,
          TicketsView{v.purchase, v.state, v.paid_at, p.uses, seat, back}};
}

// A rejection; nullopt if the hold is the caller's and alive or paid.
std::optional<Reply> Model::own_hold(Context& x, HoldId id) {
  ConcertRow* c = find(concert_of(id));
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto found = c->holds.find(id);
  if (x.command.caller.is_operator()) {
    if (found == c->holds.end()) return refuse(Reject::kHoldNotFound);
    return is_over(found->second, x.now) ? std::optional(refuse(Reject::kHoldExpired))
                                         : std::nullopt;
  }
  const bool own = found != c->holds.end() && found->second.user == x.command.caller.user;
  const bool paid = own && found->second.state == HoldState::kPaid;
  if (auto no = access(concert_of(id), *c, x.command.caller, paid ? Who::kAnybody : Who::kActive,
                       x.now)) {
    return no;
  }
  if (!own) return refuse(Reject::kHoldNotFound);
  if (is_over(found->second, x.now)) return refuse(Reject::kHoldExpired);
  return std::nullopt;
}

Reply Model::place_hold(Context& x, const PlaceHold& p) {
  ConcertRow* c = find(p.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (auto no = access(p.concert, *c, x.command.caller, Who::kActive, x.now)) return *no;
  if (c->phase == Phase::kClosed) return refuse(Reject::kSaleClosed);
  const auto date = date_at(*c, p.date);
  if (!date) return refuse(Reject::kDateNotFound);
  RejectDetail detail;
  for (const SeatNumber seat : p.seats) {
    if (seat.value < 1 || seat.value > seats_of(c->spec.dates[*date])) detail.seats.push_back(seat);
  }
  if (!detail.seats.empty()) return refuse(Reject::kSeatNotFound, detail);
  const DateSpec& spec = c->spec.dates[*date];
  const bool has_section =
      std::ranges::any_of(spec.sections, [&](const SectionSpec& s) { return s.name == p.section; });
  if (!p.section.empty() && !has_section) return refuse(Reject::kSectionNotFound);
  const bool has_category = std::ranges::any_of(
      spec.sections, [&](const SectionSpec& s) { return s.category == p.category; });
  if (!p.category.empty() && !has_category) return refuse(Reject::kSectionNotFound);
  if (c->cancelled.contains(*date)) return refuse(Reject::kDateCancelled);
  if (spec.closes_at.is_set() && spec.closes_at <= x.now) return refuse(Reject::kDateClosed);

  const UserId& user = x.command.caller.user;
  if (c->places[x.command.caller.number.value - 1].is_for_offer) return refuse(Reject::kOfferOnly);
  detail.held = seats_counted(*c, user, x.now);
  detail.limit = c->spec.rules.seats_per_user;
  const std::size_t wanted = p.seats.empty() ? p.quantity : p.seats.size();
  if (detail.held + wanted > detail.limit) return refuse(Reject::kLimitExceeded, detail);
  const SeatList seats = p.seats.empty() ? best_seats(*c, *date, p, user, x.now) : p.seats;
  if (seats.empty()) {
    count_available(*c, *date, p, detail);
    return refuse(Reject::kNotAvailable, detail);
  }

  const auto is_left_out = [&](SeatNumber seat) {
    std::uint32_t left = seat.value;
    for (const SectionSpec& s : spec.sections) {
      if (left <= s.seats) return claimed(*c, *date).contains(s.name);
      left -= s.seats;
    }
    return false;
  };
  std::set<HoldId> stale;
  HoldRow h{user, x.command.caller.number, *date, seats, {}, {}};
  for (const SeatNumber seat : seats) {
    HoldId id;
    const HoldRow* has = owner(*c, *date, seat, &id);
    // Released by this user a moment ago. The last release counts, whether or not it was applied
    // yet.
    bool rests = has != nullptr && has->user == user && has->expires_at + seconds(5) > x.now;
    for (const GivenUpRow& row : c->given_up) {
      if (has != nullptr || row.date != *date) continue;
      if (std::ranges::find(row.seats, seat) == row.seats.end()) continue;
      rests = row.user == user && row.rests_until > x.now;
    }
    rests = rests || is_left_out(seat);
    if (c->blocked.contains({*date, seat}) || (has != nullptr && !is_over(*has, x.now)) || rests)
      detail.seats.push_back(seat);
    if (has != nullptr) stale.insert(id);
    h.amount.minor += price_of(c->spec.dates[*date], seat).minor;
  }
  detail.free = free_seats(*c, *date);
  if (!detail.seats.empty()) return refuse(Reject::kSeatUnavailable, detail);
  if (c->spec.rules.no_single_seats && !p.seats.empty()) {
    detail.seats = singles_left(*c, *date, seats, user, x.now);
    if (!detail.seats.empty()) return refuse(Reject::kSingleSeatLeft, detail);
  }
  h.expires_at =
      std::min(x.now + seconds(c->spec.rules.hold_s), c->places[h.number.value - 1].expires_at);
  for (const GivenUpRow& row : c->given_up) {
    if (row.user == user && row.deadline > x.now)
      h.expires_at = std::min(h.expires_at, row.deadline);
  }
  for (const HoldId id : stale) {
    give_up(*c, id, x.now);
    c->holds.at(id).state = HoldState::kExpired;
  }
  const HoldId id = make_hold_id(p.concert, ++c->hold_counter);
  c->holds[id] = h;
  x.made = true;
  return {Reject::kNone, true, false, view(p.concert, *c, id)};
}

Reply Model::release(Context& x, const ReleaseHold& r) {
  if (auto no = own_hold(x, r.hold)) return *no;
  ConcertRow& c = *find(concert_of(r.hold));
  const HoldRow& h = c.holds.at(r.hold);
  RejectDetail detail;
  detail.payment = h.payment;
  if (is_refunded(c, h)) return refuse(Reject::kHoldRefunded, detail);
  if (h.state == HoldState::kPaid) return refuse(Reject::kAlreadyPaid, detail);
  if (h.state == HoldState::kPaying) return refuse(Reject::kPaymentInProgress, detail);
  const TicketNumber number = h.number;
  give_up(c, r.hold, x.now);
  c.holds.erase(r.hold);
  const Place& place = c.places[number.value - 1];
  const bool has_others = std::ranges::any_of(c.holds, [&](const auto& row) {
    return row.second.number == number &&
           (row.second.state == HoldState::kHeld || row.second.state == HoldState::kPaying);
  });
  if (place.is_for_offer && !has_others && !place.paying)
    end_place(c, number, TokenState::kExpired, x.now);
  return {};
}

Reply Model::extend(Context& x, const ExtendHold& e) {
  if (auto no = own_hold(x, e.hold)) return *no;
  ConcertRow& c = *find(concert_of(e.hold));
  HoldRow& h = c.holds.at(e.hold);
  RejectDetail detail;
  detail.payment = h.payment;
  if (is_refunded(c, h)) return refuse(Reject::kHoldRefunded, detail);
  if (h.state == HoldState::kPaid) return refuse(Reject::kAlreadyPaid, detail);
  if (h.state == HoldState::kPaying) return refuse(Reject::kPaymentInProgress);
  if (c.cancelled.contains(h.date)) return refuse(Reject::kDateCancelled);
  const Instant until =
      std::min(x.now + seconds(c.spec.rules.hold_s), c.places[h.number.value - 1].expires_at);
  if (h.extensions >= c.spec.rules.hold_extensions || until <= h.expires_at)
    return refuse(Reject::kNoExtensionLeft);
  h.expires_at = until;
  ++h.extensions;
  x.made = true;
  return {Reject::kNone, true, false, view(concert_of(e.hold), c, e.hold)};
}

// The rejection of the other holds, or none; `really`: they become a part of the first one.
std::optional<Reply> Model::merge(Context& x, const Pay& p, bool really) {
  ConcertRow& c = *find(p.concert);
  HoldRow& first = c.holds.at(p.holds[0]);
  std::size_t seats = first.seats.size();
  for (std::size_t i = 1; i < p.holds.size(); ++i) {
    const HoldId id = p.holds[i];
    if (id == p.holds[0] || first.merged.contains(id)) continue;
    if (auto no = own_hold(x, id)) return no;
    const HoldRow other = c.holds.at(id);
    RejectDetail detail;
    for (const HoldRow& row : {other, first}) {
      detail.payment = row.payment;
      if (is_refunded(c, row)) return refuse(Reject::kHoldRefunded, detail);
      if (row.state == HoldState::kPaid) return refuse(Reject::kAlreadyPaid, detail);
    }
    if (other.state == HoldState::kPaying || first.state == HoldState::kPaying)
      return refuse(Reject::kPaymentInProgress);
    seats += other.seats.size();
    if (other.date != first.date || other.number != first.number || seats > kSeatsPerHoldMax)
      return refuse(Reject::kHoldsDiffer);
    if (!really) continue;
    for (const SeatNumber seat : other.seats) first.seats.push_back(seat);
    std::ranges::sort(first.seats);
    first.amount.minor += other.amount.minor;
    first.expires_at = std::min(first.expires_at, other.expires_at);
    first.extensions = std::max(first.extensions, other.extensions);
    first.merged.insert(id);
    first.merged.insert(other.merged.begin(), other.merged.end());
    c.holds.erase(id);
  }
  return std::nullopt;
}

Reply Model::pay(Context& x, const Pay& p) {
  ConcertRow* c = find(p.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  for (const HoldId id : p.holds) {
    if (concert_of(id) == p.concert) continue;
    if (auto no = access(p.concert, *c, x.command.caller, Who::kActive, x.now)) return *no;
    return refuse(Reject::kHoldNotFound);
  }
  if (auto no = own_hold(x, p.holds[0])) return *no;
  HoldRow& h = c->holds.at(p.holds[0]);
  if (is_refunded(*c, h)) {
    RejectDetail detail;
    detail.payment = h.payment;
    return refuse(Reject::kHoldRefunded, detail);
  }
  if (auto no = merge(x, p, false)) return *no;
  if (h.state == HoldState::kPaid && c->payments.at(h.payment).stage != Stage::kStarted) {
    return {Reject::kNone, false, false, view(p.concert, *c, h.payment)};
  }
  x.waits = true;
  if (h.state == HoldState::kPaying) return {};
  if (c->cancelled.contains(h.date)) {
    x.waits = false;
    return refuse(Reject::kDateCancelled);
  }
  for (const auto& [id, row] : c->payments) {
    if (row.user != h.user || row.settled) continue;
    x.waits = false;
    return refuse(Reject::kPaymentInProgress);
  }
  merge(x, p, true);
  const PaymentId id = make_payment_id(p.concert, ++c->payment_counter);
  c->payments[id] = {.hold = p.holds[0],
                     .user = h.user,
                     .number = h.number,
                     .date = h.date,
                     .seats = h.seats,
                     .amount = h.amount,
                     .decide_by = x.now + policy_.payment_decide,
                     .key = x.command.key};
  h.state = HoldState::kPaying;
  h.payment = id;
  c->places[h.number.value - 1].paying = id;
  return {};
}

Reply Model::read_payment(Context& x, const ReadPayment& r) {
  ConcertRow* c = find(concert_of(r.payment));
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const Caller& caller = x.command.caller;
  if (!caller.is_operator()) {
    if (auto no = access(concert_of(r.payment), *c, caller, Who::kAnybody, x.now)) return *no;
  }
  const auto found = c->payments.find(r.payment);
  if (found == c->payments.end()) return refuse(Reject::kPaymentNotFound);
  const PaymentRow& p = found->second;
  const bool own = caller.is_operator() || p.user == caller.user;
  if (!own || p.stage == Stage::kStarted || p.stage == Stage::kFailed)
    return refuse(Reject::kPaymentNotFound);
  return {Reject::kNone, false, false, view(concert_of(r.payment), *c, r.payment)};
}

Reply Model::block(Context& x, const BlockSeat& b) {
  ConcertRow* c = find(b.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto date = date_at(*c, b.date);
  if (!date) return refuse(Reject::kDateNotFound);
  RejectDetail detail;
  detail.seats = {b.seat};
  if (b.seat.value < 1 || b.seat.value > seats_of(c->spec.dates[*date]))
    return refuse(Reject::kSeatNotFound, detail);
  HoldId id;
  if (const HoldRow* has = owner(*c, *date, b.seat, &id)) {
    if (!is_over(*has, x.now)) return refuse(Reject::kSeatHeldOrSold, detail);
    give_up(*c, id, x.now);
    c->holds.at(id).state = HoldState::kExpired;
  }
  if (b.blocked) c->blocked.insert({*date, b.seat});
  if (!b.blocked) c->blocked.erase({*date, b.seat});
  return {};
}

Reply Model::block_many(Context& x, const BlockSeats& b) {
  ConcertRow* c = find(b.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto date = date_at(*c, b.date);
  if (!date) return refuse(Reject::kDateNotFound);
  const std::uint32_t total = seats_of(c->spec.dates[*date]);
  RejectDetail detail;
  std::vector<SeatNumber> seats;
  std::set<HoldId> stale;
  for (const SeatRange& range : b.ranges) {
    const bool begins = range.first.value >= 1 && range.first.value <= total;
    const bool is_apart = seats.empty() || range.first > seats.back();
    if (!begins || !is_apart || range.last.value > total || range.last < range.first) {
      detail.seats = {begins ? range.last : range.first};
      return refuse(Reject::kSeatNotFound, detail);
    }
    for (std::uint32_t n = range.first.value; n <= range.last.value; ++n) {
      HoldId id;
      const HoldRow* has = owner(*c, *date, SeatNumber{n}, &id);
      seats.push_back(SeatNumber{n});
      if (has == nullptr || !b.blocked) continue;
      if (is_over(*has, x.now))
        stale.insert(id);
      else
        detail.seats.push_back(SeatNumber{n});
    }
  }
  if (!detail.seats.empty()) return refuse(Reject::kSeatHeldOrSold, detail);
  for (const HoldId id : stale) {
    give_up(*c, id, x.now);
    c->holds.at(id).state = HoldState::kExpired;
  }
  for (const SeatNumber seat : seats) {
    if (b.blocked) c->blocked.insert({*date, seat});
    if (!b.blocked) c->blocked.erase({*date, seat});
  }
  return {};
}

Reply Model::sell(Context& x, const SellSeats& s) {
  ConcertRow* c = find(s.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto date = date_at(*c, s.date);
  if (!date) return refuse(Reject::kDateNotFound);
  RejectDetail detail;
  for (const SeatNumber seat : s.seats)
    if (seat.value < 1 || seat.value > seats_of(c->spec.dates[*date])) detail.seats.push_back(seat);
  if (!detail.seats.empty()) return refuse(Reject::kSeatNotFound, detail);
  if (c->cancelled.contains(*date)) return refuse(Reject::kDateCancelled);
  std::set<HoldId> stale;
  Money amount;
  for (const SeatNumber seat : s.seats) {
    amount.minor += (s.price ? *s.price : price_of(c->spec.dates[*date], seat)).minor;
    HoldId id;
    const HoldRow* has = owner(*c, *date, seat, &id);
    if (has == nullptr) continue;
    if (is_over(*has, x.now))
      stale.insert(id);
    else
      detail.seats.push_back(seat);
  }
  if (!detail.seats.empty()) return refuse(Reject::kSeatHeldOrSold, detail);
  for (const HoldId id : stale) {
    give_up(*c, id, x.now);
    c->holds.at(id).state = HoldState::kExpired;
  }
  const HoldId hold = make_hold_id(s.concert, ++c->hold_counter);
  const PaymentId payment = make_payment_id(s.concert, ++c->payment_counter);
  for (const SeatNumber seat : s.seats) c->blocked.erase({*date, seat});
  c->holds[hold] = {.user = s.user,
                    .date = *date,
                    .seats = s.seats,
                    .amount = amount,
                    .expires_at = x.now,
                    .state = HoldState::kPaid,
                    .payment = payment};
  c->payments[payment] = {.hold = hold,
                          .user = s.user,
                          .date = *date,
                          .seats = s.seats,
                          .amount = amount,
                          .paid_at = x.now,
                          .stage = Stage::kSold,
                          .settled = true,
                          .of_office = true};
  x.made = true;
  return {Reject::kNone, true, false, view(s.concert, *c, payment)};
}

Reply Model::read_cancellation(Context&, const ReadCancellation& r) {
  ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (r.date && !date_at(*c, *r.date)) return refuse(Reject::kDateNotFound);
  CancellationView v{.concert = r.concert, .date = r.date};
  bool is_any = false;
  for (const auto& [date, by] : c->cancelled) {
    if (r.date && c->spec.dates[date].date != *r.date) continue;
    is_any = true;
    v.cancelled_at = std::max(v.cancelled_at, by.first);
    for (const auto& [id, p] : c->payments) {
      if (p.date != date || p.stage == Stage::kFailed) continue;
      ++(p.stage == Stage::kStarted ? v.undecided : v.payments);
      if (p.stage == Stage::kRefunding) ++v.refunding;
      if (p.stage == Stage::kRefunded) ++v.refunded;
    }
  }
  if (!is_any) return refuse(Reject::kNotCancelled);
  return {Reject::kNone, false, false, v};
}

Reply Model::cancel(Context& x, const CancelDates& d) {
  ConcertRow* c = find(d.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (d.date && !date_at(*c, *d.date)) return refuse(Reject::kDateNotFound);
  for (const auto& [i, by] : c->cancelled) {
    const RequestKey& key = by.second;
    if (d.date && c->spec.dates[i].date != *d.date) continue;
    if (key.present() && key.key == x.command.key.key && key != x.command.key)
      return refuse(Reject::kIdempotencyKeyReused);
  }
  bool is_new = false;
  bool is_again = false;
  for (std::size_t i = 0; i < c->spec.dates.size(); ++i) {
    DateSpec& date = c->spec.dates[i];
    if (d.date && date.date != *d.date) continue;
    if (c->cancelled.contains(i)) {
      const RequestKey& key = c->cancelled.at(i).second;
      is_again = is_again || (key.present() && key == x.command.key);
      continue;
    }
    is_new = true;
    c->cancelled[i] = {x.now, x.command.key};
    c->waitlists.erase(i);
    if (!date.closes_at.is_set() || date.closes_at > x.now) date.closes_at = x.now;
  }
  if (!is_new && !is_again) return refuse(Reject::kAlreadyCancelled);
  if (is_new && !d.date && c->phase != Phase::kClosed) {
    c->phase = Phase::kClosed;
    c->credit = 1e9;
    c->credit_at = x.now;
  }
  return read_cancellation(x, {d.concert, d.date});
}

Reply Model::read_dates(Context& x, const ReadDates& r) {
  ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (auto no = access(r.concert, *c, x.command.caller, Who::kActive, x.now)) return *no;
  DatesView v{r.concert, {}};
  for (const std::size_t i : by_date(*c)) {
    const std::uint32_t free = free_seats(*c, i);
    const DateSpec& date = c->spec.dates[i];
    const bool is_closed = date.closes_at.is_set() && date.closes_at <= x.now;
    if ((free > 0 && !is_closed) || r.all)
      v.dates.push_back({date.date, seats_of(date), free, date.starts_at, date.closes_at});
  }
  return {Reject::kNone, false, false, v};
}

Reply Model::read_seats(Context& x, const ReadSeats& r) {
  ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (auto no = access(r.concert, *c, x.command.caller, Who::kActive, x.now)) return *no;
  const auto date = date_at(*c, r.date);
  if (!date) return refuse(Reject::kDateNotFound);
  auto v = std::make_shared<SeatsSnapshot>();
  v->concert = r.concert;
  v->date = r.date;
  v->total = seats_of(c->spec.dates[*date]);
  v->free = free_seats(*c, *date);
  v->free_bits.resize((v->total + 63) / 64);
  std::uint32_t next = 1;
  for (const SectionSpec& s : c->spec.dates[*date].sections) {
    SectionView section{s.name, s.price, SeatNumber{next}, SeatNumber{next + s.seats - 1}, 0};
    for (; next <= section.last.value; ++next) {
      const SeatNumber seat{next};
      if (c->blocked.contains({*date, seat}) || owner(*c, *date, seat) != nullptr) continue;
      v->free_bits[(next - 1) / 64] |= std::uint64_t{1} << ((next - 1) % 64);
      ++section.free;
    }
    v->sections.push_back(section);
  }
  return {Reject::kNone, false, false, SeatsView(v)};
}

Reply Model::read_concert(Context&, ConcertId id) {
  const ConcertRow* c = find(id);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  ConcertView v{.concert = id,
                .title = c->spec.title,
                .opens_at = c->spec.opens_at,
                .currency = c->spec.currency,
                .rules = c->spec.rules,
                .phase = c->phase,
                .joined = static_cast<std::uint32_t>(c->places.size()),
                .token_epoch = c->epoch};
  if (c->seed) {
    v.shuffle = ShuffleView{sha256_of(*c->seed), {}};
    if (c->is_shuffled)
      v.shuffle->revealed = {{*c->seed, static_cast<std::uint32_t>(c->order.size())}};
  }
  for (const Place& p : c->places) {
    if (p.state == TokenState::kWaiting) ++v.waiting;
    if (p.state == TokenState::kActive) ++v.active;
  }
  for (const auto& [payment, p] : c->payments) {
    if (p.stage == Stage::kStarted || p.stage == Stage::kFailed) continue;
    ++v.payments;
    if (p.stage == Stage::kRefunded) ++v.refunds;
    v.revenue.minor += p.amount.minor - money_refunded(p, Refunds::kDone).minor;
  }
  for (const std::size_t i : by_date(*c)) {
    ConcertDateView d{c->spec.dates[i].date};
    for (std::uint32_t n = 1; n <= seats_of(c->spec.dates[i]); ++n) {
      const HoldRow* has = owner(*c, i, SeatNumber{n});
      if (has != nullptr)
        ++(has->state == HoldState::kPaid ? d.sold : d.held);
      else
        ++(c->blocked.contains({i, SeatNumber{n}}) ? d.blocked : d.free);
    }
    v.dates.push_back(std::make_shared<const ConcertDateView>(d));
  }
  return {Reject::kNone, false, false, v};
}

}  // namespace frontrow::model
