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
  Instant wake = kNever;
  for (const auto& concert : slot.concerts) wake = std::min(wake, next_wakeup(*concert, now));
  timers_.set(slot.id, (wake - ahead_[slot.id.value]).ms);
}

void Worker::pass_time() {
  const Instant now = engine_.clock().now();
  if (now - passed_until_ > kStandstill) reset_idle_timers();
  passed_until_ = now;
  if (now >= next_retry_) retry_outbox(now);
  if (links_resent_ != engine_.links_made()) resend_outbox();
  timers_.run_due(now.ms, [this](SlotId id) { expire_slot(id); });
  end_waits(now);  // after the payments that fail now
}

void Worker::expire_slot(SlotId id) {
  Slot& slot = engine_.slots().at(id);
  const Instant now = now_for(slot);
  machine_.expire(slot, now, effects_);
  log_effects(slot, now);
  release_effects(slot, ReplyTo{}, RequestKey{});
  note_wakeup(slot, now);
}

// Resets idle timers: users could not poll while the process stood still (stopped, frozen, swapped
// out).
void Worker::reset_idle_timers() {
  for (const SlotId id : timers_.slots()) {
    const Slot& slot = engine_.slots().at(id);
    for (const auto& concert : slot.concerts) concert->line.touch_all(now_for(slot));
  }
}

// Visits the own slots that have an outbox: those of concerts, and the directory's.
template <class Visit>
void Worker::for_each_sender(const Visit& visit) {
  for (const SlotId id : timers_.slots()) visit(id);
  const SlotId directory = slot_of_directory();
  const bool own = handover_.is_live(directory) && &engine_.worker_of(directory) == this;
  if (own && !timers_.has(directory)) visit(directory);
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
  const std::uint64_t round = engine_.hash_round();
  if (hashes_.is_gathered(round)) return;
  hashes_.begin(round);
  for (std::size_t i = 0; i < kHashesPerTurn; ++i) {
    const auto id = hashes_.next();
    if (!id) break;
    if (!handover_.is_live(*id)) continue;  // the slot has left
    Slot& slot = engine_.slots().at(*id);
    const Instant now = now_for(slot);
    Machine::log_hash(slot, now, effects_);
    log_effects(slot, now);
    hashes_.note_logged(slot.id);
  }
  hashes_.end_step();
}

}  // namespace frontrow
