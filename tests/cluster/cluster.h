// Up to three instances that serve one sale, on three hosts, each with a member of their etcd; the
// operator's changes of the slot map; and what map, members and instances say about the cluster.
//
// One thread, as for an Instance; place() and admin_key() may be called by any.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/shared_log/shared_log.h"
#include "tests/api/support/shop.h"
#include "tests/cluster/etcd_hosts.h"
#include "tests/cluster/instance.h"
#include "tests/cluster/network.h"

namespace frontrow::cluster {

constexpr int kInstances = 3;
constexpr int kSettledMsMax = 120'000;

// Configuration of one instance; the same for all unless a test is about a difference.
struct Told {
  std::string cluster = "box-office";
  std::string name;  // empty: box-N
  std::string secret;
  bool tls = true;
};

// The answer of an instance about itself: GET /v1/admin/cluster.
struct Report {
  std::int64_t revision = 0;
  std::int64_t owned = 0, serving = 0, awaited = 0, lonely = 0, taken = 0, given = 0;
  std::int64_t takeovers = 0;
  std::int64_t groups = 0;          // of its own stream
  std::int64_t snapshots_left = 0;  // to send to its followers
  struct Copy {
    std::int64_t slots = 0, warm = 0, synced = 0;
  };
  std::map<std::string, Copy> follows;  // by the owner's name
};

// Hosts on loopback addresses that no other process uses, each with free ports.
std::vector<Host> loopback_hosts(int count);

class Cluster {
 public:
  // Why no cluster can run here: a build or a machine without etcd. Empty if it can.
  static std::string why_not();

  // Starts nothing. Removes its directory at the end; if the test is killed, the next Cluster
  // removes it. Instance N and member N of etcd live on the Nth host. `disks`: of the hosts; none:
  // its directory.
  explicit Cluster(const std::vector<Host>& hosts, std::vector<std::filesystem::path> disks = {});
  ~Cluster();

  Instance& instance(int id) { return *instances_[static_cast<std::size_t>(id - 1)]; }
  EtcdHosts& etcd() { return *etcd_; }
  // Instances that are launched from now on reach the members of etcd here.
  void reach_store_through(std::vector<std::string> endpoints) {
    store_endpoints_ = std::move(endpoints);
  }
  api::HttpPlace place(int id, int connect_timeout_ms = 20'000, int answer_timeout_ms = 20'000);
  api::Shop shop(int id) { return {place(id), admin_key()}; }
  static std::string admin_key() { return "only-for-the-tests-of-the-cluster"; }
  static std::string new_secret();

  // Takes effect when the instance is launched next.
  void tell(int id, const Told& told);
  const Told& told(int id) const { return told_[static_cast<std::size_t>(id - 1)]; }
  std::string name_of(int id) const;
  // The instances that were launched and neither killed nor stopped since.
  std::vector<int> living();
  void launch(int id);
  // Launches the instance as a single server, without a cluster.
  void launch_alone(int id);
  // Starts etcd, and creates the cluster there.
  bool begin_etcd();
  // The cluster's record and an empty map; another id than any before.
  bool create();
  // Erases all that the cluster has in etcd.
  void erase_keys();
  // begin_etcd(), launches these instances, and waits until they have settled.
  bool start(const std::vector<int>& ids = {1, 2, 3});
  // Stops all that live, and waits.
  void stop();

  // The machine is gone: instance and member of etcd, with their directories.
  void kill_machine(int id);
  // Another machine in its place, with the same name and empty disks.
  void replace_machine(int id);
  // The host of etcd's leader; 0 if none answers for ten seconds.
  int etcd_leader();

  // Waits until the living instances have settled: every slot is served by the owner to which it
  // belongs and has all its copies warm, and nothing moves for a second.
  bool await_settled(int timeout_ms = kSettledMsMax);
  // The same for all instances: those that have ended are launched first, also when they end later,
  // as a service manager does.
  bool await_settled_again(int timeout_ms = kSettledMsMax);
  // Why they have not; empty if they have.
  std::string unsettled();
  // nullopt without a response.
  std::optional<Report> report(int id);
  // Waits until no step of a payment waits for another slot; requires that no client buys
  // meanwhile.
  bool await_outboxes();
  // Whether `id` reports its link to `peer` as up; false too without a response.
  bool is_linked(int id, int peer);

  // The map as it is in etcd; an empty one, as a failure of the test, without an answer.
  ClusterMap map();
  // Changes the map as the operator's commands do.
  void change_map(const std::function<Result<ClusterMap>(const ClusterMap&)>& change);
  std::optional<MemberRecord> member(int id);
  // Of the instance in the map; 0 if it is not there.
  InstanceId map_id(const ClusterMap& map, int id) const;
  // The slots that an instance owns.
  std::vector<SlotId> slots_of(int id);
  int owner_of(SlotId slot);
  int owner_of_concert(std::int64_t concert);
  int owner_of_user(const std::string& user);
  // A user id, unique in this process, whose wallet belongs to instance `id`.
  std::string user_of(int id);

  // Runs the program to its end; returns its exit code.
  static int run(const std::vector<std::string>& arguments, std::string& output);

 private:
  std::vector<std::string> common_words(int id) const;
  bool await_settled(int timeout_ms, bool relaunches);
  std::string said_by_all();
  int owner_in(const ClusterMap& map, SlotId slot) const;
  SharedLog shared_log();
  ConsensusStore& store();
  std::filesystem::path secret_file(int id) const;
  std::filesystem::path signing_file() const;  // of passes and tickets

  std::filesystem::path directory_;
  int lock_ = -1;     // held while the directory is in use
  std::string keys_;  // of the tokens
  std::array<Told, kInstances> told_;
  std::vector<std::string> store_endpoints_;  // none: those of etcd_
  std::unique_ptr<EtcdHosts> etcd_;
  std::unique_ptr<ConsensusStore> store_;  // once it was needed
  std::array<std::unique_ptr<Instance>, kInstances> instances_;
};

// Runs a cluster in a simulated network; skipped, with the reason, where network namespaces or etcd
// are not available.
class ClusterTest : public testing::Test {
 protected:
  void SetUp() override;

  Network network{kInstances};
  std::unique_ptr<Cluster> cluster;
};

// The same on the loopback, without network faults.
class LocalClusterTest : public testing::Test {
 protected:
  void SetUp() override;

  std::unique_ptr<Cluster> cluster;
};

}  // namespace frontrow::cluster
