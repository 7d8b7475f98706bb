// The rows of an export: the seats, payments or tickets of one concert at one moment. The server
// sends them page by page while the sale runs, and the recovery tool writes them from a stopped
// directory. Their columns are in net/export/concert_tables.h.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "engine/core/protocol/act.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

enum class ExportKind : std::uint8_t { kSeats = 1, kPayments = 2, kTickets = 3 };

struct ExportedPayment {
  PaymentId payment;
  Date date;
  UserId user;
  HoldId hold;
  SeatList seats;
  Money amount;
  PaymentState state = PaymentState::kStarted;
  Instant paid_at;      // not set: not paid
  Money balance;        // of the wallet right after the payment
  Instant refunded_at;  // not set: some seats are not refunded
  Money refund_balance;
  bool is_of_office = false;  // without balances
  SeatList refunded = {};     // ascending, also if all are
  Money refunded_amount = {};
  static auto tie(auto& v) {
    return std::tie(v.payment, v.date, v.user, v.hold, v.seats, v.amount, v.state, v.paid_at,
                    v.balance, v.refunded_at, v.refund_balance, v.is_of_office, v.refunded,
                    v.refunded_amount);
  }
};

// The fields that many seats of a date share.
struct ExportedRun {
  Date date;
  PlanId plan;  // none: the seats have no labels
  std::string section;
  std::string category;
  static auto tie(auto& v) { return std::tie(v.date, v.plan, v.section, v.category); }
};

// A sold seat.
struct ExportedSeat {
  std::uint32_t run = 0;  // index of the ExportedRun
  SeatNumber seat;
  UserId user;
  HoldId hold;
  PaymentId payment;
  Instant paid_at;
  Money price;  // that was paid (state/paid_prices.h)
  static auto tie(auto& v) {
    return std::tie(v.run, v.seat, v.user, v.hold, v.payment, v.paid_at, v.price);
  }
};

// The ticket of a seat that was paid, also if the seat was refunded, which voids it.
struct ExportedTicket {
  std::uint32_t run = 0;
  SeatNumber seat;
  PaymentId payment;
  UserId user;
  bool is_void = false;  // as soon as its refund has begun
  Instant paid_at;
  Instant used_at;  // not set: not used
  Actor used_by;
  static auto tie(auto& v) {
    return std::tie(v.run, v.seat, v.payment, v.user, v.is_void, v.paid_at, v.used_at, v.used_by);
  }
};

}  // namespace frontrow
