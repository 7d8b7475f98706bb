// Properties of commands and replies that only the links between instances need; those of every
// command are in engine/core/protocol/command.h.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

template <class T, class... Kinds>
constexpr bool is_one_of(const std::variant<Kinds...>& body) {
  return std::holds_alternative<T>(body);
}
template <class First, class Second, class... More, class Body>
constexpr bool is_one_of(const Body& body) {
  return std::holds_alternative<First>(body) || is_one_of<Second, More...>(body);
}

// Replies to reads whose size is bounded by the catalogue or by a limit, and not by a few hundred
// bytes.
inline bool is_large(const ReplyBody& body) {
  return is_one_of<PaymentsView, DatesView, SeatsView, SeatChanges, WatchedSeats, ConcertView,
                   ConcertIds, HoldsView, AuditView, PlanView, PlansView, ExpandedDates>(body);
}

inline Reply rejected(Reject reject) { return {reject, false, false, RejectDetail{}}; }

}  // namespace frontrow
