// Strong ids: one type for each kind of entity, so that a hold can't be passed where a payment is
// meant.
//
// The shape of each id on the wire and in the log is noted at its alias. HoldId and PaymentId carry
// their concert in the high bits: each is unique over all concerts and still fits a JSON number
// (below 2^53).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>

#include "engine/base/hash.h"

namespace frontrow {

template <class Tag, class Rep>
struct Id {
  Rep value{};

  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
  constexpr explicit operator bool() const { return value != Rep{}; }
};

using ConcertId = Id<struct ConcertIdTag, std::uint32_t>;  // 1.. kConcertIdMax; 0 is "none"
using TicketNumber =
    Id<struct TicketNumberTag, std::uint32_t>;  // place drawn on joining, 1..; 0 is "none"
using LinePlace =
    Id<struct LinePlaceTag, std::uint32_t>;  // 1.. in the order of admission; 0 is "none"
using SeatNumber = Id<struct SeatNumberTag, std::uint32_t>;  // 1..N within a date
using HoldId = Id<struct HoldIdTag, std::uint64_t>;          // concert << 32 | counter
using PaymentId = Id<struct PaymentIdTag, std::uint64_t>;    // concert << 32 | counter
using ChargeId = Id<struct ChargeIdTag, std::uint64_t>;      // slot << 40 | counter
using PlanId = Id<struct PlanIdTag, std::uint32_t>;          // 1..; 0 is "none"
using SlotId = Id<struct SlotIdTag, std::uint16_t>;          // 0..kSlotCount-1

inline constexpr std::uint32_t kConcertIdMax = (1U << 20) - 1;  // 20 + 32 bits stay below 2^53

constexpr HoldId make_hold_id(ConcertId concert, std::uint32_t counter) {
  return HoldId{std::uint64_t{concert.value} << 32 | counter};
}
constexpr PaymentId make_payment_id(ConcertId concert, std::uint32_t counter) {
  return PaymentId{std::uint64_t{concert.value} << 32 | counter};
}
constexpr ConcertId concert_of(HoldId id) {
  return ConcertId{static_cast<std::uint32_t>(id.value >> 32)};
}
constexpr ConcertId concert_of(PaymentId id) {
  return ConcertId{static_cast<std::uint32_t>(id.value >> 32)};
}

// A user's UUID (RFC 9562), 16 bytes in network order. The nil UUID stands for the operator.
struct UserId {
  std::array<std::uint8_t, 16> bytes{};

  constexpr auto operator<=>(const UserId&) const = default;
  std::uint64_t high() const { return load(0); }
  std::uint64_t low() const { return load(8); }
  bool is_nil() const { return high() == 0 && low() == 0; }

 private:
  std::uint64_t load(std::size_t at) const {
    std::uint64_t v;
    std::memcpy(&v, bytes.data() + at, sizeof v);
    return v;
  }
};
static_assert(sizeof(UserId) == 16);

inline constexpr UserId kOperator{};

// Hash functions for tables. Clients choose user ids, so their hash is keyed by a per-process
// secret. Therefore the iteration order of a table must never reach an event.
struct IdHash {
  using is_avalanching = void;
  template <class Tag, class Rep>
  std::size_t operator()(Id<Tag, Rep> id) const {
    return mix64(id.value);
  }
  std::size_t operator()(const UserId& user) const {
    return mix64(user.high() ^ mix64(user.low() ^ process_hash_secret()));
  }
};

}  // namespace frontrow
