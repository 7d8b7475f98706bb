#include "engine/runtime/shard/shard_output.h"

#include <utility>

#include "engine/core/codec/event_codec.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow {

ShardOutput::ShardOutput(Engine& engine, std::uint16_t index, Waker& waker)
    : engine_(engine), index_(index) {
  for (Batch& batch : batches_) batch.owner = &waker;
}

void ShardOutput::log(const Slot& slot, const EventBatch& events, Instant now) {
  if (events.empty()) return;
  Batch& batch = batches_[gate_.gathering()];
  const std::size_t begin = begin_record(batch.records, slot.id, slot.seq, now);
  ByteWriter writer(batch.records);
  for (const Event& event : events) encode_event(event, writer);
  finish_record(batch.records, begin, static_cast<std::uint16_t>(events.size()));
  ++batch.record_count;
  batch.event_count += static_cast<std::uint32_t>(events.size());
  gate_.mark(slot.id);
  hashes_.note_change(slot.id);
}

void ShardOutput::defer_or_send(SlotId slot, const ReplyTo& to, Reply&& reply) {
  if (ReplyGate::Deferred* queue = gate_.queue_of(slot)) {
    gate_.defer(*queue, to, std::move(reply));
  } else {
    answer(to, std::move(reply));
  }
}

void ShardOutput::defer_or_route(SlotId slot, Command&& message) {
  if (ReplyGate::Deferred* queue = gate_.queue_of(slot)) {
    queue->messages.push_back(std::move(message));
  } else {
    route(std::move(message));
  }
}

void ShardOutput::answer(const ReplyTo& to, Reply&& reply) {
  if (to.worker == index_) {
    ReplySink& sink = to.asker == Asker::kPeer ? *port_ : *sink_;
    sink.on_reply(to, std::move(reply));
  } else {
    engine_.worker(to.worker).put(ReplyEnvelope{to, std::move(reply)});
  }
}

void ShardOutput::refuse(const ReplyTo& to, Reject reject) {
  answer(to, Reply{reject, false, false, RejectDetail{}});
}

void ShardOutput::forward(SlotId slot, const Command& command, const ReplyTo& reply_to) {
  const InstanceId owner = engine_.owners().owner(slot);
  const bool is_message = !reply_to.expects_reply();
  const std::uint16_t holder = engine_.links().worker_of(owner);
  if (holder == LinkTable::kDown) {
    if (!is_message) refuse(reply_to, Reject::kInstanceUnavailable);
    return;
  }
  if (holder == index_) return port_->send(owner, command, reply_to);
  Worker& other = engine_.worker(holder);
  if (!is_message && other.intake_depth() >= engine_.options().intake_max)
    return refuse(reply_to, Reject::kOverloaded);
  other.put(OutboundEnvelope{owner, command, reply_to});
}

void ShardOutput::route(Command&& message) {
  const SlotId slot = slot_of(message.body);
  if (!engine_.owns(slot)) return forward(slot, message, ReplyTo{});
  if (Carrier* carrier = engine_.options().carrier) return carrier->carry(std::move(message));
  if (SlotTable::shard_of(slot, engine_.worker_count()) == index_) {
    messages_.push_back({slot, std::move(message), ReplyTo{}});
  } else {
    engine_.deliver(std::move(message));
  }
}

CommandEnvelope ShardOutput::take_message() {
  CommandEnvelope message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

bool ShardOutput::oldest_is_durable() const {
  return gate_.anything_in_flight() &&
         batches_[gate_.oldest_in_flight()].done.load(std::memory_order_acquire);
}

void ShardOutput::release_durable() {
  while (oldest_is_durable()) {
    const std::uint64_t number = gate_.oldest_in_flight();
    batches_[number].clear();
    hashes_.batch_durable(number);
    ReplyGate::Deferred& opened = gate_.open();
    for (ReplyEnvelope& deferred : opened.replies) answer(deferred.to, std::move(deferred.reply));
    for (Command& message : opened.messages) route(std::move(message));
    opened.clear();
  }
}

void ShardOutput::submit_batch() {
  const std::uint64_t number = gate_.gathering();
  if (batches_[number].empty()) {
    if (!gate_.anything_in_flight()) hashes_.all_durable();
    return;
  }
  if (!gate_.may_submit()) return;
  hashes_.batch_submitted(number);
  gate_.begin_next();
  engine_.pump().submit(&batches_[number]);
}

void ShardOutput::give_up_replies() {
  for (const ReplyEnvelope& deferred : gate_.take_replies())
    refuse(deferred.to, Reject::kOutcomeUnknown);
}

void ShardOutput::fail_all() {
  for (const ReplyEnvelope& deferred : gate_.take_all())
    refuse(deferred.to, Reject::kOutcomeUnknown);
  messages_.clear();
}

bool ShardOutput::has_work() const {
  return !messages_.empty() || oldest_is_durable() ||
         (gate_.may_submit() && !batches_[gate_.gathering()].empty());
}

}  // namespace frontrow
