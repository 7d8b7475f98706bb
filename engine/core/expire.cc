#include <algorithm>

#include "engine/core/decide.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

constexpr Duration kIdleSweepEvery = milliseconds(100);
// Refunds by a cancellation begin in small steps: fans wait for each of them.
constexpr Duration kRefundStep = milliseconds(5);
constexpr std::size_t kRefundsPerStep = 12;
constexpr std::uint32_t kAdmitBatchMax = 4096;

// An active user who was not seen since the admission and holds nothing: the session ends for the
// next user.
bool is_no_show(const Concert& c, const Session& session) {
  if (!session.holds.empty() || session.paying) return false;
  return c.line.token(session.number).seen() < session.admitted_at;
}

// The events of one due timer; none if it has become moot (then the timer is cancelled).
void expire_timer(Concert& c, const TimerWheel::Due& due, EventBatch& out) {
  const std::uint32_t counter = counter_of_timer(due.key);
  switch (kind_of_timer(due.key)) {
    case TimerKind::kOpening:
      open_sale(c, out);
      return;
    case TimerKind::kClosing:
      out.push_back(PhaseChanged{c.id, Phase::kClosed});
      return;
    case TimerKind::kPayment: {
      const Payment* payment = c.find_payment(make_payment_id(c.id, counter));
      out.push_back(PaymentFailed{c.id, payment->id, Reject::kPaymentTimeout, {}, payment->amount});
      return;
    }
    case TimerKind::kHold:
      out.push_back(HoldExpired{c.id, make_hold_id(c.id, counter)});
      return;
    case TimerKind::kSession:
      end_token_events(c, TicketNumber{counter}, TokenState::kExpired, out);
      return;
    case TimerKind::kNoShow: {
      Session& session = c.sessions.find(TicketNumber{counter})->second;
      if (is_no_show(c, session)) {
        end_token_events(c, session.number, TokenState::kExpired, out);
        return;
      }
      c.timers.cancel(session.no_show_timer);
      session.no_show_timer = TimerWheel::kNone;
      return;
    }
  }
}

std::uint32_t admissible(const Concert& c, Instant now) {
  if (c.phase != Phase::kOpen || c.line.waiting() == 0) return 0;
  const std::uint32_t cap = c.rules.queue.max_active;
  const std::uint32_t room = cap > c.active() ? cap - c.active() : 0;
  return std::min({room, c.admission_credit(now), c.line.waiting(), kAdmitBatchMax});
}

bool admit_next(const Concert& c, Instant now, EventBatch& out) {
  const std::uint32_t count = admissible(c, now);
  if (count == 0) return false;
  const LinePlace first = c.line.next_waiting(LinePlace{c.admitted_up_to.value + 1});
  LinePlace last = first;
  for (std::uint32_t i = 1; i < count; ++i) last = c.line.next_waiting(LinePlace{last.value + 1});
  out.push_back(TokensAdmitted{c.id, first, last, count});
  return true;
}

// Refunds that wait for their wallets.
std::size_t refunds_open(const Concert& c) {
  std::size_t open = 0;
  for (const auto& date : c.dates) open += date->payments_refunding;
  return open;
}

// Whether a payment may still need a refund by a cancellation.
bool has_refunds_due(const Concert& c) {
  return c.refund_cursor < c.last_payment &&
         std::ranges::any_of(c.dates, [](const auto& date) { return date->is_cancelled(); });
}

// Begins the refunds of the next payments of cancelled dates, as many as may wait for their wallets
// at once. A payment that is not decided yet stops the scan until it is. One of which some seats
// are just being refunded is looked at again when that is done (finish_refund).
bool refund_next(Concert& c, Instant now, EventBatch& out) {
  if (!has_refunds_due(c)) {
    c.refund_cursor = c.last_payment;  // a cancellation begins anew; nothing is looked for before
    return false;
  }
  if (now - c.refund_stepped_at < kRefundStep) return false;
  const std::size_t open = refunds_open(c);
  const std::size_t room = kRefundsAtOnce - std::min(open, kRefundsAtOnce);
  bool is_blocked = room == 0;
  std::uint32_t looked = 0;
  for (std::uint32_t n = c.refund_cursor + 1; n <= c.last_payment; ++n) {
    if (looked++ == kCancelScanMax || out.size() >= std::min(room, kRefundsPerStep)) break;
    const Payment* payment = c.find_payment(make_payment_id(c.id, n));
    if (payment != nullptr && c.dates[payment->date_index]->is_cancelled()) {
      is_blocked |= payment->state == PaymentState::kStarted;
      if (is_blocked) break;
      if (payment->state == PaymentState::kCompleted)
        refund_events(c, *payment, seats_left(*payment), {}, out);
    }
    c.refund_cursor = n;
  }
  if (!out.empty() || is_blocked) c.refund_stepped_at = now;
  return !out.empty();
}

// Scans a bounded stretch of the line for users who stopped polling.
bool sweep_idle(Concert& c, Instant now, EventBatch& out) {
  if (now - c.idle_swept_at < kIdleSweepEvery || c.line.waiting() == 0) return false;
  const Duration idle = seconds(c.rules.queue.idle_s);
  std::uint32_t looked = 0;
  LinePlace place =
      c.line.next_waiting(LinePlace{std::max(c.idle_cursor.value, c.admitted_up_to.value) + 1});
  for (; place && looked < kIdleSweepMax && out.size() < kExpireEventsMax; ++looked) {
    const TicketNumber n = c.line.at_place(place);
    if (now - c.line.token(n).seen() > idle) {
      out.push_back(TokenEnded{c.id, n, TokenState::kExpired});
    }
    c.idle_cursor = place;
    place = c.line.next_waiting(LinePlace{place.value + 1});
  }
  if (!place) c.idle_cursor = {};
  // A stretch that fills the batch is followed by the next one at once.
  if (out.size() < kExpireEventsMax) c.idle_swept_at = now;
  return !out.empty();
}

}  // namespace

bool expire_next(Concert& concert, Instant now, EventBatch& out) {
  concert.timers.advance(now);
  while (!concert.timers.due().empty()) {
    const TimerWheel::Due due = concert.timers.due().front();
    expire_timer(concert, due, out);
    if (!out.empty()) return true;
  }
  if (offer_next(concert, now, out)) return true;
  if (admit_next(concert, now, out)) return true;
  if (refund_next(concert, now, out)) return true;
  return sweep_idle(concert, now, out);
}

Instant next_wakeup(const Concert& concert, Instant now) {
  if (has_offers_due(concert, now)) return now;
  Instant wake = concert.timers.next();
  if (has_refunds_due(concert))
    wake = std::min(wake, std::max(concert.refund_stepped_at + kRefundStep, now));
  if (concert.line.waiting() == 0) return wake;
  wake = std::min(wake, std::max(concert.idle_swept_at + kIdleSweepEvery, now));
  if (concert.phase != Phase::kOpen || concert.active() >= concert.rules.queue.max_active)
    return wake;
  const std::int64_t missing = std::max<std::int64_t>(1000 - concert.admission_milli(now), 0);
  const std::int64_t rate = std::max<std::uint32_t>(concert.rules.queue.admit_per_second, 1);
  return std::min(wake, now + milliseconds((missing + rate - 1) / rate));
}

}  // namespace frontrow
