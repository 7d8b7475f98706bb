// Envelopes between threads: commands and messages to the shard that owns the slot, replies back to
// the thread of the requesting client.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/protocol/types.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/peer_bytes.h"
#include "engine/runtime/cluster/stream_end.h"

namespace frontrow {

// The kind of requester that waits for a reply.
enum class Asker : std::uint8_t {
  kClient,
  kPeer,  // another instance, over a link that this thread holds
};

// Names the request that awaits a reply: the thread, and the thread's own reference. A message has
// none.
struct ReplyTo {
  static constexpr std::uint16_t kNoReply = 0xffff;
  std::uint16_t worker = kNoReply;
  Asker asker = Asker::kClient;
  std::uint32_t context = 0;
  std::uint32_t generation = 0;
  bool expects_reply() const { return worker != kNoReply; }
};

// To the shard of `slot`, which is the command's (slot_of), hashed once by the sender.
struct CommandEnvelope {
  SlotId slot;
  Command command;
  ReplyTo reply_to;
};

struct ReplyEnvelope {
  ReplyTo to;
  Reply reply;
};

// A command for another instance's slot, to the thread that holds the link.
struct OutboundEnvelope {
  InstanceId to = 0;
  Command command;
  ReplyTo reply_to;
};

// Orders of the cluster's control to the worker of a slot.
//
// The worker decides on the slot from here on. The state, null for a slot without any, was taken
// from this end of a stream, or, without `taken_from`, has been this instance's all the time.
struct ServeSlot {
  SlotId slot;
  std::unique_ptr<Slot> state;
  std::optional<StreamEnd> taken_from;
};
// The worker decides on the slot no longer, and gives its state back (EngineOptions::on_yielded)
// once all of the slot's records are durable.
struct YieldSlot {
  SlotId slot;
};

using Envelope = std::variant<CommandEnvelope, ReplyEnvelope, OutboundEnvelope, OutboundBytes,
                              ServeSlot, YieldSlot>;

// Takes the replies of one thread, on that thread.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void on_reply(const ReplyTo& to, Reply&& reply) = 0;
};

}  // namespace frontrow
