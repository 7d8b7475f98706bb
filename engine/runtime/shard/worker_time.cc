// The periodic work of a worker: expired deadlines, resent outbox entries, logged hashes.
#include <algorithm>

#include "engine/core/decide.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow {
namespace {

// Longer than any turn takes, and far below a concert's idle limit.
constexpr Duration kStandstill = seconds(2);
// Slots that log their hash in one turn.
constexpr std::size_t kHashesPerTurn = 64;

}  // namespace

void Worker::note_wakeup(Slot& slot, Instant now) {
  if (slot.concerts.empty()) return;
  Instant wake = slot.exports.next_expiry();
  for (const auto& concert : slot.concerts) wake = std::min(wake, next_wakeup(*concert, now));
  timers_.set(slot.id, (wake - ahead_[slot.id.value]).ms);
}

void Worker::pass_time() {
  const Instant now = engine_.clock().now();
  if (now - passed_until_ > kStandstill) reset_idle_timers();
  passed_until_ = now;
  resend_outbox(now);
  timers_.run_due(now.ms, [this](SlotId id) { expire_slot(id); });
  end_waits(now);  // after the payments that fail now
}

void Worker::expire_slot(SlotId id) {
  Slot& slot = engine_.slots().at(id);
  const Instant now = now_for(slot);
  machine_.expire(slot, now, effects_);
  output_.log(slot, effects_.events, now);
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

// Resends through defer_or_route(), since entries logged five seconds ago may still wait for a
// stalled disk.
void Worker::resend_outbox(Instant now) {
  const std::uint64_t links_made = engine_.links_made();
  const bool is_due = outbox_.is_due(now);
  const bool has_new_link = outbox_.has_new_link(links_made);
  if (!is_due && !has_new_link) return;
  const SlotId directory = slot_of_directory();
  const bool has_directory = live_[directory.value] && &engine_.worker_of(directory) == this;
  const auto resend = [this](SlotId slot, Command&& message) {
    output_.defer_or_route(slot, std::move(message));
  };
  if (is_due) {
    const auto time_of = [this](const Slot& slot) { return now_for(slot); };
    stats_.outbox_entries.set(outbox_.resend_late(now, has_directory, time_of, resend));
  }
  if (has_new_link) {
    const auto owns = [this](SlotId slot) { return engine_.owns(slot); };
    outbox_.resend_to_peers(links_made, has_directory, owns, resend);
  }
}

void Worker::log_hashes() {
  HashRounds& hashes = output_.hashes();
  const std::uint64_t round = engine_.hash_round();
  if (hashes.is_gathered(round)) return;
  hashes.begin(round);
  for (std::size_t i = 0; i < kHashesPerTurn; ++i) {
    const auto id = hashes.next();
    if (!id) break;
    if (!live_[id->value]) continue;  // the slot has left
    Slot& slot = engine_.slots().at(*id);
    const Instant now = now_for(slot);
    Machine::log_hash(slot, now, effects_);
    output_.log(slot, effects_.events, now);
    hashes.note_logged(slot.id);
  }
  hashes.end_step();
}

}  // namespace frontrow
