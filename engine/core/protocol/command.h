// What can be asked of a slot. A command is plain data, already checked for shape; whether it is
// allowed is for decide to say. Messages between slots are commands too, and take the same way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/hash.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// Who asks, as the signed token says. number is none for the operator and where no token is needed.
struct Caller {
  UserId user;
  TicketNumber number;
  std::uint32_t token_epoch = 0;
  bool is_operator() const { return user.is_nil() && !number; }
};

// Idempotency-Key of the request, hashed; `request` is a hash of route and body.
struct RequestKey {
  Hash128 key;
  std::uint64_t request = 0;
  bool present() const { return key != Hash128{}; }
  auto operator<=>(const RequestKey&) const = default;
};

// --- to a concert's slot
struct Join {
  ConcertId concert;
  UserId user;
};
struct ReadToken {
  ConcertId concert;
};
struct Leave {
  ConcertId concert;
};
// For routes of another slot that ask for an active or completed token.
struct CheckToken {
  ConcertId concert;
};
struct ReadConcert {
  ConcertId concert;
};
struct ReadDates {
  ConcertId concert;
  bool all = false;
};
struct ReadSeats {
  ConcertId concert;
  Date date;
};
struct PlaceHold {
  ConcertId concert;
  Date date;
  SeatList seats;
};
struct ReadHold {
  HoldId hold;
};
struct ReleaseHold {
  HoldId hold;
};
struct Pay {
  ConcertId concert;
  HoldId hold;
};
struct ReadPayment {
  PaymentId payment;
};
// --- to a concert's slot, by the operator
struct ChangeConcert {
  ConcertId concert;
  std::optional<Phase> phase;
  std::optional<std::string> title;
  std::optional<Instant> opens_at;
  std::optional<std::uint32_t> max_active, admit_per_second, session_s, idle_s;
  std::optional<std::uint32_t> hold_s, seats_per_user;
  bool revoke_tokens = false;
  // Settings (settings_tag.h) that the change was made for: unless they are one of these, it is
  // refused.
  std::optional<std::vector<std::uint64_t>> expected;
};
struct BlockSeat {
  ConcertId concert;
  Date date;
  SeatNumber seat;
  bool blocked = true;
};
struct Refund {
  PaymentId payment;
};
// --- to a user's slot
struct ReadBalance {
  UserId user;
};
struct Charge {
  UserId user;
  Money amount;
};
struct ReadPayments {
  UserId user;
  std::uint32_t limit = 0;
  PaymentId before;
};
// --- to the directory's slot
struct CreateConcert {
  ConcertSpec spec;
};
struct ListConcerts {};

// --- messages: concert's slot -> user's slot
struct ReserveMoney {
  Purchase purchase;
};
struct SettleMoney {
  PaymentId payment;
  UserId user;
  bool post = false;
  Instant paid_at;
};
// Also says that the payment was made, as it may overtake the message that posts it.
struct ReturnMoney {
  PaymentId payment;
  UserId user;
  Instant paid_at;
};
// --- messages: user's slot -> concert's slot
struct ReserveAnswer {
  PaymentId payment;
  bool granted = false;
  Money balance;
};
struct SettleDone {
  PaymentId payment;
};
struct ReturnDone {
  PaymentId payment;
  Money balance;
};
// --- messages: directory's slot <-> concert's slot
struct OpenConcert {
  ConcertId concert;
  ConcertSpec spec;
};
struct OpenDone {
  ConcertId concert;
};

// --- to a slot that changes its instance, by the instance that has it (engine/runtime/shard/handover.h)
struct OfferSlot {
  SlotId slot;
  InstanceId from = 0;
  std::uint64_t seq = 0;   // of the sealing record, whether it is written or not
  bool is_sealed = false;  // it is: whoever is asked may have taken the slot already
};
// The state after the sealing record, part by part; the last one is answered once it is on disk.
struct PassPart {
  SlotId slot;
  InstanceId from = 0;
  std::uint64_t seq = 0;
  std::uint64_t hash = 0;   // of the whole state
  std::uint32_t index = 0;  // of this part, from 0
  bool is_last = false;
  std::vector<std::byte> part;
};
// The sender has nothing (any more) of what the receiver is to get by the map.
struct NothingLeft {
  SlotId slot;  // the receiver's first
  InstanceId from = 0;
  bool has_older = false;      // it has slots since an earlier map
  bool has_begun = false;      // it has all that the map gives to it
  bool knows_you = false;      // the receiver once had all that was its own
  std::vector<SlotId> passed;  // of the receiver's, those that it once had and gave away
};

using CommandBody =
    std::variant<Join, ReadToken, Leave, CheckToken, ReadConcert, ReadDates, ReadSeats, PlaceHold,
                 ReadHold, ReleaseHold, Pay, ReadPayment, ChangeConcert, BlockSeat, Refund,
                 ReadBalance, Charge, ReadPayments, CreateConcert, ListConcerts, ReserveMoney,
                 SettleMoney, ReturnMoney, ReserveAnswer, SettleDone, ReturnDone, OpenConcert,
                 OpenDone, OfferSlot, PassPart, NothingLeft>;

struct Command {
  Caller caller;
  RequestKey key;
  CommandBody body;
};

// Which slot decides a command.
SlotId slot_of_concert(ConcertId concert);
SlotId slot_of_user(const UserId& user);
SlotId slot_of_directory();
SlotId slot_of(const CommandBody& body);

// Lower-case name for logs and metrics.
const char* name_of(const CommandBody& body);
// OfferSlot, PassPart and NothingLeft: between instances, about slots that nobody may decide on.
inline bool is_of_handover(const CommandBody& body) {
  constexpr std::size_t kOthers = std::variant_size_v<CommandBody> - 3;
  return body.index() >= kOthers;
}
// True for commands that promise something new; refused first when disk or memory run low.
bool is_new_work(const CommandBody& body);

}  // namespace frontrow
