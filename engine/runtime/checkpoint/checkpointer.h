// The background checkpoint, verified by recovery: it keeps restarts short, and detects within
// minutes a log that does not lead to the served state.
//
// A cycle has four steps. The changed slots log their state hashes. For a bounded number of them at
// a time, the recovery code makes a second copy from the last snapshot and the tail of the stream,
// and compares the logged hashes. The copy becomes the slot's new snapshot. After all changed slots
// the checkpoint position (archive.h) moves up, and groups past their retention are trimmed. So
// every snapshot is a tested recovery.
//
// The copies fit into the memory that is left above the reserve (Engine::memory_room): with less
// room a cycle takes fewer slots at a time, and a cycle whose copy does not fit is postponed. Then
// a start replays more groups, in no more memory.
//
// The checkpoint runs on one thread of low priority. It does not access the live slots: the workers
// only log hashes. An error ends the checkpoints of this process, not the process: it affects
// neither serving nor logging, and the next start replays more. It is reported once.
//
// Threads: run_once() or run_cycle() by tests and start() by servers, never both; stats() from any
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/journal/archive.h"

namespace frontrow {

class Engine;
class Journal;

struct CheckpointOptions {
  // A cycle begins when this many events are above the checkpoint position, or when this much time
  // has passed since the last one and there are any.
  std::uint64_t events = 1'000'000;
  Duration interval = seconds(60);
  // Total snapshot size of the slots that are copied at a time; at least one slot is.
  std::uint64_t copy_bytes = std::uint64_t{256} << 20;
  Retention retention;
  // Whether a cycle may begin now. Empty: always.
  std::function<bool()> may_begin;
};

struct CheckpointReport {
  // For lack of memory, or for a slot that was taken over and has no snapshot in this stream yet;
  // the other fields are unset then.
  bool postponed = false;
  std::string postponed_for;  // the reason
  std::uint64_t checkpoint_group = 0;
  std::uint64_t slots = 0;   // new snapshots
  std::uint64_t events = 0;  // replayed
  std::uint64_t hashes = 0;  // compared
  std::uint64_t snapshot_bytes = 0;
  TrimReport trimmed;
  double seconds = 0;
};

struct CheckpointStats {
  Counter cycles, failed, postponed, snapshots, snapshot_bytes, checkpoint_group, first_group,
      last_cycle_ms;
};

class Checkpointer {
 public:
  using OnReport = std::function<void(const Result<CheckpointReport>&)>;

  Checkpointer(Engine& engine, Journal& journal, const CheckpointOptions& options);
  ~Checkpointer();

  // Runs cycles on a thread of its own, which calls `on_report` after each and for an error.
  // `backlog`: events above the checkpoint position when the engine started.
  void start(std::uint64_t backlog, OnReport on_report);
  // Abandons the running cycle.
  void stop();

  // Runs one cycle now. The workers must run meanwhile, on other threads.
  Result<CheckpointReport> run_once();
  // Runs a cycle with the hashes that are logged already: for callers that run the workers on the
  // same thread and request the hashes (Engine::ask_for_hashes) themselves.
  Result<CheckpointReport> run_cycle();
  const CheckpointStats& stats() const { return stats_; }

 private:
  struct Changed {
    SlotId slot;
    std::uint64_t bytes = 0;  // of the last snapshot
  };
  void run();
  bool due() const;
  bool wait_for_hashes();
  Result<std::vector<Changed>> changed_slots(std::uint64_t after, std::uint64_t through);
  Status checkpoint(std::span<const SlotId> slots, std::uint64_t checkpoint_group,
                    std::uint64_t through, CheckpointReport& report);
  Status stopping_error() const;
  Status check_memory();

  Engine& engine_;
  Journal& journal_;
  CheckpointOptions options_;
  CheckpointStats stats_;
  OnReport on_report_;
  std::uint64_t events_at_cycle_ = 0;  // the pump's event count
  std::uint64_t backlog_ = 0;
  std::chrono::steady_clock::time_point cycle_ended_;
  std::chrono::steady_clock::duration cycle_took_{};
  bool passes_ = false;  // the reason for abandoning the cycle
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace frontrow
