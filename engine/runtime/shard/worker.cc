#include "engine/runtime/shard/worker.h"

#include <algorithm>

#include "engine/core/decide.h"
#include "engine/core/protocol/silence.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow {
namespace {

constexpr std::size_t kDrainMax = 512;
constexpr Duration kSleepMax = milliseconds(100);
// A wait for another slot ends this long after the deadline of a payment (Policy::payment_decide):
// a payment then fails by itself first, and the wait ends before a peer that forwarded the request
// gives up.
constexpr Duration kWaitSlack = milliseconds(500);

// The time at which the user of a live token was present. An open event stream keeps a place in the
// line, but only a request of the user after the admission shows that the user entered the shop.
Instant seen_at(const Line& line, const Command& command, Instant now) {
  const auto silence = silence_of(command);
  const bool waits = line.token(command.caller.number).state == TokenState::kWaiting;
  return !silence || waits ? now : now - *silence;
}

// A request under a token, or another join, shows that its user is present.
void touch(Slot& slot, const Command& command, Instant now) {
  if (const auto* join = std::get_if<Join>(&command.body)) {
    Concert* concert = slot.find_concert(join->concert);
    const TicketNumber number =
        concert == nullptr ? TicketNumber{} : concert->line.find(join->user);
    if (number) concert->line.touch(number, now);
    return;
  }
  if (!command.caller.number) return;
  for (const auto& concert : slot.concerts) {
    if (identify(*concert, command.caller) != Reject::kNone) continue;
    concert->line.touch(command.caller.number, seen_at(concert->line, command, now));
  }
}

}  // namespace

Worker::Worker(Engine& engine, std::uint16_t index)
    : engine_(engine),
      index_(index),
      drained_(kDrainMax),
      output_(engine, index, waker_),
      machine_(engine.options().policy),
      outbox_(engine.slots(), timers_) {
  if (!engine.options().serves_on_order) live_.set();
}

void Worker::begin() {
  const Instant now = engine_.clock().now();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (SlotTable::shard_of(SlotId{id}, engine_.worker_count()) != index_) continue;
    if (Slot* slot = engine_.slots().find(SlotId{id})) begin_slot(*slot);
  }
  outbox_.begin(now);
  passed_until_ = now;
}

// The slot is served from now on; its outbox is resent. Resets idle timers: users could not poll
// meanwhile.
void Worker::begin_slot(Slot& slot) {
  const Instant shown = engine_.clock().now();
  ahead_[slot.id.value] = std::max(Duration{}, slot.time - shown);
  const Instant now = now_for(slot);
  for (const auto& concert : slot.concerts) concert->begin_anew(now);
  note_wakeup(slot, now);
  std::vector<Command> outbox_entries;
  Machine::pending_messages(slot, kNever, outbox_entries);
  for (Command& outbox_entry : outbox_entries)
    output_.defer_or_route(slot.id, std::move(outbox_entry));
}

void Worker::put(Envelope&& envelope) {
  intake_.enqueue(std::move(envelope));
  waker_.wake();
}

Instant Worker::now_for(const Slot& slot) const {
  return std::max(engine_.clock().now() + ahead_[slot.id.value], slot.time);
}

void Worker::prefetch(ConcertId concert, TicketNumber number) const {
  const SlotId slot = slot_of_concert(concert);
  if (&engine_.worker_of(slot) != this) return;
  const Slot* own = engine_.slots().find(slot);
  const Concert* found = own == nullptr ? nullptr : own->find_concert(concert);
  if (found != nullptr) found->prefetch(number);
}

void Worker::submit(const Command& command, const ReplyTo& reply_to) {
  if (engine_.failed()) return output_.refuse(reply_to, Reject::kOutcomeUnknown);
  const SlotId slot = slot_of(command.body);
  if (!engine_.owns(slot)) return output_.forward(slot, command, reply_to);
  Worker& owner = engine_.worker_of(slot);
  if (&owner == this) {
    return execute_if_room(slot, command, reply_to);
  }
  if (owner.intake_depth() >= engine_.options().intake_max)
    return output_.refuse(reply_to, Reject::kOverloaded);
  owner.put(CommandEnvelope{slot, command, reply_to});
}

void Worker::execute_if_room(SlotId id, const Command& command, const ReplyTo& reply_to) {
  const bool is_message = !reply_to.expects_reply();
  if (!live_[id.value] || !engine_.may_decide()) {
    // Another instance decides on the slot, or will soon; the sender resends a message.
    if (!is_message) output_.refuse(reply_to, Reject::kInstanceUnavailable);
    return;
  }
  if (!is_message && output_.deferred_replies() >= engine_.options().deferred_replies_max)
    return output_.refuse(reply_to, Reject::kOverloaded);
  if (engine_.log_unavailable() && !is_message && !is_read(command.body))
    return output_.refuse(reply_to, Reject::kLogUnavailable);
  const Reject short_of = engine_.short_of();
  if (short_of != Reject::kNone && is_new_work(command.body)) {
    // A repeated request gets its earlier reply even during a shortage.
    const Slot& slot = engine_.slots().at(id);
    if (!machine_.is_known(slot, command, now_for(slot))) {
      (short_of == Reject::kLowDisk ? stats_.refused_low_disk : stats_.refused_low_memory).add();
      return output_.refuse(reply_to, short_of);
    }
  }
  execute(id, command, reply_to);
}

void Worker::execute(SlotId id, const Command& command, const ReplyTo& reply_to) {
  Slot& slot = engine_.slots().at(id);
  const Instant now = now_for(slot);
  touch(slot, command, now);
  machine_.execute(slot, command, now, effects_);
  stats_.decided[kind_of(command.body)][static_cast<std::size_t>(effects_.reply.reject)].add();
  output_.log(slot, effects_.events, now);
  release_effects(slot, reply_to, command.key);
  note_wakeup(slot, now);
}

// Ends waits for a slot that can't be reached or has migrated. The outbox entry is still resent;
// only the client stops waiting.
void Worker::end_waits(Instant now) {
  for (const ReplyTo& waiter : waits_.take_overdue(now))
    output_.refuse(waiter, Reject::kOutcomeUnknown);
}

// The reply goes last and is moved out first: its sink may submit the next command, which reuses
// effects_.
void Worker::release_effects(Slot& slot, const ReplyTo& reply_to, const RequestKey& key) {
  const bool waits = effects_.waits_for.kind != WaitKind::kNone;
  if (waits && reply_to.expects_reply()) {
    const Instant decided_by = engine_.clock().now() + engine_.options().policy.payment_decide;
    waits_.add(effects_.waits_for, reply_to, key, decided_by + kWaitSlack);
  }
  for (const Resolved& resolved : effects_.resolved) {
    const WaitList::Waiters waiters = waits_.take(resolved.key);
    for (const Waiter& waiter : waiters) {
      Reply reply = resolved.reply;
      if (&waiter != &waiters.front() && reply.created) {
        // Only the first request created the entity. A waiter with the same key gets a replayed
        // reply, like a later resend.
        reply.replayed = waiter.key.present() && waiter.key == waiters.front().key;
        reply.created = reply.replayed;
      }
      output_.defer_or_send(slot.id, waiter, std::move(reply));
    }
  }
  for (Command& message : effects_.messages) output_.defer_or_route(slot.id, std::move(message));
  if (waits || !reply_to.expects_reply()) return;
  Reply reply = std::move(effects_.reply);
  output_.defer_or_send(slot.id, reply_to, std::move(reply));
}

bool Worker::turn() {
  if (engine_.failed()) {
    fail_everything();
    return false;
  }
  output_.release_durable();
  if (engine_.log_stuck()) output_.give_up_replies();
  drain_intake();
  run_messages();
  end_yields();
  end_takes();
  pass_time();
  log_hashes();
  output_.submit_batch();
  stats_.intake_depth.set(intake_depth());
  stats_.deferred_replies.set(output_.deferred_replies());
  return has_work();
}

void Worker::drain_intake() {
  const std::size_t taken = intake_.try_dequeue_bulk(drained_.begin(), kDrainMax);
  for (std::size_t i = 0; i < taken; ++i) {
    if (auto* command = std::get_if<CommandEnvelope>(&drained_[i])) {
      execute_if_room(command->slot, command->command, command->reply_to);
    } else if (auto* reply = std::get_if<ReplyEnvelope>(&drained_[i])) {
      output_.answer(reply->to, std::move(reply->reply));
    } else if (auto* outbound = std::get_if<OutboundEnvelope>(&drained_[i])) {
      output_.send_here(*outbound);
    } else if (auto* bytes = std::get_if<OutboundBytes>(&drained_[i])) {
      output_.send_here(*bytes);
      bytes->bytes.reset();
    } else if (auto* serve_order = std::get_if<ServeSlot>(&drained_[i])) {
      serve(std::move(*serve_order));
    } else {
      yield(std::get<YieldSlot>(drained_[i]).slot);
    }
  }
}

void Worker::serve(ServeSlot&& order) {
  FR_CHECK(!live_[order.slot.value]);
  live_.set(order.slot.value);
  if (order.state == nullptr) return;
  Slot& slot = *order.state;
  engine_.slots().adopt(std::move(order.state));
  ahead_[slot.id.value] = std::max(Duration{}, slot.time - engine_.clock().now());
  if (order.taken_from) {
    const Instant now = now_for(slot);
    Machine::take(slot, order.taken_from->stream, order.taken_from->group, now, effects_);
    output_.log(slot, effects_.events, now);
    taking_.emplace_back(slot.id, output_.gathering());
  }
  begin_slot(slot);
}

void Worker::yield(SlotId slot) {
  FR_CHECK(live_[slot.value]);
  live_.reset(slot.value);
  timers_.remove(slot);
  yielding_.push_back(slot);
}

// Gives slots back whose records are all durable.
void Worker::end_yields() {
  std::erase_if(yielding_, [this](SlotId slot) {
    if (output_.has_in_flight(slot)) return false;
    std::unique_ptr<Slot> state = engine_.slots().release(slot);
    if (state != nullptr && state->seq == 0) state.reset();  // looked at, and never changed
    engine_.options().on_yielded(slot, std::move(state));
    return true;
  });
}

void Worker::end_takes() {
  std::erase_if(taking_, [this](const auto& taking) {
    if (!output_.is_durable(taking.second)) return false;
    engine_.options().on_taken(taking.first);
    return true;
  });
}

void Worker::run_messages() {
  // Runs only the messages queued so far: those that they cause wait for the disk anyway.
  for (std::size_t left = output_.messages_ready(); left > 0; --left) {
    const CommandEnvelope message = output_.take_message();
    execute_if_room(message.slot, message.command, message.reply_to);
  }
}

// The journal failed: all deferred replies have an unknown outcome, and nothing more is decided
// here.
void Worker::fail_everything() {
  output_.fail_all();
  for (const ReplyTo& waiter : waits_.take_all()) output_.refuse(waiter, Reject::kOutcomeUnknown);
  const std::size_t taken = intake_.try_dequeue_bulk(drained_.begin(), kDrainMax);
  for (std::size_t i = 0; i < taken; ++i) {
    if (auto* command = std::get_if<CommandEnvelope>(&drained_[i])) {
      if (command->reply_to.expects_reply())
        output_.refuse(command->reply_to, Reject::kOutcomeUnknown);
    } else if (auto* reply = std::get_if<ReplyEnvelope>(&drained_[i])) {
      output_.answer(reply->to, std::move(reply->reply));
    } else if (auto* outbound = std::get_if<OutboundEnvelope>(&drained_[i])) {
      if (outbound->reply_to.expects_reply())
        output_.refuse(outbound->reply_to, Reject::kOutcomeUnknown);
    }
  }
}

bool Worker::has_work() const {
  if (engine_.failed()) return intake_.size_approx() > 0;
  return intake_.size_approx() > 0 || output_.has_work() ||
         !output_.hashes().is_gathered(engine_.hash_round()) ||
         outbox_.has_new_link(engine_.links_made());
}

Duration Worker::sleep_for() const {
  if (engine_.failed()) return kSleepMax;  // put() wakes the thread
  if (has_work()) return {};
  const std::int64_t until =
      std::min(timers_.earliest_ms(), outbox_.next_retry().ms) - engine_.clock().now().ms;
  return milliseconds(std::clamp<std::int64_t>(until, 0, kSleepMax.ms));
}

bool Worker::idle() const { return !has_work() && output_.idle() && waits_.size() == 0; }

}  // namespace frontrow
