// Three instances that serve one sale, on three hosts, or fewer of them; how an operator changes
// their map; and what is asked of their programs and of their operators' routes.
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

// What one instance is told; the same for all, but where a test is about the difference.
struct Told {
  std::string cluster = "box-office";
  std::string secret;
  int revision = 1;
  std::string tls = "auto";
  std::string pins;                                             // lines of the cluster's file
  std::map<int, int> weights = {{1, 100}, {2, 100}, {3, 100}};  // of the instances of the map
};

// What an instance says of its slots: GET /v1/admin/cluster.
struct Handover {
  std::int64_t live = 0, awaited = 0, leaving = 0, refused = 0;
  std::vector<std::int64_t> awaited_from;
  bool is_recovering = false;  // it does not know yet
  // All slots are where the map has them, as far as it knows.
  bool is_over() const { return awaited + leaving + refused == 0; }
};

// On addresses of the loopback that no other process has, each with free ports.
std::vector<Host> loopback_hosts(int count);

class Cluster {
 public:
  // Nothing runs yet. The directory goes with it, or, if it was killed, with the next one that is
  // made. Instance N lives on the Nth host.
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
  // Of the map that all were told.
  std::vector<int> members() const;
  void launch(int id);
  // As a server of its own, told nothing of a cluster.
  void launch_alone(int id);
  // All members.
  void launch_all();
  // And waits until all links are up and all slots are where the map has them.
  bool start();
  // Whether `id` says that its link to `peer` is up; false too if it does not answer.
  bool is_linked(int id, int peer);
  // Until every member is linked with every other.
  bool await_links(int timeout_ms);
  // None if it does not answer.
  std::optional<Handover> handover(int id);
  // Until every slot is live at its owner.
  bool await_slots(int timeout_ms);
  // Until no step of a payment waits for another slot any more; nobody buys.
  bool await_errands();
  // Asks all members to stop that were not killed, and waits: everything is on disk.
  void stop();

  // The next map, by `frontrow cluster plan` with these changes; told to all machines by
  // put_planned(), when nothing runs.
  void plan(const std::vector<std::string>& changes);
  void put_planned();
  // Stops all, plans, puts, and launches all members.
  void change_map(const std::vector<std::string>& changes);
  // What `frontrow cluster status` returns and says.
  int status(std::string& output);
  // Until it says that all is well.
  bool await_well();

  // By `frontrow cluster show`: which instance keeps it, or will by the planned map.
  int owner_of_concert(std::int64_t concert) { return owner("--concert", concert, file_of(1)); }
  int owner_of_user(const std::string& user) { return owner("--user", user, file_of(1)); }
  int next_owner_of_concert(std::int64_t concert) { return owner("--concert", concert, next()); }
  int next_owner_of_user(const std::string& user) { return owner("--user", user, next()); }
  // A user id that no other call in this process returned, whose wallet that instance keeps.
  std::string user_of(int id);

  // The program itself, waited for; `output` is what it said.
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

// Runs a cluster in a network that allows it; skipped with one line where there is none.
class ClusterTest : public testing::Test {
 protected:
  void SetUp() override;

  Network network{kInstances};
  std::unique_ptr<Cluster> cluster;
};

// The same on the loopback, where no network can fail.
class LocalClusterTest : public testing::Test {
 protected:
  LocalClusterTest() : cluster(std::make_unique<Cluster>(loopback_hosts(kInstances))) {}

  std::unique_ptr<Cluster> cluster;
};

}  // namespace frontrow::cluster
