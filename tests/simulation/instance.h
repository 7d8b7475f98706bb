// One instance of a simulated cluster: the whole engine on a disk, a clock and a carrier of its
// own, through a series of lives. A single instance owns every slot; one of a cluster serves its
// own slots on order, as recovered, and the owners never change.
//
// It checks itself: no reply leaves before the state that it depends on is durable, the slots keep
// their invariants, and a restart rebuilds the live state. Faults are reported to GoogleTest.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "engine/base/prng.h"
#include "engine/base/time.h"
#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/shard/engine.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fans.h"
#include "tests/simulation/network.h"
#include "tests/simulation/night_ledger.h"
#include "tests/simulation/port.h"

namespace frontrow::sim {

// A request of a client of this instance.
struct Request {
  static constexpr std::size_t kByOperator = ~std::size_t{0};
  Command command;
  std::size_t fan = kByOperator;
  NightLedger::Asked asked;
  bool is_open = true;
  Decision decision;
  Instant decided_by;  // for replies of another instance, by its clock
};

class Instance;

// The owner of each slot in a cluster.
using Owners = std::array<InstanceId, kSlotCount>;

// The senders of requests.
class Clients {
 public:
  virtual ~Clients() = default;
  virtual void on_answer(Instance& edge, const Request& request, const Reply& reply) = 0;
};

struct InstanceOptions {
  EngineOptions engine;
  CheckpointOptions checkpoints;
  LinkOptions links;
  InstanceId id = 1;
  const Owners* owners = nullptr;  // of a cluster; nullptr: every slot is its own
};

class Instance final : private ReplySink {
 public:
  // `used`: every slot that can have a record, growing; `weather`: of all instances' links.
  Instance(const InstanceOptions& options, Instant now, const std::vector<SlotId>& used,
           Weather& weather);
  ~Instance() override;

  // --- its life
  bool is_up() const { return engine_ != nullptr; }
  // Recovers. The slots of a cluster's instance are not served yet.
  void start(Instant now, Clients& clients);
  // Orders the workers to serve the own slots; they do so in their next turns.
  void serve_own_slots();
  // Ends the process between two steps: state that was not on the disk is lost.
  void end(Prng& random);
  // Starts from a copy of the disk with lost or spoilt groups, which must be refused. False if the
  // disk has no group to lose.
  bool refuses_bad_disk(Prng& random);
  std::uint32_t life() const { return life_; }
  bool stands_still = false;  // not run: SIGSTOP, a host that swaps

  // --- while it is up
  Engine& engine() { return *engine_; }
  std::size_t workers() const { return options_.engine.workers; }
  Port& port(std::size_t worker) { return *ports_[worker]; }
  SimJournal& journal() { return *journal_; }
  Network& network() { return network_; }
  const std::deque<Request>& requests() const { return requests_; }
  Request& request(std::uint32_t context) { return requests_.at(context); }
  void set_low_disk(bool low);
  bool low_disk() const { return low_disk_; }
  // Submits a client's request. on_answer gets the reply, perhaps before this returns.
  void ask(std::size_t worker, Request&& request);
  // Submits a command to a worker and records the sequence that the reply depends on, where known.
  void submit(std::size_t worker, const Command& command, const ReplyTo& to, Decision& decision);
  // Checks a reply that leaves.
  void check_durable(SlotId slot, Decision& decision, const Reply& reply) const;
  Result<CheckpointReport> checkpoint(bool fails);
  // Sequence number of the slot's newest durable record.
  std::uint64_t durable_seq(SlotId slot) const;
  // After each step: checks the slots that have changed.
  void check_changed();
  void check_deadlines(std::size_t worker, const std::vector<Offer>& offers) const;

  // --- always
  InstanceId id() const { return options_.id; }
  bool owns(SlotId slot) const {
    return options_.owners == nullptr || (*options_.owners)[slot.value] == options_.id;
  }
  ManualClock& clock() { return clock_; }
  // The slot if this instance may decide on it and it has a state, else nullptr. Only while it is
  // up.
  const Slot* slot(SlotId id) const;
  // The same, also before the slot is ordered to be served.
  const Slot* record(SlotId id) const;
  // No earlier than any decision on the slot.
  Instant time_of(SlotId id) const;

 private:
  void on_reply(const ReplyTo& to, Reply&& reply) override;
  void compare_with_live();

  InstanceOptions options_;
  const std::vector<SlotId>& used_;
  Weather& weather_;
  ManualClock clock_;
  DiskContent disk_;
  Network network_;
  bool low_disk_ = false;
  std::map<SlotId, std::map<std::uint64_t, StateHash>> live_;  // by slot and sequence number
  std::map<SlotId, std::uint64_t> checked_;                    // sequence numbers at the last check
  std::map<SlotId, std::uint64_t> recovered_;                  // sequence numbers at its start

  // State of one life.
  std::uint32_t life_ = 0;
  Clients* clients_ = nullptr;
  std::unique_ptr<SimJournal> journal_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::deque<Request> requests_;
  Decision* submitting_ = nullptr;  // of the command being submitted
};

}  // namespace frontrow::sim
