// The scope of an Idempotency-Key: its sender and one resource. The resource is a concert for
// joins, holds and payments of a fan, a wallet for charges, a payment for refunds. Keys of other
// senders and other resources neither match a key nor evict it.
//
// In the log and in snapshots one id of 16 bytes (`owner`) stands for sender and resource:
//
//   a fan        the user's own id; the table (a concert's, or that of the wallet's slot) is the
//                resource
//   an operator  XXH3-128 over sender and resource. It is in the slot's own table, and it is never
//                an id that hashes to that slot: a client can choose any user id, and no user whose
//                wallet is there can have this one.
//
// Pure functions, any thread.
#pragma once

#include "engine/core/protocol/command.h"

namespace frontrow {

// The sender of a command: a fan, or an operator by the key that authorises it.
struct Sender {
  enum class Kind : std::uint8_t { kFan = 1, kOperatorKey = 2 };
  Kind kind = Kind::kFan;
  UserId id;  // the user's; an operator's: nil for the admin key, XXH3-128 of another key's id
  bool operator==(const Sender&) const = default;
};
Sender sender_of(const Caller& caller);
inline constexpr Sender kAdminSender{Sender::Kind::kOperatorKey, {}};

struct AnswerScope {
  ConcertId concert;  // the owner of the table; none: the slot
  UserId owner;
};

// REQUIRES: a command that keeps its answer (keeps_answer), which creates an entity. Other commands
// have the same effect when they are sent twice.
AnswerScope answer_scope(const Sender& sender, const CommandBody& body, const RequestKey& key);

// Refunds and creations are one scope for all operators' keys, whose Idempotency-Keys differ: a
// refund is made once, and a creation has a scope of its own.
AnswerScope refund_scope(const Sender& sender, PaymentId payment);
// Every sale at the box office has a scope of its own, as creations have.
AnswerScope sale_scope(const Sender& sender, ConcertId concert, const RequestKey& key);
// Every creation has a scope of its own: no number of other creations evicts its answer.
AnswerScope creation_scope(const Sender& sender, const RequestKey& key);

// The scope of an operator's answer in versions before this rule: one list for each concert, one
// for the rest of a slot. Such answers expire after kAnswerKeptFor.
AnswerScope shared_operator_scope(const CommandBody& body);

// Whether `owner`, in the own table of this slot, stands for an operator and a resource.
bool is_operator_scope(const UserId& owner, SlotId slot);

}  // namespace frontrow
