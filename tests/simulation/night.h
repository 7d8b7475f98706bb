// One simulated night: the whole engine - workers, intake, reply gate, group commit, checkpoints,
// recovery - on simulated clocks, disks and networks, run by one thread; one instance that owns all
// slots, or a cluster of several that share the slots and forward requests over links. The seed
// determines the whole run: the order of workers, the failures, the deaths of processes.
//
// After every step the changed slots are checked against the invariants. After every crash the
// rebuilt state is compared with the live one, and the acknowledged operations with the ledger
// (ledger.h). Faults are reported to GoogleTest and end the night.
#pragma once

#include <memory>
#include <set>
#include <tuple>
#include <vector>

#include "engine/base/prng.h"
#include "engine/base/time.h"
#include "engine/runtime/cluster/rendezvous.h"
#include "tests/simulation/fans.h"
#include "tests/simulation/instance.h"
#include "tests/simulation/links.h"
#include "tests/simulation/night_ledger.h"

namespace frontrow::sim {

struct NightReport {
  std::uint64_t hash = 0;  // of every answer in order, and of the last state
  std::uint64_t acknowledged = 0;
  std::uint64_t crashes = 0;
  std::uint64_t failed_writes = 0;
  std::uint64_t refused_starts = 0;  // of a disk with lost or spoilt groups
  std::uint64_t checkpoints = 0;
  std::uint64_t sold = 0;
  // Clusters only.
  std::uint64_t starts_beside_others = 0;   // of one instance while another serves
  std::uint64_t standstills = 0;            // of one instance
  std::uint64_t sold_across = 0;            // concert and wallet belong to different instances
  std::uint64_t outbox_entries_resent = 0;  // outbox entries that waited for the last links
  LinkStats links;
};

class Night final : private Clients {
 public:
  // `instances`: 1, or the size of a cluster.
  Night(std::uint64_t seed, std::size_t instances);
  ~Night() override;
  NightReport run(int steps);
  // 2 to 4, by the seed.
  static std::size_t cluster_size(std::uint64_t seed);

 private:
  static bool ok();
  std::uint32_t between(std::uint32_t low, std::uint32_t high);
  bool is_cluster() const { return instances_.size() > 1; }

  // night.cc: the steps
  void step();
  void instance_step(Instance& instance);
  void cluster_step();
  void fan_acts();
  void operator_acts();
  void submit(std::size_t fan, const Command& command);
  void turn_some(Instance& instance);
  void turn(Instance& instance, std::size_t worker);
  void write_group(Instance& instance);
  void pass_time();
  void pass(Duration duration);
  void checkpoint(Instance& instance);
  Instance& any_instance() { return *instances_[random_.below(instances_.size())]; }
  Instance& owner_of(SlotId slot);
  // No earlier than any decision on the slot.
  Instant time_of(SlotId slot) { return owner_of(slot).time_of(slot); }
  void on_answer(Instance& edge, const Request& request, const Reply& reply) override;

  // night_life.cc: begin and end, and the lives of the instances
  void build(std::size_t instances);
  ConcertSpec random_spec();
  void put_on_sale(ConcertId concert);
  void draw_owners(const std::vector<WeightedInstance>& members);
  void start(Instance& instance);
  void crash(Instance& instance);
  void end_life(Instance& instance);
  void finish();
  bool round();
  void settle();
  void check_resends();

  // night_checks.cc: invariants
  using RemoteOutboxEntry = std::tuple<PaymentId, OutboxKind, Instant>;
  std::set<RemoteOutboxEntry> remote_entries() const;
  void check_settled();
  void check_money();
  void check_slot(const Slot& slot);
  void mix(std::uint64_t value) { report_.hash = mix64(report_.hash ^ value); }

  Prng random_;
  NightReport report_;
  Weather weather_{random_, true, {}, {}};
  Instant now_;  // the true time; the instances' clocks differ
  std::vector<std::unique_ptr<Instance>> instances_;
  Owners owners_{};  // in a cluster
  std::unique_ptr<Links> links_;
  NetworkFaults network_faults_;
  Crowd crowd_;
  NightLedger ledger_;
  std::vector<Offer> offers_;
  std::vector<SlotId> used_;  // every slot that can have a record
};

}  // namespace frontrow::sim
