// Plain vocabulary of the domain, shared by commands, events, state and replies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/calendar.h"
#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/time.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/seat_list.h"

namespace frontrow {

static_assert(kConcertsMax <= kConcertIdMax);

// An instance of a cluster: 1 to kInstanceIdMax, assigned by the operator and never reused for
// another machine. 0 is "none".
using InstanceId = std::uint16_t;
inline constexpr InstanceId kInstanceIdMax = 999;

// An order-free sum of the hashes of all entities of a slot (state_hash.h).
using StateHash = std::uint64_t;

enum class Phase : std::uint8_t { kScheduled = 1, kOpen = 2, kPaused = 3, kClosed = 4 };
enum class TokenState : std::uint8_t {
  kWaiting = 1,
  kActive = 2,
  kCompleted = 3,
  kExpired = 4,
  kLeft = 5
};
// kRefunded occurs in replies only: the hold itself stays kPaid, and its payment has the state.
enum class HoldState : std::uint8_t {
  kHeld = 1,
  kPaying = 2,
  kPaid = 3,
  kExpired = 4,
  kRefunded = 5
};
enum class PaymentState : std::uint8_t {
  kStarted = 1,
  kCompleted = 2,
  kRefunding = 3,
  kRefunded = 4
};
enum class SeatState : std::uint8_t { kFree = 0, kHeld = 1, kSold = 2, kBlocked = 3 };

// Whether the line of a concert is shuffled at the opening, and has been.
enum class Shuffle : std::uint8_t { kNone = 0, kPending = 1, kDone = 2 };

constexpr bool is_live(TokenState s) {
  return s == TokenState::kWaiting || s == TokenState::kActive;
}

struct QueueRules {
  std::uint32_t max_active = 1000;
  std::uint32_t admit_per_second = 500;
  std::uint32_t session_s = 600;
  std::uint32_t idle_s = 60;
  bool operator==(const QueueRules&) const = default;
};

struct SaleRules {
  QueueRules queue;
  std::uint32_t hold_s = 300;
  std::uint32_t seats_per_user = 4;
  bool no_single_seats = false;       // a hold may leave no free seat alone (best_available.h)
  bool stay_after_payment = false;    // a paid session goes on, with its other holds
  std::uint32_t hold_extensions = 0;  // that a user has for each hold
  std::uint32_t offer_s = 300;        // of a hold that the waitlist offers
  bool operator==(const SaleRules&) const = default;
};

// In a general section people stand, or sit where they like: its seats are numbers of tickets.
enum class SectionKind : std::uint8_t { kNumbered = 1, kGeneral = 2 };

// A run of seats of one price: a section, or a stretch of a plan's section in one category.
struct SectionSpec {
  std::string name;
  std::uint32_t seats = 0;
  Money price;
  SectionKind kind = SectionKind::kNumbered;
  std::string category = {};  // of a plan's seats
  bool operator==(const SectionSpec&) const = default;
};

// A showing.
struct DateSpec {
  Date date;
  std::vector<SectionSpec> sections;
  Instant starts_at = {};  // not set: the date has no time
  Instant closes_at = {};  // from then on no seat is held; not set: never
  PlanId plan = {};        // that the sections are of; none: they were listed one by one
  // The lengths of the rows, over all seats of the date. Empty: each numbered section is one row.
  std::vector<std::uint32_t> rows = {};
  bool operator==(const DateSpec&) const = default;
};

// How a new date gets its sections from a plan.
struct CategoryPrice {
  std::string category;
  Money price;
  bool operator==(const CategoryPrice&) const = default;
};
struct PlannedDate {
  PlanId plan;                        // none: the date lists its sections
  std::vector<CategoryPrice> prices;  // of each category once
  bool operator==(const PlannedDate&) const = default;
};

// A date gets another key. `began_at` and `begins_at`: when it begins by the old key and by the new
// one, at the end of the day without a time.
struct Postponement {
  Date to;
  Instant starts_at;  // as in DateSpec
  Instant began_at;
  Instant begins_at;
  bool operator==(const Postponement&) const = default;
};

// A change of a date that is on sale.
struct DateChange {
  Date date;
  std::vector<SectionSpec> new_sections = {};
  std::vector<CategoryPrice> prices = {};  // of categories on a date with a plan, else of sections
  std::optional<Postponement> postponed = {};
  bool operator==(const DateChange&) const = default;
};

// Whether a showing has begun; one without a time, whether its day has ended in every time zone.
constexpr bool is_past(Date date, Instant starts_at, Instant now) {
  if (starts_at.is_set()) return starts_at <= now;
  constexpr std::int64_t kDayMs = 86'400'000;
  return (date.days + 1) * kDayMs + kDayMs / 2 <= now.ms;
}

// A concert as it goes on sale. An operator may later change title, opens_at and rules.
struct ConcertSpec {
  std::string title;
  Instant opens_at;  // not set: opens at once
  Currency currency;
  SaleRules rules;
  // Each date once; ascending as the concert goes on sale, later ones follow.
  std::vector<DateSpec> dates;
  std::string time_zone = {};  // of the place, by its IANA name; empty in older logs
  bool operator==(const ConcertSpec&) const = default;
};

// Seats from first to last.
struct SeatRange {
  SeatNumber first;
  SeatNumber last;
  bool operator==(const SeatRange&) const = default;
};

// Holds of one user.
using HoldIds = std::vector<HoldId>;

// The terms of a payment: written into both slots, so that each slot can decide alone.
struct Purchase {
  PaymentId payment;
  HoldId hold;
  ConcertId concert;
  UserId user;
  Date date;
  SeatList seats;
  Money amount;
  bool operator==(const Purchase&) const = default;
};

}  // namespace frontrow
