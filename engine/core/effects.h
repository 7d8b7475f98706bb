// The effects of one step of a slot's state machine (machine.h): events, messages, replies, waits.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

// The events that a reply can wait for: a payment decided, a refund done, a concert created.
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

// The results of one step. Reused from step to step: cleared at the start of each.
struct Effects {
  EventBatch events;  // one record, atomic; empty: nothing is logged
  std::vector<Command> messages;
  std::vector<Resolved> resolved;
  Reply reply;  // of the command, unless it waits
  WaitKey waits_for;
  void clear();
};

}  // namespace frontrow
