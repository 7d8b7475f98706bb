// The journal of an instance of a cluster: a group is durable once a majority of the consensus
// store has it (shared_log.h); the local log gets it right after, and is synced in the background.
//
//   append   encodes the group, appends it to the shared log, then adds it to the local log
//   sync     every 100 ms, a thread of its own waits for the local disk
//   trim     groups that enough disks have leave the store with the next append (release_to)
//   replay   the local log, then the groups that only the store has; both go to the visitor
//
// The local log never gets a group that the store did not confirm, so it is never ahead.
//
// An append whose outcome is unknown is repeated until it is known, or until end_waiting(). The
// journal's thread blocks meanwhile: nothing is acknowledged, and the groups behind it wait.
// unanswered_for() tells how long, so that new work can be refused before it enters.
//
// Threads: as in journal.h; release_to(), end_waiting(), unanswered_for(), tail() and stats() from
// any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "engine/base/histogram.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/journal/local_log.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

struct SharedJournalOptions {
  std::string instance;      // its name in the cluster
  std::uint64_t writer = 0;  // drawn at random by this process
  std::chrono::milliseconds sync_interval{100};
  // An append is followed by a pause as long as it took, but not longer than this. So records
  // come together, and the cost of the store is by bytes rather than by groups.
  std::chrono::milliseconds pause_max{0};
  // A group is durable, and in the local log: its number and bytes. On the journal's thread.
  std::function<void(std::uint64_t number, std::span<const std::byte> group)> on_durable;
  // A line for the operator's log: the store does not answer, and answers again. On the journal's
  // thread.
  std::function<void(const std::string&)> on_note = [](const std::string&) {};
};

struct SharedJournalStats {
  Counter attempts_failed;  // appends whose outcome was unknown, or that the store did not take
  Counter group_bytes;      // before compression
  Counter stored_bytes;     // as the store has them
  Counter caught_up;        // groups that only the store had at the start
  Histogram sync_us;
};

// The groups that the store holds.
struct SharedTail {
  std::uint64_t groups = 0;
  std::uint64_t bytes = 0;
};

class SharedJournal final : public Journal {
 public:
  // `journal` and `local` are the same directory. All of them must outlive the SharedJournal.
  SharedJournal(SharedLog& log, Journal& journal, LocalLog& local, SharedJournalOptions options);
  ~SharedJournal() override;

  // Fails if the directory and the store don't belong together (StreamAppender::open), or if
  // end_waiting() is called before the store answers.
  Status replay(const ReplayVisitor& visitor) override;
  void await_turn() override;
  AppendStatus append(const GroupParts& group) override;
  std::string failure() const override;
  std::uint64_t last_group() const override { return last_.load(std::memory_order_acquire); }
  std::size_t group_bytes_max() const override;
  JournalSpace space() const override { return journal_.space(); }
  Archive& archive() override { return journal_.archive(); }
  Copies* copies() override { return journal_.copies(); }
  // Syncs, trims and marks a clean stop. The stream is not sealed.
  Status close() override;

  // The copies of this stream on other disks have the groups up to `number`. The store lets go of
  // groups that these disks and the own one have.
  void release_to(std::uint64_t number);
  // Gives the running call up, and every later one: its group may or may not be durable.
  void end_waiting();
  // How long the running append has waited for the store; zero: none is running.
  std::chrono::milliseconds unanswered_for() const;
  SharedTail tail() const;
  std::uint64_t synced_group() const { return synced_.load(std::memory_order_acquire); }
  const SharedJournalStats& stats() const { return stats_; }

 private:
  using Steady = std::chrono::steady_clock;

  Status open_stream();
  Status catch_up(const ReplayVisitor& visitor);
  bool wait_after(const std::string& reason);
  void answered();
  AppendStatus fail(AppendStatus status, std::string why);
  void run_syncs();
  void sync_local();
  void stop_syncs();
  void note_stored(std::uint64_t number, std::uint64_t bytes);

  SharedLog& log_;
  Journal& journal_;
  LocalLog& local_;
  const SharedJournalOptions options_;
  std::optional<StreamAppender> appender_;
  std::string failure_;  // latched; under mutex_
  ByteBuffer group_;
  std::string value_;
  Steady::time_point next_turn_;
  int waits_ = 0;  // attempts of the running call that failed

  std::atomic<std::uint64_t> last_{0};
  std::atomic<std::uint64_t> synced_{0};
  std::atomic<std::uint64_t> released_{0};
  std::atomic<std::int64_t> waiting_since_ms_{0};  // on the steady clock; 0: no append is running
  std::atomic<bool> ends_{false};
  SharedJournalStats stats_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  struct Stored {
    std::uint64_t number;
    std::uint64_t bytes;
  };
  std::deque<Stored> stored_;  // the groups that the store holds
  std::uint64_t stored_bytes_ = 0;
  bool stops_syncing_ = false;
  std::thread syncs_;
};

}  // namespace frontrow
