#include "engine/core/state/concert.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace frontrow {
namespace {

constexpr Duration kRateWindow = seconds(10);

HashFold fold(EntityKind kind) { return HashFold(static_cast<std::uint64_t>(kind)); }

void add_seats(HashFold& h, const SeatList& seats) {
  h.add(seats.size());
  for (const SeatNumber seat : seats) h.add(seat.value);
}

void add_terms(HashFold& h, const ConcertDate& date) {
  h.add(5).add(pack(date.date)).add(date.plan.value);
  for (const Section& s : date.seats.sections()) {
    h.add(s.name).add(s.category).add(static_cast<std::uint64_t>(s.kind));
    h.add(s.last.value).add(static_cast<std::uint64_t>(s.price.minor));
  }
  for (const std::uint32_t length : date.seats.rows()) h.add(length);
}

void add_bytes(HashFold& h, const Bytes32& bytes) {
  for (const std::uint64_t word : std::bit_cast<std::array<std::uint64_t, 4>>(bytes)) h.add(word);
}

}  // namespace

StateHash hash_of(const Hold& hold) {
  HashFold h = fold(EntityKind::kHold);
  h.add(hold.id.value)
      .add(hold.user.high())
      .add(hold.user.low())
      .add(hold.number.value)
      .add(hold.date_index);
  h.add(static_cast<std::uint64_t>(hold.state)).add(static_cast<std::uint64_t>(hold.amount.minor));
  h.add(static_cast<std::uint64_t>(hold.expires_at.ms)).add(hold.payment.value);
  add_seats(h, hold.seats);
  // Later fields count where they are set, so that the hashes of older logs stay true.
  if (hold.extensions != 0) h.add(hold.extensions);
  for (const HoldId merged : hold.merged) h.add(merged.value);
  if (hold.is_offer) h.add(1);
  return h.value();
}

StateHash hash_of(const Session& session) {
  HashFold h = fold(EntityKind::kSession);
  h.add(session.number.value).add(static_cast<std::uint64_t>(session.admitted_at.ms));
  h.add(static_cast<std::uint64_t>(session.expires_at.ms)).add(session.paying.value);
  for (const HoldId hold : session.holds) h.add(hold.value);
  if (session.is_for_offer) h.add(1);
  return h.value();
}

StateHash hash_of(const Payment& p) {
  HashFold h = fold(EntityKind::kPayment);
  h.add(p.id.value)
      .add(p.hold.value)
      .add(p.user.high())
      .add(p.user.low())
      .add(p.number.value)
      .add(p.date_index);
  h.add(static_cast<std::uint64_t>(p.state)).add(static_cast<std::uint64_t>(p.amount.minor));
  h.add(static_cast<std::uint64_t>(p.balance.minor)).add(static_cast<std::uint64_t>(p.paid_at.ms));
  h.add(static_cast<std::uint64_t>(p.decide_by.ms))
      .add(static_cast<std::uint64_t>(p.refunded_at.ms));
  h.add(static_cast<std::uint64_t>(p.refund_balance.minor));
  h.add(p.key.key.high).add(p.key.key.low).add(p.refund_key.key.high).add(p.refund_key.key.low);
  add_seats(h, p.seats);
  for (const TicketUse& use : p.uses)
    h.add(use.seat.value).add(static_cast<std::uint64_t>(use.at.ms)).add(use.by.text());
  for (const SeatRefund& refund : p.refunds) {
    add_seats(h, refund.seats);
    h.add(static_cast<std::uint64_t>(refund.amount.minor));
    h.add(static_cast<std::uint64_t>(refund.refunded_at.ms));
    h.add(static_cast<std::uint64_t>(refund.balance.minor));
  }
  return h.value();
}

StateHash hash_of(const Concert& c) {
  HashFold h = fold(EntityKind::kConcert);
  h.add(c.id.value)
      .add(c.title)
      .add(static_cast<std::uint64_t>(c.opens_at.ms))
      .add(c.currency.text());
  h.add(c.rules.queue.max_active).add(c.rules.queue.admit_per_second).add(c.rules.queue.session_s);
  h.add(c.rules.queue.idle_s).add(c.rules.hold_s).add(c.rules.seats_per_user);
  h.add(static_cast<std::uint64_t>(c.phase))
      .add(c.token_epoch)
      .add(static_cast<std::uint64_t>(c.created_at.ms));
  // Later settings count where they are set, like the later fields of a hold.
  if (!c.time_zone.empty()) h.add(c.time_zone);
  if (c.rules.no_single_seats) h.add(1);
  if (c.rules.stay_after_payment) h.add(2);
  if (c.rules.hold_extensions != 0) h.add(3).add(c.rules.hold_extensions);
  if (c.rules.offer_s != SaleRules{}.offer_s) h.add(4).add(c.rules.offer_s);
  if (c.shuffle) {
    add_bytes(h, c.shuffle->seed);
    h.add(c.shuffle->is_done).add(c.shuffle->count);
  }
  for (const auto& date : c.dates) {
    if (date->starts_at.is_set() || date->closes_at.is_set())
      h.add(static_cast<std::uint64_t>(date->starts_at.ms))
          .add(static_cast<std::uint64_t>(date->closes_at.ms));
    if (date->is_cancelled()) h.add(static_cast<std::uint64_t>(date->cancelled_at.ms));
    if (date->is_changed) add_terms(h, *date);
  }
  return h.value();
}

void schedule_closing(Concert& c) {
  if (c.closing_timer != TimerWheel::kNone) c.timers.cancel(c.closing_timer);
  c.closing_timer = TimerWheel::kNone;
  const Instant closes_at = c.closes_at();
  if (c.phase != Phase::kClosed && closes_at.is_set())
    c.closing_timer = c.timers.schedule(closes_at, timer_key(TimerKind::kClosing, 0));
}

void RateWindow::add(std::uint32_t n, Instant now) {
  if (!start.is_set()) start = now;
  if (now - start >= kRateWindow) {
    previous_per_minute = per_minute(now);
    start = now;
    count = 0;
  }
  count += n;
}

std::uint32_t RateWindow::per_minute(Instant now) const {
  const std::int64_t elapsed = (now - start).ms;
  if (!start.is_set()) return 0;
  if (elapsed < 2000 && previous_per_minute != 0) return previous_per_minute;
  return static_cast<std::uint32_t>(std::int64_t{count} * 60'000 /
                                    std::max<std::int64_t>(elapsed, 1000));
}

Concert::Concert(ConcertId concert_id, const ConcertSpec& spec, Instant now)
    : id(concert_id),
      title(spec.title),
      created_at(now),
      opens_at(spec.opens_at),
      currency(spec.currency),
      rules(spec.rules),
      time_zone(spec.time_zone),
      line(hash),
      challenges(hash),
      codes(hash),
      answers(hash) {
  for (const DateSpec& date : spec.dates) add_date(date);
  sort_dates();
  hash += hash_of(*this);
}

void Concert::add_date(const DateSpec& spec) {
  dates.push_back(
      std::make_unique<ConcertDate>(spec, static_cast<std::uint32_t>(dates.size()), hash));
}

void Concert::sort_dates() {
  by_date.resize(dates.size());
  std::iota(by_date.begin(), by_date.end(), std::uint16_t{0});
  std::ranges::sort(by_date, {}, [this](std::uint16_t index) { return dates[index]->date; });
}

std::uint64_t Concert::next_version() const {
  std::uint64_t newest = 0;
  for (const auto& date : dates) newest = std::max(newest, date->seats.version());
  return newest + 1;
}

Instant Concert::opening_at() const {
  return codes.empty() ? opens_at : std::min(opens_at, codes.opens_at());
}

void Concert::schedule_opening() {
  if (opening_timer == TimerWheel::kNone) return;
  if (timers.deadline(opening_timer) == opening_at()) return;
  timers.cancel(opening_timer);
  opening_timer = timers.schedule(opening_at(), timer_key(TimerKind::kOpening, 0));
}

const ConcertDate* Concert::find_date(Date date) const {
  const auto found = std::ranges::lower_bound(
      by_date, date, {}, [this](std::uint16_t index) { return dates[index]->date; });
  return found != by_date.end() && dates[*found]->date == date ? dates[*found].get() : nullptr;
}

DateSpec ConcertDate::spec() const {
  DateSpec spec{.date = date,
                .sections = {},
                .starts_at = starts_at,
                .closes_at = closes_at,
                .plan = plan,
                .rows = seats.rows()};
  for (const Section& s : seats.sections())
    spec.sections.push_back(
        {s.name, s.last.value - s.first.value + 1, s.price, s.kind, s.category});
  return spec;
}

bool ConcertDate::is_over(Instant now) const { return is_past(date, starts_at, now); }

Instant ConcertDate::closing_for(Instant at, Instant now) const {
  if (is_over(now) || is_cancelled()) return closes_at;
  return starts_at.is_set() ? std::min(starts_at, at) : at;
}

Instant Concert::closes_at() const {
  Instant latest{};
  for (const auto& date : dates) {
    if (!date->closes_at.is_set()) return {};
    latest = std::max(latest, date->closes_at);
  }
  return latest;
}

StateHash Concert::state_hash() const {
  HashFold counters = fold(EntityKind::kCounters);
  counters.add(last_hold)
      .add(last_payment)
      .add(admitted_up_to.value)
      .add(payments_completed)
      .add(payments_refunded);
  counters.add(static_cast<std::uint64_t>(admission.milli))
      .add(static_cast<std::uint64_t>(admission.at.ms));
  for (const auto& date : dates)
    if (date->waitlist.drawn() != 0) counters.add(date->waitlist.drawn());
  StateHash sum = hash + counters.value();
  for (const auto& [payment, entry] : outbox) {
    sum += fold(EntityKind::kOutboxEntry)
               .add(payment.value)
               .add(static_cast<std::uint64_t>(entry.kind))
               .value();
  }
  return sum;
}

template <class Map, class Key>
static auto find_in(const Map& map, const Key& key) -> decltype(&map.begin()->second) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

const Hold* Concert::find_hold(HoldId hold_id) const { return find_in(holds, hold_id); }
const Payment* Concert::find_payment(PaymentId payment_id) const {
  return find_in(payments, payment_id);
}
const Session* Concert::find_session(TicketNumber number) const {
  return find_in(sessions, number);
}
const Buyer* Concert::find_buyer(const UserId& user) const { return find_in(buyers, user); }

// A bucket of a tenth of a second's worth of tokens (at least one): unused admissions are not
// caught up later.
std::int64_t Concert::admission_milli(Instant now) const {
  const std::int64_t rate = rules.queue.admit_per_second;
  const std::int64_t burst = std::max<std::int64_t>(1000, rate * 100);
  const std::int64_t elapsed = std::clamp<std::int64_t>((now - admission.at).ms, 0, 1'000'000);
  return std::min(burst, admission.milli + rate * elapsed);
}

std::uint32_t Concert::admission_credit(Instant now) const {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(admission_milli(now), 0) / 1000);
}

Purchase Concert::purchase_of(const Payment& payment) const {
  return {payment.id,    payment.hold,  id, payment.user, dates[payment.date_index]->date,
          payment.seats, payment.amount};
}

}  // namespace frontrow
