// Up to three instances that serve one sale, on three hosts; the operator's changes of their map;
// and queries of their programs and operators' routes.
//
// One thread, as for an Instance; place() and admin_key() may be called by any.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "tests/api/support/shop.h"
#include "tests/cluster/instance.h"
#include "tests/cluster/network.h"

namespace frontrow::cluster {

constexpr int kInstances = 3;

// Configuration of one instance; the same for all unless a test is about a difference.
struct Told {
  std::string cluster = "box-office";
  std::string secret;
  int revision = 1;
  std::string tls = "auto";
  std::string pins;                                             // lines of the cluster file
  std::map<int, int> weights = {{1, 100}, {2, 100}, {3, 100}};  // of the map's instances
};

// Slot migration state of an instance: GET /v1/admin/cluster.
struct Handover {
  std::int64_t live = 0, awaited = 0, leaving = 0, refused = 0;
  std::vector<std::int64_t> awaited_from;
  bool is_recovering = false;  // the counts are not known yet
  // Whether all slots are where the map has them, as far as the instance knows.
  bool is_over() const { return awaited + leaving + refused == 0; }
};

// Hosts on loopback addresses that no other process uses, each with free ports.
std::vector<Host> loopback_hosts(int count);

class Cluster {
 public:
  // Starts no instance. Removes its directory at the end; if the test is killed, the next Cluster
  // removes it. Instance N lives on the Nth host.
  explicit Cluster(const std::vector<Host>& hosts);
  ~Cluster();

  Instance& instance(int id) { return *instances_[static_cast<std::size_t>(id - 1)]; }
  api::HttpPlace place(int id, int connect_timeout_ms = 20'000, int answer_timeout_ms = 20'000);
  api::Shop shop(int id) { return {place(id), admin_key()}; }
  static std::string admin_key() { return "only-for-the-tests-of-the-cluster"; }
  static std::string new_secret();

  // Takes effect when the instance is launched next.
  void tell(int id, const Told& told);
  void tell_all(const Told& told);
  const Told& told() const { return told_; }
  // The instances of the present map.
  std::vector<int> members() const;
  void launch(int id);
  // Launches the instance as a single server, without a cluster file.
  void launch_alone(int id);
  // Launches all members.
  void launch_all();
  // Launches all members, and waits until all links are up and all slots are where the map has
  // them.
  bool start();
  // Whether `id` reports its link to `peer` as up; false too without a response.
  bool is_linked(int id, int peer);
  // Waits until every member is linked with every other.
  bool await_links(int timeout_ms);
  // nullopt without a response.
  std::optional<Handover> handover(int id);
  // Waits until every slot is live at its owner.
  bool await_slots(int timeout_ms);
  // Waits until no step of a payment waits for another slot; requires that no client buys
  // meanwhile.
  bool await_outboxes();
  // Stops all members that were not killed, and waits: all data is on disk.
  void stop();

  // Makes the next map by `frontrow cluster plan` with these changes; put_planned() copies it to
  // all machines while no instance runs.
  void plan(const std::vector<std::string>& changes);
  void put_planned();
  // Stops all, plans, puts, and launches all members.
  void change_map(const std::vector<std::string>& changes);
  // Exit code and output of `frontrow cluster status`.
  int status(std::string& output);
  // Waits until the status reports that all is well.
  bool await_well();

  // The owning instance by `frontrow cluster show`, in the present or the planned map.
  int owner_of_concert(std::int64_t concert) { return owner("--concert", concert, file_of(1)); }
  int owner_of_user(const std::string& user) { return owner("--user", user, file_of(1)); }
  int next_owner_of_concert(std::int64_t concert) { return owner("--concert", concert, next()); }
  int next_owner_of_user(const std::string& user) { return owner("--user", user, next()); }
  // A user id, unique in this process, whose wallet belongs to instance `id`.
  std::string user_of(int id);

  // Runs the program to its end; returns its exit code.
  static int run(const std::vector<std::string>& arguments, std::string& output);

 private:
  std::vector<std::string> common_words(int id) const;
  int owner(const std::string& option, const std::string& value, const std::filesystem::path& by);
  int owner(const std::string& option, std::int64_t value, const std::filesystem::path& by) {
    return owner(option, std::to_string(value), by);
  }
  std::filesystem::path file_of(int id) const;
  std::filesystem::path next() const { return directory_ / "next.toml"; }

  std::filesystem::path directory_;
  int lock_ = -1;     // held while the directory is in use
  std::string keys_;  // of the tokens
  Told told_;
  std::array<std::unique_ptr<Instance>, kInstances> instances_;
};

// Runs a cluster in a simulated network; skipped, with the reason, where network namespaces are not
// available.
class ClusterTest : public testing::Test {
 protected:
  void SetUp() override;

  Network network{kInstances};
  std::unique_ptr<Cluster> cluster;
};

// The same on the loopback, without network faults.
class LocalClusterTest : public testing::Test {
 protected:
  LocalClusterTest() : cluster(std::make_unique<Cluster>(loopback_hosts(kInstances))) {}

  std::unique_ptr<Cluster> cluster;
};

}  // namespace frontrow::cluster
