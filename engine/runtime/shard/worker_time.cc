// The periodic work of a worker: expired deadlines, resent outbox entries, logged hashes.
#include <algorithm>

#include "engine/core/decide.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow {
namespace {

// An outbox entry is resent once it was not acknowledged for this long.
constexpr Duration kResendAfter = seconds(5);
// Longer than any turn takes, and far below a concert's idle limit.
constexpr Duration kStandstill = seconds(2);
// Slots that log their hash in one turn.
constexpr std::size_t kHashesPerTurn = 64;

}  // namespace

void Worker::note_wakeup(Slot& slot, Instant now) {
  if (slot.concerts.empty()) return;
  std::int64_t& wake_at = wake_at_ms_[slot.id.value];
  if (wake_at == kNoConcert) timed_slots_.push_back(slot.id);
  Instant wake = kNever;
  for (const auto& concert : slot.concerts) wake = std::min(wake, next_wakeup(*concert, now));
  wake_at = (wake - ahead_[slot.id.value]).ms;
  earliest_wake_ms_ = std::min(earliest_wake_ms_, wake_at);
}

void Worker::pass_time() {
  const Instant now = engine_.clock().now();
  if (now - passed_until_ > kStandstill) reset_idle_timers();
  passed_until_ = now;
  if (now >= next_retry_) retry_outbox(now);
  if (links_resent_ != engine_.links_made()) resend_outbox();
  if (now.ms >= earliest_wake_ms_) run_due_slots(now);
  end_waits(now);  // after the payments that fail now
}

void Worker::run_due_slots(Instant now) {
  earliest_wake_ms_ = kNever.ms;
  for (const SlotId id : timed_slots_) {
    if (wake_at_ms_[id.value] > now.ms) {
      earliest_wake_ms_ = std::min(earliest_wake_ms_, wake_at_ms_[id.value]);
      continue;
    }
    Slot& slot = engine_.slots().at(id);
    const Instant slot_now = now_for(slot);
    machine_.expire(slot, slot_now, effects_);
    log_effects(slot, slot_now);
    release_effects(slot, ReplyTo{}, RequestKey{});
    note_wakeup(slot, slot_now);
  }
}

// Resets idle timers: users could not poll while the process stood still (stopped, frozen, swapped
// out).
void Worker::reset_idle_timers() {
  for (const SlotId id : timed_slots_) {
    const Slot& slot = engine_.slots().at(id);
    for (const auto& concert : slot.concerts) concert->line.touch_all(now_for(slot));
  }
}

// Visits the own slots that have an outbox: those of concerts, and the directory's.
template <class Visit>
void Worker::for_each_sender(const Visit& visit) {
  for (const SlotId id : timed_slots_) visit(id);
  const SlotId directory = slot_of_directory();
  const bool own = handover_.is_live(directory) && &engine_.worker_of(directory) == this;
  if (own && wake_at_ms_[directory.value] == kNoConcert) visit(directory);
}

// Resends through defer_or_route(), since entries logged five seconds ago may still wait for a
// stalled disk.
void Worker::retry_outbox(Instant now) {
  next_retry_ = now + kRetryEvery;
  std::vector<Command> outbox_entries;
  std::size_t pending = 0;
  for_each_sender([&](SlotId id) {
    const Slot& slot = engine_.slots().at(id);
    pending += Machine::pending_count(slot);
    Machine::pending_messages(slot, now_for(slot) - kResendAfter, outbox_entries);
    for (Command& outbox_entry : outbox_entries) defer_or_route(id, std::move(outbox_entry));
    outbox_entries.clear();
  });
  stats_.outbox_entries.set(pending);
}

// Sends messages to other instances at once when a link was made.
void Worker::resend_outbox() {
  links_resent_ = engine_.links_made();
  std::vector<Command> outbox_entries;
  for_each_sender([&](SlotId slot) {
    Machine::pending_messages(engine_.slots().at(slot), kNever, outbox_entries);
    for (Command& outbox_entry : outbox_entries) {
      if (!engine_.owns(slot_of(outbox_entry.body))) defer_or_route(slot, std::move(outbox_entry));
    }
    outbox_entries.clear();
  });
}

void Worker::log_hashes() {
  HashRounds& h = hashes_;
  const std::uint64_t asked = engine_.hash_round();
  if (h.gathered == asked) return;
  if (h.running != asked) {
    h.running = asked;
    for (const SlotId id : h.changed) {
      if (h.is_changed[id.value]) h.left.push_back(id);
      h.is_changed.reset(id.value);
    }
    h.changed.clear();
  }
  for (std::size_t i = 0; i < kHashesPerTurn && !h.left.empty(); ++i) {
    const SlotId id = h.left.back();
    h.left.pop_back();
    if (!handover_.is_live(id)) continue;  // the slot has left
    Slot& slot = engine_.slots().at(id);
    const Instant now = now_for(slot);
    Machine::log_hash(slot, now, effects_);
    log_effects(slot, now);
    h.is_changed.reset(slot.id.value);  // logging a hash is not a change
  }
  if (h.left.empty()) h.gathered = h.running;
}

}  // namespace frontrow
