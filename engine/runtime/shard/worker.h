// One engine thread's part: the shard of slots that it owns, and the entry through which the
// clients of its own sockets reach every shard.
//
// The owner of the thread runs a loop: handle I/O (which calls submit), turn(), send the replies,
// and sleep in its I/O until waker().fd() is readable or sleep_for() has passed. A command for an
// own slot is decided inside submit; one for another shard goes through that shard's lock-free
// intake, and its reply comes back the same way; one for another instance's slot goes to the thread
// that holds the link (links.h). No result of a decision leaves before it is durable
// (reply_gate.h).
//
// Bounds: a shard whose intake is full, or a thread that defers too many replies, rejects with
// kOverloaded before any decision. Messages between slots are never rejected.
//
// All methods are called on the worker's own thread, except those marked "from any thread".
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <array>
#include <bitset>
#include <utility>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "engine/base/waker.h"
#include "engine/core/machine.h"
#include "engine/runtime/cluster/envelope.h"
#include "engine/runtime/cluster/links.h"
#include "engine/runtime/recovery/slot_table.h"
#include "engine/runtime/shard/outbox_retry.h"
#include "engine/runtime/shard/shard_output.h"
#include "engine/runtime/shard/slot_timers.h"
#include "engine/runtime/shard/wait_list.h"

namespace frontrow {

class Engine;

struct WorkerStats {
  std::array<std::array<Counter, kRejectCount>, kCommandKinds> decided;  // by command and outcome
  Counter intake_depth;
  Counter deferred_replies;
  Counter refused_low_disk, refused_low_memory;  // rejected new work
  Counter outbox_entries;  // outbox entries not acknowledged; counted once a second
};

class Worker {
 public:
  Worker(Engine& engine, std::uint16_t index);

  void set_sink(ReplySink* sink) { output_.set_sink(sink); }
  // REQUIRES: called before the first link is up.
  void set_port(PeerPort* port) { output_.set_port(port); }
  std::uint16_t index() const { return index_; }
  // The destination of a reply to this worker's own request `context`.
  ReplyTo reply_to(std::uint32_t context, std::uint32_t generation) const {
    return {.worker = index_, .context = context, .generation = generation};
  }

  // A hint that a command under this token will be submitted soon: prefetches the entries of an own
  // slot that it reads.
  void prefetch(ConcertId concert, TicketNumber number) const;
  // The reply goes to the sink, or to the port for a peer's request, perhaps before submit returns.
  void submit(const Command& command, const ReplyTo& reply_to);
  // Passes a reply to the thread that sent the request.
  void answer(const ReplyTo& to, Reply&& reply) { output_.answer(to, std::move(reply)); }

  // Takes over recovered slots and resends their outbox. Call once, before the first turn.
  void begin();
  // Whether this worker decides on the slot.
  bool is_live(SlotId slot) const { return live_[slot.value]; }
  // Drains the intake, expires deadlines, submits records to the journal, and releases output that
  // became durable. Returns true when there is more to do at once.
  bool turn();
  // How long the thread may sleep unless it is woken; zero if it must not sleep.
  Duration sleep_for() const;
  bool has_work() const;
  // No output deferred, no request waiting, no batch in flight: safe to stop.
  bool idle() const;

  // The newest round of hashes (Engine::ask_for_hashes) that is on disk. From any thread.
  std::uint64_t hashed_round() const { return output_.hashes().done(); }

  Waker& waker() { return waker_; }
  const WorkerStats& stats() const { return stats_; }
  // The time of an own slot: this machine's clock, or, if the slot came from a clock ahead of it,
  // that time running on.
  Instant now_for(const Slot& slot) const;
  // From any thread.
  void put(Envelope&& envelope);
  std::size_t intake_depth() const { return intake_.size_approx(); }

 private:
  void drain_intake();
  void run_messages();
  void pass_time();
  void expire_slot(SlotId id);
  void reset_idle_timers();
  void resend_outbox(Instant now);
  void log_hashes();
  void end_waits(Instant now);
  void fail_everything();
  void begin_slot(Slot& slot);
  void serve(ServeSlot&& order);
  void yield(SlotId slot);
  void end_yields();
  void end_takes();

  void execute_if_room(SlotId slot, const Command& command, const ReplyTo& reply_to);
  void execute(SlotId slot, const Command& command, const ReplyTo& reply_to);
  void release_effects(Slot& slot, const ReplyTo& reply_to, const RequestKey& key);
  void note_wakeup(Slot& slot, Instant now);

  Engine& engine_;
  const std::uint16_t index_;
  Waker waker_;

  moodycamel::ConcurrentQueue<Envelope> intake_;
  std::vector<Envelope> drained_;

  ShardOutput output_;
  Machine machine_;
  Effects effects_;
  WaitList waits_;

  std::bitset<kSlotCount> live_;  // decided on
  std::vector<SlotId> yielding_;  // decided on no longer, with records that are not durable
  // Slots whose slot_taken is in this batch.
  std::vector<std::pair<SlotId, std::uint64_t>> taking_;
  SlotTimers timers_;  // of own slots with concerts
  // How far the time of each own slot is ahead of this machine's clock (now_for).
  std::array<Duration, kSlotCount> ahead_{};
  OutboxRetry outbox_;
  Instant passed_until_;  // the newest time that pass_time() has handled
  WorkerStats stats_;
};

}  // namespace frontrow
