#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

std::uint32_t counter_of(HoldId id) { return static_cast<std::uint32_t>(id.value); }
std::uint32_t counter_of(PaymentId id) { return static_cast<std::uint32_t>(id.value); }

Hold& hold_of(Concert& c, HoldId id) {
  const auto found = c.holds.find(id);
  FR_CHECK(found != c.holds.end());
  return found->second;
}

Payment& payment_of(Concert& c, PaymentId id) {
  const auto found = c.payments.find(id);
  FR_CHECK(found != c.payments.end());
  return found->second;
}

Session* session_of(Concert& c, TicketNumber number) {
  const auto found = c.sessions.find(number);
  return found == c.sessions.end() ? nullptr : &found->second;
}

void cancel(Concert& c, TimerWheel::Handle& handle) {
  if (handle != TimerWheel::kNone) c.timers.cancel(handle);
  handle = TimerWheel::kNone;
}

void reschedule(Concert& c, TimerWheel::Handle& handle, Instant deadline, TimerKind kind,
                std::uint32_t counter) {
  cancel(c, handle);
  handle = c.timers.schedule(deadline, timer_key(kind, counter));
}

void set_seats(Concert& c, std::uint16_t date_index, const SeatList& seats, SeatState state,
               std::uint32_t owner) {
  SeatMap& map = c.dates[date_index]->seats;
  for (const SeatNumber seat : seats) map.set(seat, state, owner);
  map.bump_version();
}

void erase_hold(Session& session, HoldId id) {
  session.holds.erase(std::remove(session.holds.begin(), session.holds.end(), id),
                      session.holds.end());
}

void forget_in_session(Concert& c, const Hold& hold) {
  Session* session = session_of(c, hold.number);
  if (session == nullptr) return;
  Rehash guard(c.hash, *session);
  erase_hold(*session, hold.id);
}

void drop_buyer_if_empty(Concert& c, const UserId& user) {
  const auto found = c.buyers.find(user);
  const Buyer& b = found->second;
  if (b.seats_held == 0 && b.seats_paid == 0 && !b.unsettled) c.buyers.erase(found);
}

// After a change that the seats and the waitlist do not show.
void look_for_offers_anew(Concert& c) {
  if (!c.has_waitlist()) return;
  for (const auto& date : c.dates) date->no_offers_at.reset();
}

// --- settings

void change(Concert& c, const ConcertChanged& e, Instant time) {
  Rehash guard(c.hash, c);
  // Admissions earned at the old rate stay granted; the new rate applies from now on.
  c.admission = {c.admission_milli(time), time};
  c.title = e.title;
  c.opens_at = e.opens_at;
  c.schedule_opening();
  c.rules = e.rules;
  look_for_offers_anew(c);
  c.token_epoch = e.token_epoch;
  if (!e.closes_at.is_set()) return;
  for (const auto& date : c.dates) {
    const Instant closes_at = date->closing_for(e.closes_at, time);
    if (closes_at == date->closes_at) continue;
    date->closes_at = closes_at;
    date->seats.bump_version();
  }
  schedule_closing(c);
}

void add_dates(Concert& c, const DatesAdded& e) {
  Rehash guard(c.hash, c);
  const std::uint64_t version = c.next_version();
  for (const DateSpec& spec : e.dates) {
    c.add_date(spec);
    c.dates.back()->seats.restore_version(version);
    c.dates.back()->is_changed = true;
  }
  c.sort_dates();
  schedule_closing(c);
}

void add_sections(Concert& c, const SectionsAdded& e) {
  Rehash guard(c.hash, c);
  ConcertDate& date = *c.dates[e.date_index];
  date.seats.add_sections(e.sections);
  date.is_changed = true;
}

// Holds and payments keep their amounts.
void change_prices(Concert& c, const PricesChanged& e) {
  Rehash guard(c.hash, c);
  ConcertDate& date = *c.dates[e.date_index];
  for (const CategoryPrice& price : e.prices) date.seats.set_price(price);
  date.is_changed = true;
}

// Holds, payments and the waitlist have the index of the date, which stays.
void postpone_date(Concert& c, const DatePostponed& e) {
  Rehash guard(c.hash, c);
  ConcertDate& date = *c.dates[e.date_index];
  date.date = e.date;
  date.starts_at = e.starts_at;
  date.closes_at = e.closes_at;
  date.seats.restore_version(c.next_version());
  date.is_changed = true;
  c.sort_dates();
  schedule_closing(c);
}

void change_phase(Concert& c, const PhaseChanged& e, Instant time) {
  Rehash guard(c.hash, c);
  c.phase = e.phase;
  c.admission = {kFullBucket, time};
  if (e.phase != Phase::kScheduled) cancel(c, c.opening_timer);
  schedule_closing(c);
}

// --- the line

void join(Concert& c, const TokenJoined& e, Instant time) {
  const TicketNumber number = c.line.join(e.user, time);
  FR_CHECK(number == e.number);
}

void spend_challenge(Concert& c, const ChallengeSpent& e, Instant time) {
  c.challenges.put(e.challenge, time);
}

// The concert opens with its first batch, unless it has opened.
void add_codes(Concert& c, const AccessCodesAdded& e, Instant time) {
  FR_CHECK(e.batch == c.codes.batches().size() + 1);
  c.codes.add({.opens_at = e.opens_at,
               .uses = e.uses,
               .count = static_cast<std::uint32_t>(e.hashes.size()),
               .added_at = time,
               .key = e.key},
              e.hashes);
  c.schedule_opening();
}

void shuffle(Concert& c, const LineShuffled& e) {
  FR_CHECK(c.awaits_shuffle() && e.count == c.line.drawn() && !c.admitted_up_to);
  Rehash guard(c.hash, c);
  c.shuffle->is_done = true;
  c.shuffle->count = e.count;
  c.line.shuffle(c.shuffle->seed, e.count);
  c.idle_cursor = {};
}

void admit(Concert& c, const TokensAdmitted& e, Instant time) {
  const std::int64_t milli = c.admission_milli(time);
  std::uint32_t count = 0;
  for (LinePlace place = c.line.next_waiting(e.first); place && place <= e.last;
       place = c.line.next_waiting(place)) {
    const TicketNumber n = c.line.at_place(place);
    c.line.admit(n);
    Session session{
        .number = n, .admitted_at = time, .expires_at = time + seconds(c.rules.queue.session_s)};
    session.timer = c.timers.schedule(session.expires_at, timer_key(TimerKind::kSession, n.value));
    session.no_show_timer = c.timers.schedule(time + seconds(c.rules.queue.idle_s),
                                              timer_key(TimerKind::kNoShow, n.value));
    add_to_sum(c.hash, session);
    c.sessions.emplace(n, std::move(session));
    ++count;
  }
  FR_CHECK(count == e.count);
  c.admitted_up_to = e.last;
  c.admission = {milli - std::int64_t{count} * 1000, time};
  c.admissions.add(count, time);
}

// REQUIRES: earlier events have released the holds of the session.
void end_token(Concert& c, TicketNumber number, TokenState state) {
  if (Session* session = session_of(c, number)) {
    FR_CHECK(session->holds.empty() && !session->paying);
    cancel(c, session->timer);
    cancel(c, session->no_show_timer);
    take_from_sum(c.hash, *session);
    c.sessions.erase(number);
  }
  c.line.end(number, state);
}

// --- holds

void hold_seats(Concert& c, const SeatsHeld& e, bool is_offer = false) {
  FR_CHECK(counter_of(e.hold) == c.last_hold + 1);
  c.last_hold = counter_of(e.hold);
  Session* session = session_of(c, e.number);
  FR_CHECK(session != nullptr);
  set_seats(c, e.date_index, e.seats, SeatState::kHeld, counter_of(e.hold));
  Hold hold{.id = e.hold,
            .user = c.line.token(e.number).user,
            .number = e.number,
            .date_index = e.date_index,
            .seats = e.seats,
            .amount = e.amount,
            .expires_at = e.expires_at,
            .is_offer = is_offer};
  hold.timer = c.timers.schedule(e.expires_at, timer_key(TimerKind::kHold, counter_of(e.hold)));
  add_to_sum(c.hash, hold);
  c.buyers[hold.user].seats_held += static_cast<std::uint32_t>(e.seats.size());
  c.holds.emplace(e.hold, std::move(hold));
  look_for_offers_anew(c);  // the user may have as many seats as allowed
  Rehash guard(c.hash, *session);
  session->holds.push_back(e.hold);
}

// Frees the seats and lowers the user's seat count. The caller erases or marks the hold itself.
void free_hold(Concert& c, Hold& hold, Instant freed_at, Instant time) {
  FR_CHECK(hold.state == HoldState::kHeld);
  c.given_up.note(hold.user, hold.expires_at, hold.date_index, hold.seats, freed_at, time);
  set_seats(c, hold.date_index, hold.seats, SeatState::kFree, 0);
  cancel(c, hold.timer);
  c.buyers[hold.user].seats_held -= static_cast<std::uint32_t>(hold.seats.size());
  drop_buyer_if_empty(c, hold.user);
  forget_in_session(c, hold);
}

void release_hold(Concert& c, HoldId id, Instant time) {
  Hold& hold = hold_of(c, id);
  free_hold(c, hold, std::min(hold.expires_at, time), time);
  take_from_sum(c.hash, hold);
  c.holds.erase(id);
}

void expire_hold(Concert& c, HoldId id, Instant time) {
  {
    Hold& hold = hold_of(c, id);
    free_hold(c, hold, hold.expires_at, time);
    Rehash guard(c.hash, hold);
    hold.state = HoldState::kExpired;
  }
  c.expired_holds.push_back(id);
  if (c.expired_holds.size() <= kExpiredHoldsKept) return;
  const HoldId oldest = c.expired_holds.front();
  c.expired_holds.pop_front();
  take_from_sum(c.hash, hold_of(c, oldest));
  c.holds.erase(oldest);
}

void extend_hold(Concert& c, const HoldExtended& e) {
  Hold& hold = hold_of(c, e.hold);
  FR_CHECK(hold.state == HoldState::kHeld);
  Rehash guard(c.hash, hold);
  hold.expires_at = e.expires_at;
  ++hold.extensions;
  reschedule(c, hold.timer, hold.expires_at, TimerKind::kHold, counter_of(hold.id));
}

// The earlier deadline and the larger number of extensions: joining holds gains no time.
void merge_holds(Concert& c, const HoldsMerged& e) {
  Hold& into = hold_of(c, e.hold);
  Hold& from = hold_of(c, e.merged);
  FR_CHECK(into.state == HoldState::kHeld && from.state == HoldState::kHeld);
  FR_CHECK(into.number == from.number && into.date_index == from.date_index);
  {
    Rehash guard(c.hash, into);
    for (const SeatNumber seat : from.seats) into.seats.push_back(seat);
    std::ranges::sort(into.seats);
    into.amount.minor += from.amount.minor;
    into.expires_at = std::min(into.expires_at, from.expires_at);
    into.extensions = std::max(into.extensions, from.extensions);
    into.merged.push_back(from.id);
    into.merged.insert(into.merged.end(), from.merged.begin(), from.merged.end());
    reschedule(c, into.timer, into.expires_at, TimerKind::kHold, counter_of(into.id));
  }
  set_seats(c, into.date_index, from.seats, SeatState::kHeld, counter_of(into.id));
  cancel(c, from.timer);
  forget_in_session(c, from);
  take_from_sum(c.hash, from);
  c.holds.erase(e.merged);
}

void block_seat(Concert& c, const SeatBlocked& e) {
  set_seats(c, e.date_index, {e.seat}, e.blocked ? SeatState::kBlocked : SeatState::kFree, 0);
}

void block_seats(Concert& c, const SeatsBlocked& e) {
  SeatMap& map = c.dates[e.date_index]->seats;
  const SeatState state = e.blocked ? SeatState::kBlocked : SeatState::kFree;
  for (const SeatRange& range : e.ranges) {
    for (std::uint32_t n = range.first.value; n <= range.last.value; ++n) {
      const SeatNumber seat{n};
      if (map.state(seat) == SeatState::kFree || map.state(seat) == SeatState::kBlocked)
        map.set(seat, state, 0);
    }
  }
  map.bump_version();
}

// Its holds run out; they can't be paid. Its payments are refunded by expire_next().
void cancel_date(Concert& c, const DateCancelled& e, Instant time) {
  Rehash guard(c.hash, c);
  ConcertDate& date = *c.dates[e.date_index];
  FR_CHECK(!date.is_cancelled());
  date.cancelled_at = time;
  date.cancel_key = e.key;
  if (!date.closes_at.is_set() || date.closes_at > time) date.closes_at = time;
  date.seats.bump_version();
  c.waitlist_entries -= date.waitlist.size();
  date.waitlist.clear();
  c.refund_cursor = 0;
  schedule_closing(c);
}

// --- the waitlist

void join_waitlist(Concert& c, const WaitlistJoined& e, Instant time) {
  ConcertDate& date = *c.dates[e.date_index];
  date.waitlist.join({e.entry, e.user, e.section, e.quantity, time});
  ++c.waitlist_entries;
  date.no_offers_at.reset();
}

void leave_waitlist(Concert& c, std::uint16_t date_index, std::uint32_t entry) {
  ConcertDate& date = *c.dates[date_index];
  date.waitlist.leave(entry);
  --c.waitlist_entries;
  date.no_offers_at.reset();
}

// A session of the token for the offered seats; one that goes on lasts as long as the offer.
void let_in_for_offer(Concert& c, TicketNumber number, Instant until, Instant time) {
  if (Session* known = session_of(c, number)) {
    if (known->expires_at >= until) return;
    Rehash guard(c.hash, *known);
    known->expires_at = until;
    if (!known->paying) reschedule(c, known->timer, until, TimerKind::kSession, number.value);
    return;
  }
  if (c.line.token(number).state == TokenState::kWaiting) {
    c.line.admit(number);
  } else {
    c.line.readmit(number);
  }
  Session session{.number = number, .admitted_at = time, .expires_at = until};
  session.is_for_offer = true;
  session.timer = c.timers.schedule(until, timer_key(TimerKind::kSession, number.value));
  add_to_sum(c.hash, session);
  c.sessions.emplace(number, std::move(session));
}

void offer_seats(Concert& c, const SeatsOffered& e, Instant time) {
  leave_waitlist(c, e.date_index, e.entry);
  let_in_for_offer(c, e.number, e.expires_at, time);
  hold_seats(c, {c.id, e.hold, e.number, e.date_index, e.seats, e.amount, e.expires_at}, true);
}

// --- payment

void start_payment(Concert& c, const PaymentStarted& e, Instant time) {
  FR_CHECK(counter_of(e.payment) == c.last_payment + 1);
  c.last_payment = counter_of(e.payment);
  Hold& hold = hold_of(c, e.hold);
  FR_CHECK(hold.state == HoldState::kHeld);
  Payment payment{.id = e.payment,
                  .hold = e.hold,
                  .user = hold.user,
                  .number = hold.number,
                  .date_index = hold.date_index,
                  .seats = hold.seats,
                  .amount = hold.amount,
                  .decide_by = e.decide_by,
                  .key = e.key};
  payment.timer =
      c.timers.schedule(e.decide_by, timer_key(TimerKind::kPayment, counter_of(e.payment)));
  add_to_sum(c.hash, payment);
  c.outbox[e.payment] = {OutboxKind::kReserve, payment.user, time};
  c.buyers[payment.user].unsettled = e.payment;
  ++c.dates[payment.date_index]->payments_undecided;
  c.payments.emplace(e.payment, std::move(payment));
  {
    Rehash guard(c.hash, hold);
    hold.state = HoldState::kPaying;
    hold.payment = e.payment;
    cancel(c, hold.timer);
  }
  Session* session = session_of(c, hold.number);
  FR_CHECK(session != nullptr);
  Rehash guard(c.hash, *session);
  session->paying = e.payment;
  cancel(c, session->timer);
}

// The running payment is decided: the hold and the session that it froze may end again.
void unfreeze(Concert& c, Payment& payment, Hold& hold, HoldState state) {
  cancel(c, payment.timer);
  {
    Rehash guard(c.hash, hold);
    hold.state = state;
  }
  Session* session = session_of(c, payment.number);
  FR_CHECK(session != nullptr && session->paying == payment.id);
  Rehash guard(c.hash, *session);
  session->paying = {};
  const bool goes_on = state == HoldState::kHeld || c.rules.stay_after_payment;
  if (goes_on)
    reschedule(c, session->timer, session->expires_at, TimerKind::kSession, payment.number.value);
  if (state == HoldState::kHeld) {
    reschedule(c, hold.timer, hold.expires_at, TimerKind::kHold, counter_of(hold.id));
    return;
  }
  erase_hold(*session, hold.id);
}

void sell(Concert& c, const Sold& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  Hold& hold = hold_of(c, payment.hold);
  unfreeze(c, payment, hold, HoldState::kPaid);
  {
    Rehash guard(c.hash, payment);
    payment.state = PaymentState::kCompleted;
    payment.balance = e.balance;
    payment.paid_at = time;
  }
  set_seats(c, hold.date_index, hold.seats, SeatState::kSold, counter_of(hold.id));
  Buyer& buyer = c.buyers[payment.user];
  const auto seats = static_cast<std::uint32_t>(hold.seats.size());
  buyer.seats_held -= seats;
  buyer.seats_paid += seats;
  c.revenue.minor += payment.amount.minor;
  ++c.payments_completed;
  --c.dates[payment.date_index]->payments_undecided;
  ++c.dates[payment.date_index]->payments_paid;
  c.sales.add(seats, time);
  c.outbox[e.payment] = {OutboxKind::kPost, payment.user, time};
  if (c.rules.stay_after_payment) {
    c.line.mark_bought(payment.number);
  } else {
    end_token(c, payment.number, TokenState::kCompleted);
  }
}

// A payment and its hold, complete from the first. Only a buyer by name has a limit and a list.
void sell_at_office(Concert& c, const SeatsSoldAtOffice& e, Instant time) {
  FR_CHECK(counter_of(e.hold) == c.last_hold + 1 && counter_of(e.payment) == c.last_payment + 1);
  c.last_hold = counter_of(e.hold);
  c.last_payment = counter_of(e.payment);
  set_seats(c, e.date_index, e.seats, SeatState::kSold, counter_of(e.hold));
  Hold hold{.id = e.hold,
            .user = e.user,
            .date_index = e.date_index,
            .state = HoldState::kPaid,
            .seats = e.seats,
            .amount = e.amount,
            .expires_at = time,
            .payment = e.payment};
  add_to_sum(c.hash, hold);
  c.holds.emplace(e.hold, std::move(hold));
  Payment payment{.id = e.payment,
                  .hold = e.hold,
                  .user = e.user,
                  .date_index = e.date_index,
                  .state = PaymentState::kCompleted,
                  .seats = e.seats,
                  .amount = e.amount,
                  .paid_at = time};
  add_to_sum(c.hash, payment);
  c.payments.emplace(e.payment, std::move(payment));
  const auto seats = static_cast<std::uint32_t>(e.seats.size());
  c.revenue.minor += e.amount.minor;
  ++c.payments_completed;
  ++c.dates[e.date_index]->payments_paid;
  c.sales.add(seats, time);
  if (e.user.is_nil()) return;
  c.buyers[e.user].seats_paid += seats;
  c.outbox[e.payment] = {OutboxKind::kList, e.user, time};
  look_for_offers_anew(c);  // the user may have as many seats as allowed
}

// A refusal of the wallet needs no outbox entry: the wallet has its tombstone. For any other reason
// the wallet must void the payment.
void fail_payment(Concert& c, const PaymentFailed& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  Hold& hold = hold_of(c, payment.hold);
  unfreeze(c, payment, hold, HoldState::kHeld);
  {
    Rehash guard(c.hash, hold);
    hold.payment = {};
  }
  const UserId user = payment.user;
  --c.dates[payment.date_index]->payments_undecided;
  take_from_sum(c.hash, payment);
  c.payments.erase(e.payment);
  if (e.reason == Reject::kInsufficientBalance) {
    c.outbox.erase(e.payment);
    c.buyers[user].unsettled = {};
  } else {
    c.outbox[e.payment] = {OutboxKind::kVoid, user, time};
  }
}

void settle(Concert& c, const PaymentSettled& e) {
  const auto outbox_entry = c.outbox.find(e.payment);
  FR_CHECK(outbox_entry != c.outbox.end());
  const UserId user = outbox_entry->second.user;
  const bool is_listed = outbox_entry->second.kind == OutboxKind::kList;
  c.outbox.erase(outbox_entry);
  if (is_listed) return;
  c.buyers[user].unsettled = {};
  drop_buyer_if_empty(c, user);
}

void start_refund(Concert& c, const RefundStarted& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  FR_CHECK(payment.state == PaymentState::kCompleted);
  Rehash guard(c.hash, payment);
  --c.dates[payment.date_index]->payments_paid;
  ++c.dates[payment.date_index]->payments_refunding;
  payment.state = PaymentState::kRefunding;
  payment.refund_key = e.key;
  c.outbox[e.payment] = {OutboxKind::kReturn, payment.user, time};
}

// A sale at the box office has no wallet to wait for: the refund is done with the next event.
void start_seats_refund(Concert& c, const SeatsRefundStarted& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  if (!payment.is_of_office()) start_refund(c, {e.concert, e.payment, e.key}, time);
  Rehash guard(c.hash, payment);
  payment.refunds.push_back({e.seats, e.amount, {}, {}});
}

// Of a whole sale at the box office there was no start.
void finish_refund(Concert& c, const Refunded& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  const bool is_of_office = payment.is_of_office();
  FR_CHECK(payment.state == (is_of_office ? PaymentState::kCompleted : PaymentState::kRefunding));
  const bool is_last = payment.refunds.empty() || seats_left(payment).empty();
  const SeatList seats = seats_of_refund(payment);
  const Money amount = money_of_refund(payment);
  {
    Rehash guard(c.hash, payment);
    payment.state = is_last ? PaymentState::kRefunded : PaymentState::kCompleted;
    if (!payment.refunds.empty()) {
      payment.refunds.back().refunded_at = time;
      payment.refunds.back().balance = e.balance;
    }
    if (is_last) {
      payment.refunded_at = time;
      payment.refund_balance = e.balance;
    }
  }
  if (!is_of_office) c.outbox.erase(e.payment);
  set_seats(c, payment.date_index, seats, SeatState::kFree, 0);
  if (!payment.user.is_nil()) {
    Buyer& buyer = c.buyers[payment.user];
    buyer.seats_paid -= static_cast<std::uint32_t>(seats.size());
    if (buyer.unsettled == e.payment) buyer.unsettled = {};
    drop_buyer_if_empty(c, payment.user);
  }
  c.revenue.minor -= amount.minor;
  ConcertDate& date = *c.dates[payment.date_index];
  --(is_of_office ? date.payments_paid : date.payments_refunding);
  ++(is_last ? date.payments_refunded : date.payments_paid);
  if (is_last) ++c.payments_refunded;
  // The cancellation of the date has passed over the seats that are left.
  if (!is_last && date.is_cancelled())
    c.refund_cursor = std::min(c.refund_cursor, counter_of(payment.id) - 1);
}

void use_ticket(Concert& c, const TicketUsed& e, Instant time) {
  Payment& payment = payment_of(c, e.payment);
  FR_CHECK(std::ranges::find(payment.uses, e.seat, &TicketUse::seat) == payment.uses.end());
  Rehash guard(c.hash, payment);
  payment.uses.push_back({e.seat, time, e.by});
}

}  // namespace

void apply_to_concert(Concert& c, const Event& event, Instant time) {
  std::visit(Match{
                 [&](const ConcertChanged& e) { change(c, e, time); },
                 [&](const PhaseChanged& e) { change_phase(c, e, time); },
                 [&](const DatesAdded& e) { add_dates(c, e); },
                 [&](const SectionsAdded& e) { add_sections(c, e); },
                 [&](const PricesChanged& e) { change_prices(c, e); },
                 [&](const DatePostponed& e) { postpone_date(c, e); },
                 [&](const TokenJoined& e) { join(c, e, time); },
                 [&](const ChallengeSpent& e) { spend_challenge(c, e, time); },
                 [&](const AccessCodesAdded& e) { add_codes(c, e, time); },
                 [&](const AccessCodeUsed& e) { c.codes.use(e.batch, e.code); },
                 [&](const LineShuffled& e) { shuffle(c, e); },
                 [&](const TokensAdmitted& e) { admit(c, e, time); },
                 [&](const TokenEnded& e) { end_token(c, e.number, e.state); },
                 [&](const SeatsHeld& e) { hold_seats(c, e); },
                 [&](const HoldReleased& e) { release_hold(c, e.hold, time); },
                 [&](const HoldExpired& e) { expire_hold(c, e.hold, time); },
                 [&](const HoldExtended& e) { extend_hold(c, e); },
                 [&](const HoldsMerged& e) { merge_holds(c, e); },
                 [&](const SeatBlocked& e) { block_seat(c, e); },
                 [&](const SeatsBlocked& e) { block_seats(c, e); },
                 [&](const WaitlistJoined& e) { join_waitlist(c, e, time); },
                 [&](const WaitlistLeft& e) { leave_waitlist(c, e.date_index, e.entry); },
                 [&](const SeatsOffered& e) { offer_seats(c, e, time); },
                 [&](const DateCancelled& e) { cancel_date(c, e, time); },
                 [&](const PaymentStarted& e) { start_payment(c, e, time); },
                 [&](const Sold& e) { sell(c, e, time); },
                 [&](const SeatsSoldAtOffice& e) { sell_at_office(c, e, time); },
                 [&](const PaymentFailed& e) { fail_payment(c, e, time); },
                 [&](const PaymentSettled& e) { settle(c, e); },
                 [&](const RefundStarted& e) { start_refund(c, e, time); },
                 [&](const SeatsRefundStarted& e) { start_seats_refund(c, e, time); },
                 [&](const Refunded& e) { finish_refund(c, e, time); },
                 [&](const TicketUsed& e) { use_ticket(c, e, time); },
                 [&](const auto&) { FR_CHECK(!"an event of a concert"); },
             },
             event);
}

}  // namespace frontrow
