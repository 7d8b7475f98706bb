// Three instances that serve one sale, on three hosts; and what is asked of their programs and of
// their operators' routes.
//
// One thread, as for an Instance; place() and admin_key() may be called by any.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

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
  std::string pins;  // lines of the cluster's file
};

class Cluster {
 public:
  // Nothing runs yet. The directory goes with it, or, if it was killed, with the next one that is
  // made.
  explicit Cluster(const Network& network);
  ~Cluster();

  Instance& instance(int id) { return *instances_[static_cast<std::size_t>(id - 1)]; }
  api::HttpPlace place(int id, int connect_timeout_ms = 20'000, int answer_timeout_ms = 20'000);
  api::Shop shop(int id) { return {place(id), admin_key()}; }
  static std::string admin_key() { return "only-for-the-tests-of-the-cluster"; }
  static std::string new_secret();

  // Takes effect when the instance is launched next.
  void tell(int id, const Told& told);
  const Told& told() const { return told_; }
  void launch(int id);
  // All, and waits until all links are up.
  bool start();
  // Whether `id` says that its link to `peer` is up; false too if it does not answer.
  bool is_linked(int id, int peer);
  // Until every instance is linked with every other.
  bool await_links(int timeout_ms);
  // Asks all to stop, and waits: everything is on disk.
  void stop();

  // By `frontrow cluster show`: which instance keeps it.
  int owner_of_concert(std::int64_t concert);
  int owner_of_user(const std::string& user);
  // A user id that no other call in this process returned, whose wallet that instance keeps.
  std::string user_of(int id);

  // The program itself, waited for; `output` is what it said.
  static int run(const std::vector<std::string>& arguments, std::string& output);

 private:
  int owner(const std::string& option, const std::string& value);
  std::filesystem::path file_of(int id) const;

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

}  // namespace frontrow::cluster
