// Rows of a snapshot's parts that need a layout of their own. Used by snapshot_encode.cc and
// snapshot_load.cc only.
#pragma once

#include <tuple>
#include <vector>

#include "engine/core/codec/field_codec.h"
#include "engine/core/codec/former_layouts.h"
#include "engine/core/state/concert.h"
#include "engine/core/state/slot.h"

namespace frontrow {

template <>
struct EnumRange<OutboxKind> : EnumBounds<OutboxKind::kReserve, OutboxKind::kList> {};
template <>
struct EnumRange<TransferState> : EnumBounds<TransferState::kReserved, TransferState::kVoided> {};

template <>
struct EnumRange<Tenure::State> : EnumBounds<Tenure::State::kOpened, Tenure::State::kReleased> {};

struct SlotRow {
  std::uint64_t seq = 0;
  Instant time;
  std::uint64_t last_charge = 0;
  static auto tie(auto& r) { return std::tie(r.seq, r.time, r.last_charge); }
};

struct ReferenceRow {
  ReferenceKey key;
  ReferencedCharge charge;
  static auto tie(auto& r) {
    return std::tie(r.key.user, r.key.text.high, r.key.text.low, r.charge.charge, r.charge.amount,
                    r.charge.balance);
  }
};

struct AnswerRow {
  UserId user;
  RequestKey key;
  Instant at;
  std::string answer;
  static auto tie(auto& r) { return std::tie(r.user, r.key, r.at, r.answer); }
};

struct ConcertProgress {
  Instant created_at;
  Phase phase = Phase::kScheduled;
  std::uint32_t token_epoch = 0;
  LinePlace admitted_up_to;
  AdmissionBucket admission;
  std::uint32_t last_hold = 0;
  std::uint32_t last_payment = 0;
  Money revenue;
  std::uint32_t payments_completed = 0;
  std::uint32_t payments_refunded = 0;
  RateWindow admissions;
  RateWindow sales;
  std::vector<std::uint64_t> date_versions;
  static auto tie(auto& r) {
    return std::tie(r.created_at, r.phase, r.token_epoch, r.admitted_up_to, r.admission,
                    r.last_hold, r.last_payment, r.revenue, r.payments_completed,
                    r.payments_refunded, r.admissions, r.sales, r.date_versions);
  }
};
// Spec: ConcertSpec, or FormerSpec in a former part; with the current settings.
template <class Spec>
struct ConcertRowOf : ConcertProgress {
  Spec spec;
  static auto tie(auto& r) { return std::tuple_cat(std::tie(r.spec), ConcertProgress::tie(r)); }
};
// A date that was cancelled.
struct CancelledDate {
  std::uint16_t date_index = 0;
  Instant at;
  RequestKey key;
  static auto tie(auto& r) { return std::tie(r.date_index, r.at, r.key); }
};
struct ConcertRow : ConcertRowOf<ConcertSpec> {
  std::vector<CancelledDate> cancelled;
  std::vector<std::uint32_t> waitlist_drawn;  // of each date; empty: none ever
  static auto tie(auto& r) {
    return std::tuple_cat(ConcertRowOf<ConcertSpec>::tie(r),
                          std::tie(r.cancelled, r.waitlist_drawn));
  }
};

struct FormerRegistration {
  ConcertId concert;
  bool confirmed = false;
  FormerSpec spec;
  RequestKey key;
  static auto tie(auto& r) { return std::tie(r.concert, r.confirmed, r.spec, r.key); }
};

struct FormerHold {
  Hold hold;  // without its last three fields
  static auto tie(auto& r) {
    return std::tie(r.hold.id, r.hold.user, r.hold.number, r.hold.date_index, r.hold.state,
                    r.hold.seats, r.hold.amount, r.hold.expires_at, r.hold.payment);
  }
};

struct TokenRow {
  UserId user;
  TokenState state = TokenState::kWaiting;
  static auto tie(auto& r) { return std::tie(r.user, r.state); }
};

struct AccessCodeRow {
  Hash128 hash;
  std::uint16_t uses_left = 0;
  static auto tie(auto& r) { return std::tie(r.hash, r.uses_left); }
};

struct SeedRow {
  ConcertId concert;
  Bytes32 seed{};
  static auto tie(auto& r) { return std::tie(r.concert, r.seed); }
};

struct ShuffleRow {
  Bytes32 seed{};
  bool is_done = false;
  std::uint32_t count = 0;
  static auto tie(auto& r) { return std::tie(r.seed, r.is_done, r.count); }
};

struct SeatRow {
  SeatNumber seat;
  SeatState state = SeatState::kFree;
  std::uint32_t owner = 0;
  static auto tie(auto& r) { return std::tie(r.seat, r.state, r.owner); }
};

struct SessionRow {
  TicketNumber number;
  Instant admitted_at;
  Instant expires_at;
  PaymentId paying;
  std::vector<HoldId> holds;
  Instant no_show_at;  // not set: the user was seen
  static auto tie(auto& r) {
    return std::tie(r.number, r.admitted_at, r.expires_at, r.paying, r.holds, r.no_show_at);
  }
};

struct OutboxRow {
  PaymentId payment;
  OutboxEntry entry;
  static auto tie(auto& r) { return std::tie(r.payment, r.entry.kind, r.entry.user, r.entry.at); }
};

struct TicketUseRow {
  PaymentId payment;
  TicketUse use;
  static auto tie(auto& r) { return std::tie(r.payment, r.use); }
};

struct SeatRefundRow {
  PaymentId payment;
  SeatRefund refund;
  static auto tie(auto& r) {
    return std::tie(r.payment, r.refund.seats, r.refund.amount, r.refund.refunded_at,
                    r.refund.balance);
  }
};

struct ReturnedRow {
  UserId user;
  PaymentId payment;
  SeatList seats;
  Money total;
  static auto tie(auto& r) { return std::tie(r.user, r.payment, r.seats, r.total); }
};

struct BuyerRow {
  UserId user;
  Buyer buyer;
  static auto tie(auto& r) {
    return std::tie(r.user, r.buyer.seats_held, r.buyer.seats_paid, r.buyer.unsettled);
  }
};

auto tie_fields(Like<WaitlistEntry> auto& v) {
  return std::tie(v.number, v.user, v.section, v.quantity, v.since);
}
auto tie_fields(Like<CodeBatchTerms> auto& v) {
  return std::tie(v.opens_at, v.uses, v.count, v.added_at, v.key);
}
auto tie_fields(Like<SpentChallenge> auto& v) { return std::tie(v.challenge, v.at); }
auto tie_fields(Like<Tenure> auto& v) { return std::tie(v.state, v.peer, v.map, v.adopted_seq); }
auto tie_fields(Like<AdmissionBucket> auto& v) { return std::tie(v.milli, v.at); }
auto tie_fields(Like<RateWindow> auto& v) {
  return std::tie(v.start, v.count, v.previous_per_minute);
}
auto tie_fields(Like<Registration> auto& v) {
  return std::tie(v.concert, v.confirmed, v.spec, v.key);
}
auto tie_fields(Like<RegisteredPlan> auto& v) {
  return std::tie(v.plan, v.name, v.seats, v.document);
}
auto tie_fields(Like<Transfer> auto& v) {
  return std::tie(v.payment, v.state, v.purchase, v.balance);
}
auto tie_fields(Like<WalletPayment> auto& v) {
  return std::tie(v.purchase, v.balance, v.paid_at, v.state);
}
auto tie_fields(Like<Wallet> auto& v) {
  return std::tie(v.user, v.balance, v.reserved, v.charged, v.spent, v.transfers, v.payments);
}
auto tie_fields(Like<Hold> auto& v) {
  return std::tie(v.id, v.user, v.number, v.date_index, v.state, v.seats, v.amount, v.expires_at,
                  v.payment, v.extensions, v.merged, v.is_offer);
}
auto tie_fields(Like<Payment> auto& v) {
  return std::tie(v.id, v.hold, v.user, v.number, v.date_index, v.state, v.seats, v.amount,
                  v.balance, v.paid_at, v.decide_by, v.refunded_at, v.refund_balance, v.key,
                  v.refund_key);
}

}  // namespace frontrow
