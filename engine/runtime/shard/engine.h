// The engine of one instance: slots, workers and the journal thread.
//
//   Engine engine(options, clock, journal);
//   engine.recover(...);            // once, before anything else
//   engine.start();                 // the journal thread
//   ... each thread runs its worker(i) ...
//   engine.stop();                  // after the workers have stopped
//
// Shortages (disk, memory) may be set from any thread and are checked before a command enters.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/carrier.h"
#include "engine/runtime/cluster/links.h"
#include "engine/runtime/cluster/slot_owners.h"
#include "engine/runtime/journal/journal_pump.h"
#include "engine/runtime/recovery/recovery.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow {

class Worker;

struct EngineOptions {
  std::size_t workers = 1;
  Policy policy;
  std::size_t intake_max = 65'536;             // commands queued for one shard by other threads
  std::size_t deferred_replies_max = 262'144;  // replies deferred by one shard
  Carrier* carrier = nullptr;  // of messages between own slots; nullptr: directly to their worker
  // In a cluster. The workers serve no slot before they are ordered to (ServeSlot): recovered slots
  // are parked, and owners() says where commands go. Otherwise every slot is this instance's own.
  bool serves_on_order = false;
  InstanceId self = 0;  // this instance in owners()
  // A slot that was ordered to yield, with its state, null for a slot without any: all of its
  // records are durable. On a worker's thread.
  std::function<void(SlotId, std::unique_ptr<Slot>)> on_yielded = [](SlotId,
                                                                     std::unique_ptr<Slot>) {};
  // The slot_taken of a slot that was ordered to serve is durable. On a worker's thread.
  std::function<void(SlotId)> on_taken = [](SlotId) {};
  // Whether commands may be decided on now; asked for each one. Empty: always.
  std::function<bool()> may_decide;
  // Called once, on the journal thread, when the journal failed: acknowledge nothing more and end
  // the process.
  std::function<void(const std::string&)> on_failure = [](const std::string&) {};
};

class Engine {
 public:
  Engine(const EngineOptions& options, Clock& clock, Journal& journal);
  ~Engine();

  // Also moves the clock forward to its last time in the log, if it is behind: a restart under a
  // clock that was put back must not stop deadlines and admission until the clock has caught up.
  // (For a slot whose time came from another machine's clock: Worker::now_for.) Only a cluster
  // takes the log of an instance of a static cluster (Tenure): the logs of all of its instances
  // together tell where the newest state of a slot is, and the slot map has it from the import.
  Result<RecoveryReport> recover(const OnRecoveryProgress& on_progress = {});
  // What recover() found.
  const RecoveryReport& recovered() const { return recovered_; }
  // Rebuilds slots of parked() once more, after a snapshot of them was written to the archive.
  Status recover_again(std::span<const SlotId> slots);
  void start() { pump_.start(); }
  void stop() { pump_.stop(); }

  std::size_t worker_count() const { return workers_.size(); }
  Worker& worker(std::size_t index) { return *workers_[index]; }
  // The worker that decides on this slot; own slots only.
  Worker& worker_of(SlotId slot) { return *workers_[SlotTable::shard_of(slot, workers_.size())]; }

  bool owns(SlotId slot) const { return owners_.owns(slot); }
  SlotOwners& owners() { return owners_; }
  // Owners have changed: slots resend messages that no other instance has acknowledged. From any
  // thread.
  void owners_changed();
  // Passes an order to the worker of its slot. From any thread.
  void order(ServeSlot&& order);
  void order(YieldSlot order);
  LinkTable& links() { return links_; }
  // Recovered slots that the workers are not ordered to serve yet.
  SlotTable& parked() { return parked_; }
  // Whether commands may be decided on now (EngineOptions::may_decide).
  bool may_decide() const { return !options_.may_decide || options_.may_decide(); }
  // The link to this peer is up, and held by this worker's thread: requests go there now, and the
  // slots resend messages that no peer has acknowledged. From any thread.
  void link_is_up(InstanceId peer, std::uint16_t worker);
  void link_is_down(InstanceId peer) { links_.set(peer, LinkTable::kDown); }
  // Bytes for another layer of the peer (peer_bytes.h). False: the link is down, or too much waits
  // for it. From any thread.
  bool send_bytes(OutboundBytes&& bytes);
  std::uint64_t links_made() const { return links_made_.load(std::memory_order_acquire); }

  // Passes a message between slots to the worker that decides on it; own slots only. From any
  // thread.
  void deliver(Command&& message);

  // Starts a round in which every slot that has changed since the last round logs its state hash;
  // worker(i).hashed_round() tells when a worker's are on disk. From any thread.
  std::uint64_t ask_for_hashes();
  std::uint64_t hash_round() const { return hash_round_.load(std::memory_order_acquire); }

  void set_low_disk(bool low) { low_disk_.store(low, std::memory_order_relaxed); }
  bool low_disk() const { return low_disk_.load(std::memory_order_relaxed); }
  // Bytes of memory above the reserve; 0: new work is rejected.
  void set_memory_room(std::uint64_t bytes) {
    memory_room_.store(bytes, std::memory_order_relaxed);
  }
  std::uint64_t memory_room() const { return memory_room_.load(std::memory_order_relaxed); }
  // The reason for rejecting new work; kNone if there is none.
  Reject short_of() const {
    if (low_disk()) return Reject::kLowDisk;
    return memory_room() == 0 ? Reject::kLowMemory : Reject::kNone;
  }
  // The shared log does not take groups: no command that may change anything is decided on.
  void set_log_unavailable(bool on) { log_unavailable_.store(on, std::memory_order_relaxed); }
  bool log_unavailable() const { return log_unavailable_.load(std::memory_order_relaxed); }
  // The shared log has not answered for long: requests that wait for it get an unknown outcome.
  void set_log_stuck(bool on) {
    if (log_stuck_.exchange(on, std::memory_order_relaxed) != on) wake_all();
  }
  bool log_stuck() const { return log_stuck_.load(std::memory_order_relaxed); }
  bool failed() const { return pump_.failed(); }

  // Held by the one who replaces snapshots in the archive: a checkpoint, for as long as it takes,
  // or the founding of slots that were taken over.
  std::mutex& snapshot_writer() { return snapshot_writer_; }

  const EngineOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  SlotTable& slots() { return slots_; }
  JournalPump& pump() { return pump_; }

 private:
  Status check_and_park();
  void wake_all();

  EngineOptions options_;
  Clock& clock_;
  Journal& journal_;
  SlotTable slots_;
  SlotTable parked_;
  SlotOwners owners_;
  LinkTable links_;
  std::atomic<std::uint64_t> links_made_{0};
  RecoveryReport recovered_;
  JournalPump pump_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> low_disk_{false};
  std::atomic<std::uint64_t> memory_room_{~std::uint64_t{0}};
  std::atomic<bool> log_unavailable_{false};
  std::atomic<bool> log_stuck_{false};
  std::mutex snapshot_writer_;
  std::atomic<std::uint64_t> hash_round_{0};
};

}  // namespace frontrow
