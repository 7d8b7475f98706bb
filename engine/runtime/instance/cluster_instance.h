// An instance of a cluster, between the engine and the consensus store: its membership, its journal
// over the shared log, the copies that it keeps and feeds, and the control loop.
//
//   ClusterInstance instance(store, beat_store, options);
//   instance.open(id);             // which cluster it is
//   instance.join(journal, local); // the name is this process's; its id in the slot map
//   instance.configure(engine_options);
//   Engine engine(engine_options, clock, instance.journal());
//   engine.recover(...);
//   instance.start(engine, ...);   // beats as serving; follows, takes over, gives
//   ...
//   engine.stop();                 // after the workers have stopped
//   instance.stop();
//   instance.journal().close();
//   instance.leave();              // the others take its slots over at once
//
// Threads of its own: the beats, the control loop, the copies, the feeding of followers, and the
// syncs of the journal. The methods of start and end are called by one thread; take(), on_link()
// and the questions by any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/cluster/peer_bytes.h"
#include "engine/runtime/cluster/peer_name.h"
#include "engine/runtime/controller/cluster_controller.h"
#include "engine/runtime/membership/beat_thread.h"
#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/lease.h"
#include "engine/runtime/replication/copy_thread.h"
#include "engine/runtime/replication/feeder.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shared_log/shared_journal.h"

namespace frontrow {

struct ClusterInstanceOptions {
  std::string cluster;
  std::string name;  // of this instance
  std::uint32_t weight = 100;
  std::string http;     // HOST:PORT for clients and operators
  std::string peer;     // HOST:PORT for the links
  std::string version;  // of the program
  // Of the groups of copies, as of the own stream (CheckpointOptions).
  Retention retention{};
  // Groups that the store holds beyond this refuse new work: no second disk has them.
  std::uint64_t tail_bytes_max = std::uint64_t{256} << 20;
  // Asked while the start waits for the store; true ends the start.
  std::function<bool()> stop_asked = [] { return false; };
  // A line for the operator's log. From any thread.
  std::function<void(bool is_warning, const std::string&)> log = [](bool, const std::string&) {};
  // This process has no place in the cluster any more and must end. Once, from any thread.
  std::function<void(const std::string& why)> on_failure = [](const std::string&) {};
};

// For operators.
struct ClusterReport {
  std::string cluster, name;
  InstanceId id = 0;
  ControllerStatus control;
  std::int64_t lease_ms = 0;     // that are left; 0: it decides on nothing
  std::int64_t beat_age_ms = 0;  // of the last good beat, since it was sent
  std::int64_t unanswered_ms = 0;
  SharedTail tail;
  std::uint64_t group = 0;         // newest durable one
  std::uint64_t synced_group = 0;  // on the own disk
  PeerNames peers;                 // the other instances
  std::vector<FedFollower> followers;
  std::vector<FollowedStream> follows;
  std::map<std::uint64_t, InstanceId> owners;  // of the streams
  std::uint64_t dropped_groups = 0;            // of copies, for lack of room
  std::uint64_t appends_failed = 0, group_bytes = 0, stored_bytes = 0, caught_up = 0;
};

class ClusterInstance {
 public:
  // The stores must outlive it. `beats`: of its own, with a deadline of some 600 ms, as a beat must
  // not wait behind other calls.
  ClusterInstance(ConsensusStore& store, ConsensusStore& beats, ClusterInstanceOptions options);
  ~ClusterInstance();  // as if the process was killed

  // --- the start
  // Waits for the store and reads the cluster's record. Fails if there is no such cluster, or if it
  // has another id than this one. Returns the id.
  Result<std::uint64_t> open(std::optional<std::uint64_t> id);
  // Takes the name, which may take as long as an earlier process of it may hold a lease, and adds
  // the instance to the map. `journal` and `local` are the data directory; they must outlive it.
  Result<InstanceId> join(Journal& journal, LocalLog& local);
  Journal& journal() { return *journal_; }
  void configure(EngineOptions& engine);
  // REQUIRES: the engine has recovered. on_peers: the other instances have changed.
  void start(Engine& engine, std::function<void(const PeerNames&)> on_peers);

  // --- from the links
  Status take(InstanceId from, PeerChannel channel, std::span<const std::byte> bytes);
  void on_link(InstanceId peer, bool is_up);

  // --- questions
  bool may_checkpoint() const { return controller_ != nullptr && controller_->may_checkpoint(); }
  // New work is not to enter: the store does not answer, or holds too much.
  bool refuses_work() const;
  // Requests that wait for the store have waited for too long.
  bool is_stuck() const;
  ClusterReport report() const;

  // --- the end
  // A planned stop begins: gives the slots to the other instances while everything still runs, so
  // that no slot waits for the end of this process. Returns when all are given, when none was for
  // a while (the others may be stopping as well), or after the limit.
  void give_slots_away(std::chrono::milliseconds limit);
  // An append that waits for the store gives up: its outcome is unknown.
  void end_waiting();
  // REQUIRES: the engine's journal thread has stopped.
  void stop();
  // Writes that this instance decides on nothing any more.
  Status leave();

 private:
  using Steady = std::chrono::steady_clock;

  BeatCallbacks beat_callbacks();
  Status wait_for_join();
  Result<InstanceId> join_map();
  void begin_copies();
  void begin_control();
  void fail(const std::string& why);
  bool has_failed() const;
  void wake();
  void run_control();
  bool gives_up();
  void look_for_leavers();
  void note_map(const ClusterMap& map);
  void publish_peers();
  std::optional<InstanceId> owner_of(std::uint64_t stream) const;
  bool send(InstanceId to, PeerChannel channel, ByteBuffer&& bytes);
  void log(bool is_warning, const std::string& line) const { options_.log(is_warning, line); }

  ConsensusStore& beat_store_;
  const ClusterInstanceOptions options_;
  SharedLog log_;
  SharedLogKeys keys_;
  Lease lease_;
  LocalLog* local_ = nullptr;
  InstanceId id_ = 0;
  Engine* engine_ = nullptr;
  std::function<void(const PeerNames&)> on_peers_;
  std::unique_ptr<BeatThread> beats_;
  std::unique_ptr<SharedJournal> journal_;
  std::unique_ptr<CopyThread> copies_;
  std::unique_ptr<Feeder> feeder_;
  std::unique_ptr<ClusterController> controller_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool is_woken_ = false;
  bool stops_ = false;
  bool has_joined_ = false;
  bool has_failed_ = false;
  bool is_store_away_ = false;
  // News for the next step, in order: all members, or one that has departed.
  std::vector<std::variant<MemberList, Member>> members_;
  std::string waits_for_;                               // of the join
  std::map<std::string, std::string> addresses_;        // for the links, by name
  std::vector<MapInstance> instances_;                  // of the newest map
  PeerNames peers_;                                     // as published
  std::map<InstanceId, Steady::time_point> link_ends_;  // whose links have just ended
  std::vector<FollowedStream> follows_;                 // as of the last step
  // The control thread's.
  Steady::time_point step_began_;
  Prng random_{static_cast<std::uint64_t>(Steady::now().time_since_epoch().count())};
  std::thread control_;
};

}  // namespace frontrow
