// The state of one concert: its settings, line, seats, holds, sessions and payments. It lies whole
// in one slot, and only apply (apply_concert.cc) changes it. One thread. Plain data with derived
// counters; invariants.cc lists the conditions between them.
#pragma once

#include <boost/container/small_vector.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core/containers/counter_map.h"
#include "engine/core/containers/timer_wheel.h"
#include "engine/core/containers/user_table.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/protocol/types.h"
#include "engine/core/state/access_codes.h"
#include "engine/core/state/answer_table.h"
#include "engine/core/state/given_up.h"
#include "engine/core/state/line.h"
#include "engine/core/state/seat_map.h"
#include "engine/core/state/spent_challenges.h"
#include "engine/core/state/waitlist.h"

namespace frontrow {

// The timers of a concert's wheel. The key of a timer is kind << 56 | counter.
enum class TimerKind : std::uint8_t {
  kOpening = 1,
  kPayment = 2,
  kHold = 3,
  kNoShow = 4,
  kSession = 5,
  kClosing = 6
};
constexpr std::uint64_t timer_key(TimerKind kind, std::uint32_t counter) {
  return std::uint64_t{static_cast<std::uint8_t>(kind)} << 56 | counter;
}
constexpr TimerKind kind_of_timer(std::uint64_t key) { return static_cast<TimerKind>(key >> 56); }
constexpr std::uint32_t counter_of_timer(std::uint64_t key) {
  return static_cast<std::uint32_t>(key);
}

struct Hold {
  HoldId id;
  UserId user;          // nil: of a sale at the box office without a name
  TicketNumber number;  // the session that placed it; none: the box office sold its seats
  std::uint16_t date_index = 0;
  HoldState state = HoldState::kHeld;
  SeatList seats;
  Money amount;
  Instant expires_at;
  PaymentId payment;  // once paying or paid
  std::uint32_t extensions = 0;
  HoldIds merged;         // that became this one
  bool is_offer = false;  // to the first of a waitlist
  TimerWheel::Handle timer = TimerWheel::kNone;
  StateHash in_sum = 0;
};
StateHash hash_of(const Hold& hold);

struct Session {
  TicketNumber number;
  Instant admitted_at;
  Instant expires_at;
  PaymentId paying;  // a running payment keeps the session and its hold from ending
  boost::container::small_vector<HoldId, 4> holds;
  // Begun by an offer of the waitlist, for a user who was not in the shop: it has the offered seats
  // only.
  bool is_for_offer = false;
  TimerWheel::Handle timer = TimerWheel::kNone;
  TimerWheel::Handle no_show_timer = TimerWheel::kNone;
  StateHash in_sum = 0;
};
StateHash hash_of(const Session& session);

// A refund of some seats of a payment (refunds.h).
struct SeatRefund {
  SeatList seats;
  Money amount;
  Instant refunded_at;  // not set: under way
  Money balance;        // of the wallet right after it
};

struct Payment {
  // Made at the box office, which has the money: no wallet takes part, and a refund is one step.
  bool is_of_office() const { return !number; }
  PaymentId id;
  HoldId hold;
  UserId user;  // nil: a buyer without a name, of the box office only
  TicketNumber number;
  std::uint16_t date_index = 0;
  PaymentState state = PaymentState::kStarted;
  SeatList seats;
  Money amount;
  Money balance;  // of the wallet right after this payment
  Instant paid_at;
  Instant decide_by;
  Instant refunded_at;  // once all seats are refunded
  Money refund_balance;
  RequestKey key;  // of the request that gets the reply once this is decided
  RequestKey refund_key;
  std::vector<TicketUse> uses;      // of the tickets of its seats, in the order of time
  std::vector<SeatRefund> refunds;  // oldest first; empty: none of single seats
  TimerWheel::Handle timer = TimerWheel::kNone;
  StateHash in_sum = 0;
};
StateHash hash_of(const Payment& payment);

// The seats of a user in this concert, over all holds and payments.
struct Buyer {
  std::uint32_t seats_held = 0;  // held or paying
  std::uint32_t seats_paid = 0;
  PaymentId unsettled;  // at most one payment per user is between its start and its settlement
};

// A message to a user's slot, resent until it is acknowledged.
enum class OutboxKind : std::uint8_t { kReserve = 1, kPost = 2, kVoid = 3, kReturn = 4, kList = 5 };
struct OutboxEntry {
  OutboxKind kind = OutboxKind::kReserve;
  UserId user;
  Instant at;
};

// Tokens of the admission rate, in thousandths, as of an instant. Tokens above the size of the
// bucket (a tenth of a second's worth) do not count, so any large number means full.
inline constexpr std::int64_t kFullBucket = 1'000'000'000;
struct AdmissionBucket {
  std::int64_t milli = 0;
  Instant at;
};

// A recent rate per minute; derived, for estimates and operators.
struct RateWindow {
  Instant start;
  std::uint32_t count = 0;
  std::uint32_t previous_per_minute = 0;
  void add(std::uint32_t n, Instant now);
  std::uint32_t per_minute(Instant now) const;
};

// The shuffle of a concert whose order is random. The seed is a secret until it is done.
struct OpeningShuffle {
  Bytes32 seed{};
  Bytes32 commitment{};  // derived from the seed
  bool is_done = false;
  std::uint32_t count = 0;  // numbers that it shuffled: those drawn before the first opening
};

struct ConcertDate {
  ConcertDate(const DateSpec& spec, std::uint32_t index, StateHash& hash)
      : date(spec.date),
        starts_at(spec.starts_at),
        closes_at(spec.closes_at),
        plan(spec.plan),
        seats(spec, index, hash),
        waitlist(index, hash) {}
  // Off sale: no seat of the date is held any more.
  bool is_closed(Instant now) const { return closes_at.is_set() && closes_at <= now; }
  // Whether the date has begun; one without a time, whether its day has ended everywhere.
  bool is_over(Instant now) const;
  // Its closes_at once the sale is to close at `at`: no later than it begins. Dates that are over
  // stay as they are.
  Instant closing_for(Instant at, Instant now) const;
  Date date;
  Instant starts_at;
  Instant closes_at;
  PlanId plan;  // none: its sections were listed one by one
  // Added or changed while the concert was on sale. Then its terms count for the hash; those of a
  // creation never change.
  bool is_changed = false;
  DateSpec spec() const;
  Instant cancelled_at;
  RequestKey cancel_key;  // of the request that cancelled it
  bool is_cancelled() const { return cancelled_at.is_set(); }
  // Counts of its payments in each state; derived.
  std::uint32_t payments_undecided = 0, payments_paid = 0;
  std::uint32_t payments_refunding = 0, payments_refunded = 0;
  SeatMap seats;
  Waitlist waitlist;
  // Soft: the version of the seats for which no offer could be made; not set: not looked for since
  // the waitlist changed.
  std::optional<std::uint64_t> no_offers_at;
  // Cached views: rebuilt by the first reader of a new version.
  mutable SeatsView snapshot;
  mutable ConcertDateRef view;
  mutable std::uint64_t view_version = 0;
};

struct Concert {
  Concert(ConcertId concert_id, const ConcertSpec& spec, Instant now);
  Concert(const Concert&) = delete;
  Concert& operator=(const Concert&) = delete;

  const ConcertDate* find_date(Date date) const;
  // Appends a date. Its index is its identity: no date before it in time moves.
  void add_date(const DateSpec& spec);
  // Sets `by_date`, after a date was added or got another key.
  void sort_dates();
  // A version that the seats of no date ever had. So a key that a date takes over from another one
  // does not come with a version that clients know.
  std::uint64_t next_version() const;
  // When the last date goes off sale, and with it the concert; not set if one never does.
  Instant closes_at() const;
  // When the sale opens by itself: at opens_at, or before that for the owners of codes.
  Instant opening_at() const;
  // Whether a join needs a code now: the public opening is still to come.
  bool needs_code(Instant now) const { return !codes.empty() && now < opens_at; }
  // Whether the line is shuffled as soon as the sale opens.
  bool awaits_shuffle() const { return shuffle && !shuffle->is_done; }
  // Sets the timer of a concert that is still to open, for its present times.
  void schedule_opening();
  const Hold* find_hold(HoldId hold_id) const;
  const Payment* find_payment(PaymentId payment_id) const;
  const Session* find_session(TicketNumber number) const;
  const Buyer* find_buyer(const UserId& user) const;
  // Prefetches the entries that a command under this token reads.
  void prefetch(TicketNumber number) const {
    line.prefetch(number);
    sessions.prefetch(number);
  }
  // People in the line or in the shop.
  std::uint32_t present() const { return line.waiting() + active(); }
  // Resets soft state after a restart: users could not poll while the concert was not served.
  void begin_anew(Instant now) {
    line.touch_all(now);
    given_up.clear();
    refund_cursor = 0;
    for (const auto& date : dates) date->seats.forget_changes();
  }
  // Whether the waitlist of any date has an entry.
  bool has_waitlist() const { return waitlist_entries != 0; }
  std::uint32_t active() const { return static_cast<std::uint32_t>(sessions.size()); }
  // How many tokens the admission rate allows now, before the cap.
  std::uint32_t admission_credit(Instant now) const;
  // The same in thousandths, so that the remainder is not lost.
  std::int64_t admission_milli(Instant now) const;
  Purchase purchase_of(const Payment& payment) const;

  // The hash of all logged state: the maintained sum, the counters, and the few outbox entries.
  StateHash state_hash() const;

  // Sum over settings, tokens, challenges, codes, sessions, seats, holds, payments and answers.
  StateHash hash = 0;
  ConcertId id;
  std::string title;
  Instant created_at;
  Instant opens_at;
  Currency currency;
  SaleRules rules;
  std::string time_zone;
  Phase phase = Phase::kScheduled;
  std::uint32_t token_epoch = 0;

  Line line;
  std::optional<OpeningShuffle> shuffle;  // none: who comes first is served first
  SpentChallenges challenges;
  AccessCodes codes;
  LinePlace admitted_up_to;  // no token at or before it waits
  AdmissionBucket admission;
  std::vector<std::unique_ptr<ConcertDate>> dates;  // in the order of their addition
  std::vector<std::uint16_t> by_date;               // their indexes, ascending by date; derived
  CounterMap<TicketNumber, Session> sessions;
  CounterMap<HoldId, Hold> holds;
  std::deque<HoldId> expired_holds;  // oldest first
  std::uint32_t last_hold = 0;
  CounterMap<PaymentId, Payment> payments;
  std::uint32_t last_payment = 0;
  std::map<PaymentId, OutboxEntry> outbox;
  UserTable<Buyer, UserIndex> buyers;
  std::uint32_t waitlist_entries = 0;  // of all dates; derived
  Money revenue;
  std::uint32_t payments_completed = 0;
  std::uint32_t payments_refunded = 0;
  AnswerTable answers;

  TimerWheel timers;
  TimerWheel::Handle opening_timer = TimerWheel::kNone;
  TimerWheel::Handle closing_timer = TimerWheel::kNone;

  // Soft: not logged, not hashed.
  LinePlace idle_cursor;
  std::uint32_t refund_cursor = 0;  // payments up to here need no refund by a cancellation
  Instant refund_stepped_at;
  Instant idle_swept_at;
  GivenUp given_up;
  RateWindow admissions;
  RateWindow sales;
};
// The hash of the settings; the other entities have their own.
StateHash hash_of(const Concert& concert);
// Sets the timer that closes the concert, for its present dates and phase.
void schedule_closing(Concert& concert);

}  // namespace frontrow
