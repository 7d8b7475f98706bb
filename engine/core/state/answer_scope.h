// Whose an answer under an Idempotency-Key is. A key belongs to its sender and to one resource: a
// concert for joins, holds and payments of a fan, a wallet for charges, a payment for refunds. Keys
// of other senders and of other resources never meet it and never evict it.
//
// In the log and in snapshots one id of 16 bytes (`owner`) stands for sender and resource:
//
//   a fan        the user's own id; the table (a concert's, or that of the wallet's slot) is the
//                resource
//   an operator  XXH3-128 over sender and resource. It is in the slot's own table, and it is never
//                an id that hashes to that slot: so it is no user's whose wallet is there, whatever
//                ids clients choose.
//
// Pure functions, any thread.
#pragma once

#include "engine/core/protocol/command.h"

namespace frontrow {

// Who sends a command: a fan, or an operator by the key that authorises it.
struct Sender {
  enum class Kind : std::uint8_t { kFan = 1, kOperatorKey = 2 };
  Kind kind = Kind::kFan;
  UserId id;  // the user's; an operator's: nil stands for the admin key
  bool operator==(const Sender&) const = default;
};
Sender sender_of(const Caller& caller);
inline constexpr Sender kAdminSender{Sender::Kind::kOperatorKey, {}};

struct AnswerScope {
  ConcertId concert;  // whose table; none: the slot's own
  UserId owner;
};

// Commands that keep their answer under a key: those that make something new. The others come to
// the same when they are sent twice.
bool keeps_answer(const Command& command);
// For those commands only.
AnswerScope answer_scope(const Sender& sender, const CommandBody& body, const RequestKey& key);

AnswerScope refund_scope(const Sender& sender, PaymentId payment);
// Every creation has a scope of its own: no number of other creations evicts its answer.
AnswerScope creation_scope(const Sender& sender, const RequestKey& key);

// Where versions before this rule kept an operator's answer: all of a concert, and all of a slot,
// in one list. Such answers are younger than kAnswerKeptFor and go with time.
AnswerScope shared_operator_scope(const CommandBody& body);

// Whether `owner`, in the own table of this slot, stands for an operator and a resource.
bool is_operator_scope(const UserId& owner, SlotId slot);

}  // namespace frontrow
