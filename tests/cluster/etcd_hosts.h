// The etcd of a cluster: one member on each host, in the host's network, with a directory of its
// own. The members end with the test.
//
// One thread, which must live as long as the members do.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cluster/instance.h"

namespace frontrow::cluster {

class EtcdHosts {
 public:
  // Why this machine can't run the members; empty if it can.
  static std::string why_not();

  // Member N lives on the Nth host, and on the Nth disk. Starts none. `directory`: for the logs.
  EtcdHosts(const std::vector<Host>& hosts, const std::filesystem::path& directory,
            const std::vector<std::filesystem::path>& disks);
  ~EtcdHosts();
  EtcdHosts(const EtcdHosts&) = delete;

  // Of members that are launched from now on; 0: etcd's own, of 2 GiB.
  void set_quota(std::uint64_t bytes) { quota_ = bytes; }
  // Runs etcdctl towards the living members; false if it failed.
  bool control(const std::string& words, std::string& output) const;

  // Starts all members of a new cluster, or again on their directories.
  void launch_all();
  void launch(int host);
  bool in_life(int host) const { return member(host).pid >= 0; }

  void kill(int host);  // SIGKILL
  void stand_still(int host);
  void go_on(int host);
  // Removes the directory of a killed member.
  void erase(int host);
  // Puts a new member in the place of an erased one, as an operator does: takes the old one out of
  // the cluster, adds the new one, and starts it with an empty directory. False, as a failure of
  // the test, if the others did not agree in time.
  bool replace(int host);

  std::string endpoint(int host) const;
  // Of all members.
  std::vector<std::string> endpoints() const;
  std::string log(int host) const;

 private:
  struct Member {
    Host host;
    std::filesystem::path data;
    std::filesystem::path log;
    pid_t pid = -1;
    bool is_added = false;  // to a cluster that ran already
  };
  Member& member(int host) { return members_[static_cast<std::size_t>(host - 1)]; }
  const Member& member(int host) const { return members_[static_cast<std::size_t>(host - 1)]; }
  std::vector<std::string> command(int host) const;

  std::string token_;
  std::uint64_t quota_ = 0;
  std::vector<Member> members_;
};

}  // namespace frontrow::cluster
