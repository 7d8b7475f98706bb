// Instances of a cluster in one process: real engines, directories, journals, followers and
// controllers over the model of a store; links are queues, and time passes when the test says so.
// The test's thread runs all of it but the journals' threads.
//
//   ClusterRig rig;
//   rig.start("box-1"); rig.start("box-2"); rig.start("box-3");
//   rig.run_until([&] { return rig.is_settled(); }, "...");
//   rig.kill("box-2");
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/controller/cluster_controller.h"
#include "engine/runtime/membership/lease.h"
#include "engine/runtime/membership/member_beat.h"
#include "engine/runtime/membership/member_join.h"
#include "engine/runtime/shared_log/shared_journal.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"
#include "tests/engine/runtime/support/worker_driver.h"
#include "tests/support/temp_directory.h"

namespace frontrow {

class ClusterRig;

// The store as one instance reaches it: its appends may be held back.
class HeldStore final : public ConsensusStore {
 public:
  explicit HeldStore(ConsensusStore& store) : store_(store) {}
  // Appends that begin while they are held wait.
  void hold_appends(bool on);

  Commit commit(const Transaction& transaction) override;
  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) override {
    return store_.read(from, to, limit);
  }
  Status reclaim() override { return store_.reclaim(); }
  StoreHealth health() override { return store_.health(); }

 private:
  ConsensusStore& store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool holds_ = false;
};

// One process of an instance.
class RigNode {
 public:
  RigNode(ClusterRig& rig, std::string name, const std::string& directory);
  ~RigNode();  // as if it was killed

  // One round of everything; false: the process has ended (fenced, or declared dead).
  bool turn();
  void checkpoint();
  // A planned stop, in two parts: the slots are given away, by further turns; then the process
  // leaves.
  void give_slots_away();
  bool has_given_all() const;
  void leave();

  const std::string& name() const { return name_; }
  InstanceId id() const { return id_; }
  Engine& engine() { return *engine_; }
  WorkerDriver& driver() { return *driver_; }
  ClusterController& controller() { return *controller_; }
  Follower& follower() { return *follower_; }
  Feeder& feeder() { return *feeder_; }
  SharedJournal& journal() { return *journal_; }
  std::uint64_t stream() const { return local_->stream(); }
  // Whether it has joined, and has an engine.
  bool has_begun() const { return controller_ != nullptr; }
  // Stands still: no turn, as a process that was stopped.
  void suspend(bool on) { is_suspended_ = on; }
  bool is_suspended() const { return is_suspended_; }
  // Beats no more, and goes on otherwise.
  void stop_beats() { next_beat_ms_ = std::numeric_limits<std::int64_t>::max(); }
  HeldStore& store() { return store_; }
  // Whether it writes snapshots of slots that have come, and says so in the map.
  void may_found(bool on) { may_found_ = on; }

 private:
  struct Port final : PeerPort {
    void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
    void on_reply(const ReplyTo&, Reply&&) override {}
    RigNode* node = nullptr;
  };

  bool join();
  bool begin();
  void deliver();

  ClusterRig& rig_;
  const std::string name_;
  HeldStore store_;
  std::unique_ptr<RocksDbJournal> local_;
  SharedLog log_;
  std::unique_ptr<SharedJournal> journal_;
  Lease lease_;
  std::unique_ptr<MemberJoin> join_;
  std::unique_ptr<MemberBeat> beat_;
  InstanceId id_ = 0;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<WorkerDriver> driver_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<Feeder> feeder_;
  std::unique_ptr<ClusterController> controller_;
  Port port_;
  std::int64_t next_beat_ms_ = 0;
  std::int64_t next_ask_ms_ = 0;
  bool has_failed_ = false;
  bool is_suspended_ = false;
  bool may_found_ = true;
};

class ClusterRig {
 public:
  explicit ClusterRig(std::uint64_t seed = 1, std::uint32_t copies = 2);
  ~ClusterRig();

  // A new process of the instance, on its directory.
  RigNode& start(const std::string& name);
  void kill(const std::string& name);
  // A planned stop: as kill() if the process has no place in the cluster yet, or loses it
  // meanwhile.
  void stop(const std::string& name);
  void wipe(const std::string& name);  // the disk of a killed instance
  std::string data_of(const std::string& name) const { return disks_.at(name)->data(); }
  // Null: it does not run.
  RigNode* node(const std::string& name);
  RigNode* node(InstanceId id);
  std::vector<RigNode*> nodes();

  // Time passes, and every instance has its turn.
  void tick(std::int64_t ms = 50);
  // Fails the test after `limit_ms` of the rig's time.
  void run_until(const std::function<bool()>& condition, const char* what,
                 std::int64_t limit_ms = 60'000);
  // Every slot is served by its owner, where it belongs, and followed by warm followers.
  bool is_settled() { return unsettled().empty(); }
  std::string unsettled();  // why it is not
  bool serves_all();
  // Changes the map, as an operator does.
  void change(const ClusterMapStore::Change& change);
  // Moves slots to an instance, when it has copied them.
  void pin(const std::vector<SlotId>& slots, InstanceId to);
  // By the instance that decides on the command's slot; again while it is refused for the time
  // being.
  Reply ask(const Command& command);

  ClusterMap map();
  std::int64_t now_ms() const { return now_ms_; }
  ManualClock& clock() { return clock_; }
  ModelStore& store() { return store_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class RigNode;
  struct Link {
    std::deque<std::pair<std::uint64_t, ToFollower>> to_follower;  // with the stream
    std::deque<ToOwner> to_owner;
    std::deque<ControlMessage> control;
    std::deque<Command> messages;
  };
  Link& link(InstanceId from, InstanceId to) { return links_[{from, to}]; }
  void drop_links(InstanceId id);

  ModelStore store_;
  SharedLog log_;
  ManualClock clock_;
  std::int64_t now_ms_ = 1'000'000;
  std::uint64_t next_writer_ = 1;
  std::map<std::string, std::unique_ptr<TempDirectory>> disks_;
  std::map<std::string, std::unique_ptr<RigNode>> nodes_;
  std::map<std::pair<InstanceId, InstanceId>, Link> links_;
  std::vector<std::string> notes_;
};

}  // namespace frontrow
