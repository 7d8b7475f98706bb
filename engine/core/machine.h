// The state machine of a slot, whole: one command in, its record, its answer and its messages out.
//
//   look for a stored answer -> decide -> apply -> answer (or say what it waits for) -> store the
//   answer
//
// Deterministic: the same slot, command and time give the same effects. One thread per slot. What
// leaves the slot (reply, messages, resolved waits) must be kept back until the record is durable;
// that is the caller's.
#pragma once

#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/answer_scope.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// What an answer can wait for: a payment to be decided, a refund to be done, a concert to be there.
enum class WaitKind : std::uint8_t { kNone = 0, kPayment = 1, kRefund = 2, kConcert = 3 };
struct WaitKey {
  WaitKind kind = WaitKind::kNone;
  std::uint64_t id = 0;
  bool operator==(const WaitKey&) const = default;
};

struct Resolved {
  WaitKey key;
  Reply reply;
};

// What came out of one step. Reused from step to step: cleared at the start of each.
struct Effects {
  EventBatch events;  // one record, atomic; empty: nothing was logged
  std::vector<Command> messages;
  std::vector<Resolved> resolved;
  Reply reply;  // of the command, unless it waits
  WaitKey waits_for;
  void clear();
};

class Machine {
 public:
  explicit Machine(const Policy& policy) : policy_(policy) {}

  // Runs one command. `now` must not be before slot.time.
  void execute(Slot& slot, const Command& command, Instant now, Effects& out);

  // Whether this is asked again: there is an answer under its key, or the user has a place already.
  bool is_known(const Slot& slot, const Command& command, Instant now) const;

  // Lets time pass: at most kExpireEventsMax events. Returns true when more is due already.
  bool expire(Slot& slot, Instant now, Effects& out);

  // Logs what the slot's state hash is, for whoever replays the log.
  static void log_hash(Slot& slot, Instant now, Effects& out);

  // Where the slot is, among the instances of a cluster (event.h says what each means). `adopt`
  // is for a slot that was just made, which is of no use where the parts are not what `as` says.
  static void seal(Slot& slot, InstanceId to, std::uint64_t map, Instant now, Effects& out);
  static void release(Slot& slot, Instant now, Effects& out);
  static void open(Slot& slot, std::uint64_t map, Instant now, Effects& out);
  static void note_begun(Slot& slot, InstanceId instance, Instant now, Effects& out);
  static Status adopt(Slot& slot, const SlotAdopted& as, std::vector<SlotPart>&& parts, Instant now,
                      Effects& out);

  // Messages of errands that were not acknowledged since `before`; for restarts and slow retries.
  static void pending_messages(const Slot& slot, Instant before, std::vector<Command>& out);
  // How many errands there are, old and new.
  static std::size_t pending_count(const Slot& slot);

 private:
  const StoredAnswer* find_answer(const Slot& slot, const Command& command, Instant now) const;
  void emit(Slot& slot, Event event, Instant now, Effects& out);
  void store_answer(Slot& slot, const AnswerScope& scope, const RequestKey& key, const Reply& reply,
                    Instant now, Effects& out);
  void resolve(Slot& slot, Resolved resolved, const AnswerScope& scope, const RequestKey& key,
               Instant now, Effects& out);
  void emit_follow_ups(Slot& slot, std::size_t first_event, Instant now, Effects& out);
  static void log_alone(Slot& slot, Event event, Instant now, Effects& out);
  static void finish(Slot& slot, Instant now, const Effects& out);

  Policy policy_;
  EventBatch scratch_;
};

}  // namespace frontrow
