// The output of one shard's decisions: records for the journal, replies to the threads of the
// requests, messages to slots. Replies and messages of a slot are deferred until the slot's records
// are durable (reply_gate.h).
//
// One thread, except hashed_round().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "engine/base/time.h"
#include "engine/core/protocol/event.h"
#include "engine/runtime/cluster/envelope.h"
#include "engine/runtime/cluster/links.h"
#include "engine/runtime/journal/journal_pump.h"
#include "engine/runtime/shard/hash_rounds.h"
#include "engine/runtime/shard/reply_gate.h"

namespace frontrow {

class Engine;
struct Slot;

class ShardOutput {
 public:
  // `waker` wakes the shard's thread when a batch is durable.
  ShardOutput(Engine& engine, std::uint16_t index, Waker& waker);

  // Takers of replies on this thread: its clients and its links.
  void set_sink(ReplySink* sink) { sink_ = sink; }
  void set_port(PeerPort* port) { port_ = port; }

  // --- of a slot's decision
  // Adds a record of these events, which were applied to the slot, to the gathered batch.
  void log(const Slot& slot, const EventBatch& events, Instant now);
  // Whether a record of the slot is not durable yet.
  bool has_in_flight(SlotId slot) { return gate_.queue_of(slot) != nullptr; }
  // The batch that the next record goes to, and whether one is durable.
  std::uint64_t gathering() const { return gate_.gathering(); }
  bool is_durable(std::uint64_t batch) const { return batch < gate_.oldest_in_flight(); }
  // Answers, or runs the message, once the slot's records are durable.
  void defer_or_send(SlotId slot, const ReplyTo& to, Reply&& reply);
  void defer_or_route(SlotId slot, Command&& message);

  // --- at once
  // Passes a reply to the thread that sent the request.
  void answer(const ReplyTo& to, Reply&& reply);
  void refuse(const ReplyTo& to, Reject reject);
  // Sends a command to the owner of another instance's slot, through the thread that holds the
  // link. A message that can't be sent is resent later.
  void forward(SlotId slot, const Command& command, const ReplyTo& reply_to);
  // Sends over a link that this thread holds.
  void send_here(const OutboundEnvelope& out) { port_->send(out.to, out.command, out.reply_to); }
  void send_here(const OutboundBytes& out) { port_->send_bytes(out); }

  // --- messages to own slots, ready to run
  std::size_t messages_ready() const { return messages_.size(); }
  // The oldest one. REQUIRES: messages_ready() > 0.
  CommandEnvelope take_message();

  // --- batches
  // Releases output that became durable.
  void release_durable();
  // Submits at once, so that the journal thread never waits for this one: all batches submitted
  // when a sync ends form the next group.
  void submit_batch();
  // The log does not answer: deferred replies have an unknown outcome. Messages wait on, as their
  // records may become durable.
  void give_up_replies();
  // The journal failed: deferred replies have an unknown outcome, messages are dropped.
  void fail_all();
  // Output is durable and not released, or ready to be submitted.
  bool has_work() const;
  // No batch in flight, no reply deferred.
  bool idle() const { return !gate_.anything_in_flight() && gate_.deferred() == 0; }
  std::size_t deferred_replies() const { return gate_.deferred(); }

  HashRounds& hashes() { return hashes_; }
  const HashRounds& hashes() const { return hashes_; }

 private:
  void route(Command&& message);
  bool oldest_is_durable() const;

  Engine& engine_;
  const std::uint16_t index_;
  ReplySink* sink_ = nullptr;
  PeerPort* port_ = nullptr;
  std::deque<CommandEnvelope> messages_;
  HashRounds hashes_;
  ReplyGate gate_;
  BatchRing<Batch> batches_;  // numbered by the gate
};

}  // namespace frontrow
