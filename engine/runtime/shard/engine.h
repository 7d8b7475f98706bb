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
#include <bitset>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/carrier.h"
#include "engine/runtime/cluster/cluster.h"
#include "engine/runtime/cluster/handover_board.h"
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
  const ClusterView* cluster = nullptr;  // nullptr: every slot is this instance's own
  // Called once, on the journal thread, when the journal failed: acknowledge nothing more and end
  // the process.
  std::function<void(const std::string&)> on_failure = [](const std::string&) {};
  // A line for the operator's log, about slot migration. On a worker's thread.
  std::function<void(const std::string&)> on_note = [](const std::string&) {};
};

class Engine {
 public:
  Engine(const EngineOptions& options, Clock& clock, Journal& journal);
  ~Engine();

  // Also moves the clock forward to its last time in the log, if it is behind: a restart under a
  // clock that was put back must not stop deadlines and admission until the clock has caught up.
  // (For a slot whose time came from another machine's clock: Worker::now_for.) Slots that this
  // instance must not decide on are moved to parked() (handover.h). Without a cluster, the log of
  // an instance of a cluster is rejected.
  Result<RecoveryReport> recover(const OnRecoveryProgress& on_progress = {});
  void start() { pump_.start(); }
  void stop() { pump_.stop(); }

  std::size_t worker_count() const { return workers_.size(); }
  Worker& worker(std::size_t index) { return *workers_[index]; }
  // The worker that decides on this slot; own slots only.
  Worker& worker_of(SlotId slot) { return *workers_[SlotTable::shard_of(slot, workers_.size())]; }

  const ClusterView* cluster() const { return options_.cluster; }
  bool owns(SlotId slot) const { return owned_[slot.value]; }
  LinkTable& links() { return links_; }
  // Slots here that this instance does not, or does not yet, decide on.
  SlotTable& parked() { return parked_; }
  HandoverBoard& board() { return board_; }
  // False while all slots that the map gives to this instance are awaited from others.
  bool serves_anything() const {
    return cluster() == nullptr || board_.live > 0 || board_.awaited == 0;
  }
  // A peer reports that it has none of this instance's slots.
  void hear(const NothingLeft& said);
  void wake_all();
  // The process is about to stop: no further slot is migrated.
  void set_draining() { draining_.store(true, std::memory_order_relaxed); }
  bool is_draining() const { return draining_.load(std::memory_order_relaxed); }
  // The link to this peer is up, and held by this worker's thread: requests go there now, and the
  // slots resend messages that no peer has acknowledged. From any thread.
  void link_is_up(InstanceId peer, std::uint16_t worker);
  void link_is_down(InstanceId peer) { links_.set(peer, LinkTable::kDown); }
  std::uint64_t links_made() const { return links_made_.load(std::memory_order_acquire); }

  // Passes a message between slots to the worker that decides on it; own slots only. From any
  // thread.
  void deliver(Command&& message);

  // Starts a round in which every slot that has changed since the last round logs its state hash;
  // worker(i).hashed_round() tells when a worker's are on disk. From any thread.
  std::uint64_t ask_for_hashes();
  std::uint64_t hash_round() const { return hash_round_.load(std::memory_order_acquire); }

  // Whether `bytes` fit on disk beside the reserve. Queries the file system.
  bool has_space_for(std::uint64_t bytes) const {
    const JournalSpace space = journal_.space();
    return space.free_bytes >= space.reserve_bytes + bytes;
  }
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

  const EngineOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  SlotTable& slots() { return slots_; }
  JournalPump& pump() { return pump_; }

 private:
  Status park_others();
  void count(SlotId id, const Slot* slot);

  EngineOptions options_;
  Clock& clock_;
  Journal& journal_;
  SlotTable slots_;
  SlotTable parked_;
  HandoverBoard board_;
  std::bitset<kSlotCount> owned_;
  LinkTable links_;
  std::atomic<std::uint64_t> links_made_{0};
  JournalPump pump_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> low_disk_{false};
  std::atomic<std::uint64_t> memory_room_{~std::uint64_t{0}};
  std::atomic<bool> draining_{false};
  std::atomic<bool> log_unavailable_{false};
  std::atomic<bool> log_stuck_{false};
  std::atomic<std::uint64_t> hash_round_{0};
};

}  // namespace frontrow
