// Plain vocabulary of the domain, shared by commands, events, state and replies.
#pragma once

#include <cstdint>
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
  bool operator==(const SaleRules&) const = default;
};

struct SectionSpec {
  std::string name;
  std::uint32_t seats = 0;
  Money price;
  bool operator==(const SectionSpec&) const = default;
};

struct DateSpec {
  Date date;
  std::vector<SectionSpec> sections;
  bool operator==(const DateSpec&) const = default;
};

// A concert as it goes on sale. An operator may later change title, opens_at and rules.
struct ConcertSpec {
  std::string title;
  Instant opens_at;  // not set: opens at once
  Currency currency;
  SaleRules rules;
  std::vector<DateSpec> dates;  // ascending, each date once
  bool operator==(const ConcertSpec&) const = default;
};

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
