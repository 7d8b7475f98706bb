// The events of a slot: facts that are logged, listed by type number. A number is never reused. The
// layout of each event is its tie(), in order (field_codec.h). Adding a field or a type raises
// kGroupFormatVersion.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reject.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// --- the directory
struct ConcertRegistered {
  static constexpr std::uint8_t kType = 1;
  ConcertId concert;
  ConcertSpec spec;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.spec, e.key); }
};
struct RegistrationConfirmed {
  static constexpr std::uint8_t kType = 2;
  ConcertId concert;
  static auto tie(auto& e) { return std::tie(e.concert); }
};

// --- a concert
struct ConcertCreatedEvent {
  static constexpr std::uint8_t kType = 10;
  ConcertId concert;
  ConcertSpec spec;
  static auto tie(auto& e) { return std::tie(e.concert, e.spec); }
};
// All settings as of this event.
struct ConcertChanged {
  static constexpr std::uint8_t kType = 11;
  ConcertId concert;
  std::string title;
  Instant opens_at;
  SaleRules rules;
  std::uint32_t token_epoch = 0;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.title, e.opens_at, e.rules, e.token_epoch);
  }
};
struct PhaseChanged {
  static constexpr std::uint8_t kType = 12;
  ConcertId concert;
  Phase phase = Phase::kOpen;
  static auto tie(auto& e) { return std::tie(e.concert, e.phase); }
};

// --- the line
struct TokenJoined {
  static constexpr std::uint8_t kType = 20;
  ConcertId concert;
  TicketNumber number;
  UserId user;
  static auto tie(auto& e) { return std::tie(e.concert, e.number, e.user); }
};
// Every token waiting in [first, last] is active from the record's time on.
struct TokensAdmitted {
  static constexpr std::uint8_t kType = 21;
  ConcertId concert;
  TicketNumber first;
  TicketNumber last;
  std::uint32_t count = 0;
  static auto tie(auto& e) { return std::tie(e.concert, e.first, e.last, e.count); }
};
struct TokenEnded {
  static constexpr std::uint8_t kType = 22;
  ConcertId concert;
  TicketNumber number;
  TokenState state = TokenState::kExpired;
  static auto tie(auto& e) { return std::tie(e.concert, e.number, e.state); }
};

// --- seats
struct SeatsHeld {
  static constexpr std::uint8_t kType = 30;
  ConcertId concert;
  HoldId hold;
  TicketNumber number;
  std::uint16_t date_index = 0;
  SeatList seats;
  Money amount;
  Instant expires_at;
  static auto tie(auto& e) {
    return std::tie(e.concert, e.hold, e.number, e.date_index, e.seats, e.amount, e.expires_at);
  }
};
// Released by its owner or because the session ended; the hold is erased.
struct HoldReleased {
  static constexpr std::uint8_t kType = 31;
  ConcertId concert;
  HoldId hold;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold); }
};
struct HoldExpired {
  static constexpr std::uint8_t kType = 32;
  ConcertId concert;
  HoldId hold;
  static auto tie(auto& e) { return std::tie(e.concert, e.hold); }
};
struct SeatBlocked {
  static constexpr std::uint8_t kType = 33;
  ConcertId concert;
  std::uint16_t date_index = 0;
  SeatNumber seat;
  bool blocked = true;
  static auto tie(auto& e) { return std::tie(e.concert, e.date_index, e.seat, e.blocked); }
};

// --- payment, the concert's side
struct PaymentStarted {
  static constexpr std::uint8_t kType = 40;
  ConcertId concert;
  PaymentId payment;
  HoldId hold;
  Instant decide_by;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.hold, e.decide_by, e.key); }
};
// The commit point: the seats are owned from here on.
struct Sold {
  static constexpr std::uint8_t kType = 41;
  ConcertId concert;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.balance); }
};
struct PaymentFailed {
  static constexpr std::uint8_t kType = 42;
  ConcertId concert;
  PaymentId payment;
  Reject reason = Reject::kInsufficientBalance;
  Money balance;  // of the wallet at the refusal
  Money amount;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.reason, e.balance, e.amount); }
};
// The user's slot has posted or voided the payment: the outbox entry is erased.
struct PaymentSettled {
  static constexpr std::uint8_t kType = 43;
  ConcertId concert;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment); }
};
struct RefundStarted {
  static constexpr std::uint8_t kType = 44;
  ConcertId concert;
  PaymentId payment;
  RequestKey key;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.key); }
};
struct Refunded {
  static constexpr std::uint8_t kType = 45;
  ConcertId concert;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.concert, e.payment, e.balance); }
};

// --- a wallet
struct WalletCharged {
  static constexpr std::uint8_t kType = 60;
  UserId user;
  ChargeId charge;
  Money amount;
  static auto tie(auto& e) { return std::tie(e.user, e.charge, e.amount); }
};
struct MoneyReserved {
  static constexpr std::uint8_t kType = 61;
  Purchase purchase;
  static auto tie(auto& e) { return std::tie(e.purchase); }
};
// A tombstone: the refusal of this payment is final.
struct ReserveRefused {
  static constexpr std::uint8_t kType = 62;
  UserId user;
  PaymentId payment;
  Money balance;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.balance); }
};
struct MoneyPosted {
  static constexpr std::uint8_t kType = 63;
  UserId user;
  PaymentId payment;
  Instant paid_at;
  static auto tie(auto& e) { return std::tie(e.user, e.payment, e.paid_at); }
};
// Also logged for an unknown payment: a tombstone that rejects a late reservation.
struct MoneyVoided {
  static constexpr std::uint8_t kType = 64;
  UserId user;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.user, e.payment); }
};
struct MoneyReturned {
  static constexpr std::uint8_t kType = 65;
  UserId user;
  PaymentId payment;
  static auto tie(auto& e) { return std::tie(e.user, e.payment); }
};

// --- idempotency: a stored answer of a concert or, without a concert, of the slot itself
struct AnswerStored {
  static constexpr std::uint8_t kType = 80;
  ConcertId concert;
  UserId user;  // AnswerScope::owner: a fan, or an id derived from the operator and a resource
  RequestKey key;
  std::string answer;  // encoded by answer_codec.h
  static auto tie(auto& e) { return std::tie(e.concert, e.user, e.key, e.answer); }
};

// --- proof: the slot's state hash when this record was decided. Changes no state; a replay
// compares it with the replayed state (engine/runtime/recovery/replay.h).
struct SlotHashed {
  static constexpr std::uint8_t kType = 90;
  StateHash hash = 0;
  static auto tie(auto& e) { return std::tie(e.hash); }
};

// --- ownership of a slot (Tenure in slot.h)

// This instance stops deciding on the slot. The slot's state, this record included, goes to another
// instance.
struct SlotSealed {
  static constexpr std::uint8_t kType = 91;
  InstanceId to = 0;
  std::uint64_t map = 0;  // hash of the slot map that names the new owner
  static auto tie(auto& e) { return std::tie(e.to, e.map); }
};
// The new owner has the slot on disk: the state of the slot is erased here.
struct SlotReleased {
  static constexpr std::uint8_t kType = 92;
  InstanceId to = 0;
  static auto tie(auto& e) { return std::tie(e.to); }
};
// No other instance has the slot: it begins here, or continues from the local state.
struct SlotOpened {
  static constexpr std::uint8_t kType = 93;
  std::uint64_t map = 0;
  static auto tie(auto& e) { return std::tie(e.map); }
};
// The slot's state is imported from another instance and replaces any local state. First event of
// its record, which holds the whole state in the SlotPart events that follow.
struct SlotAdopted {
  static constexpr std::uint8_t kType = 94;
  InstanceId from = 0;
  std::uint64_t seq = 0;  // of the sealing record, which the parts include
  StateHash hash = 0;     // state hash of the imported parts
  std::uint64_t map = 0;
  static auto tie(auto& e) { return std::tie(e.from, e.seq, e.hash, e.map); }
};
// One part of an imported state (snapshot_codec.h).
struct SlotPart {
  static constexpr std::uint8_t kType = 95;
  std::vector<std::byte> part;
  static auto tie(auto& e) { return std::tie(e.part); }
};

// An instance of the cluster has all slots that it owns. Logged in a slot of each other instance,
// so that the instance does not start afresh if it ever returns with an empty disk.
struct InstanceBegan {
  static constexpr std::uint8_t kType = 96;
  InstanceId instance = 0;
  static auto tie(auto& e) { return std::tie(e.instance); }
};

using Event =
    std::variant<ConcertRegistered, RegistrationConfirmed, ConcertCreatedEvent, ConcertChanged,
                 PhaseChanged, TokenJoined, TokensAdmitted, TokenEnded, SeatsHeld, HoldReleased,
                 HoldExpired, SeatBlocked, PaymentStarted, Sold, PaymentFailed, PaymentSettled,
                 RefundStarted, Refunded, WalletCharged, MoneyReserved, ReserveRefused, MoneyPosted,
                 MoneyVoided, MoneyReturned, AnswerStored, SlotHashed, SlotSealed, SlotReleased,
                 SlotOpened, SlotAdopted, SlotPart, InstanceBegan>;

using EventBatch = std::vector<Event>;

// Lower-case name for logs and the recovery tool.
const char* name_of(const Event& event);

}  // namespace frontrow
