// Members of an etcd of the test's own: real programs on temporary directories and free ports of
// 127.0.0.1. They and their directories end with the object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "storage/shared/etcd_store.h"
#include "tests/support/temp_directory.h"

namespace frontrow {

class EtcdMembers {
 public:
  // Whether this machine has the program etcd.
  static bool available();

  // Starts `count` members, and waits until they answer; throws with their log on failure.
  // `arguments` are added to each member's. `client`: how it is reached; TLS if that has a ca_file.
  explicit EtcdMembers(std::size_t count, std::vector<std::string> arguments = {},
                       EtcdOptions client = {});
  ~EtcdMembers();
  EtcdMembers(const EtcdMembers&) = delete;
  EtcdMembers& operator=(const EtcdMembers&) = delete;

  std::size_t count() const { return members_.size(); }
  std::string endpoint(std::size_t member) const;
  std::vector<std::string> endpoints() const;
  // How a client reaches them.
  EtcdOptions options() const;

  void kill(std::size_t member);     // SIGKILL
  void suspend(std::size_t member);  // SIGSTOP
  void resume(std::size_t member);   // SIGCONT
  void start(std::size_t member);    // again, on the same directory
  // The member that leads; count() if none answers within ten seconds.
  std::size_t leader() const;

 private:
  struct Member {
    pid_t pid = -1;
    std::uint16_t client_port = 0, peer_port = 0;
  };
  void end_all();
  void await_answers() const;

  TempDirectory directory_;
  std::vector<std::string> arguments_;
  EtcdOptions client_;
  std::vector<Member> members_;
};

}  // namespace frontrow
