// The complete state machine of a slot: takes one command, yields its record, reply and messages.
//
//   find a stored answer -> decide -> apply -> reply (or wait for an event) -> store the answer
//
// Deterministic: the same slot, command and time give the same effects. One thread per slot. The
// caller must defer all output of the slot (reply, messages, resolved waits) until the record is
// durable.
#pragma once

#include <vector>

#include "engine/core/effects.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/answer_scope.h"
#include "engine/core/state/slot.h"

namespace frontrow {

class Machine {
 public:
  explicit Machine(const Policy& policy) : policy_(policy) {}

  // Runs one command. `now` must not be before slot.time.
  void execute(Slot& slot, const Command& command, Instant now, Effects& out);

  // Whether the command repeats an earlier one: an answer is stored under its key, or the user has
  // a place in the line already.
  bool is_known(const Slot& slot, const Command& command, Instant now) const;

  // Expires deadlines: at most kExpireEventsMax events. Returns true when more are due.
  bool expire(Slot& slot, Instant now, Effects& out);

  // Logs the slot's state hash, which a replay compares.
  static void log_hash(Slot& slot, Instant now, Effects& out);

  // Logs that this instance decides on the slot from here on, whose state is as it was at the end
  // of `group` of the stream.
  static void take(Slot& slot, std::uint64_t stream, std::uint64_t group, Instant now,
                   Effects& out);

  // Messages of outbox entries made at or before `before`, and of unconfirmed registrations; for
  // restarts and slow resends.
  static void pending_messages(const Slot& slot, Instant before, std::vector<Command>& out);
  // The number of outbox entries, including unconfirmed registrations.
  static std::size_t pending_count(const Slot& slot);

 private:
  const StoredAnswer* find_answer(const Slot& slot, const Command& command, Instant now) const;
  void emit(Slot& slot, Event event, Instant now, Effects& out);
  void store_answer(Slot& slot, const AnswerScope& scope, const RequestKey& key, const Reply& reply,
                    Instant now, Effects& out);
  void resolve(Slot& slot, Resolved resolved, const AnswerScope& scope, const RequestKey& key,
               Instant now, Effects& out);
  void emit_follow_ups(Slot& slot, std::size_t first_event, Instant now, Effects& out);
  static void finish(Slot& slot, Instant now, const Effects& out);

  Policy policy_;
  EventBatch scratch_;
};

}  // namespace frontrow
