// What the links between instances must know of each kind of command and reply.
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

// From one slot to another: nobody waits for an answer.
inline bool is_message(const CommandBody& body) {
  return is_one_of<ReserveMoney, SettleMoney, ReturnMoney, ReserveAnswer, SettleDone, ReturnDone,
                   OpenConcert, OpenDone>(body);
}

// Changes nothing that anybody could miss: one that was not answered may be asked again.
inline bool is_read(const CommandBody& body) {
  return is_one_of<ReadToken, CheckToken, ReadConcert, ReadDates, ReadSeats, ReadHold, ReadPayment,
                   ReadBalance, ReadPayments, ListConcerts, OfferSlot>(body);
}

// Answered only when another slot has answered, or when a whole slot is on disk.
inline bool is_slow(const CommandBody& body) {
  return is_one_of<Pay, Refund, CreateConcert, PassPart>(body);
}

// Answers of reads whose size is bounded by the catalogue and not by a few hundred bytes.
inline bool is_large(const ReplyBody& body) {
  return is_one_of<PaymentsView, DatesView, SeatsView, ConcertView, ConcertIds>(body);
}

// The instance that says it of itself; 0: the command does not tell.
inline InstanceId said_by(const CommandBody& body) {
  return std::visit(
      [](const auto& c) -> InstanceId {
        if constexpr (requires { c.from; }) {
          return c.from;
        } else {
          return 0;
        }
      },
      body);
}

inline Reply rejected(Reject reject) { return {reject, false, false, RejectDetail{}}; }

}  // namespace frontrow
