// One instance of a cluster: the real program on a host of the network, with a data directory on
// the real disk. It dies with the test.
//
// One thread, which must live as long as the process does: the kernel ends a child with the thread
// that made it. log() may be read by any.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/api/support/http_client.h"
#include "tests/cluster/network.h"

namespace frontrow::cluster {

class Instance {
 public:
  static constexpr std::uint16_t kHttpPort = 8080;
  static constexpr std::uint16_t kPeerPort = 7101;

  // Instance `id` lives on host `id`. Not started yet; `directory` is its own.
  Instance(const Network& network, int id, std::filesystem::path directory);
  ~Instance();
  Instance(Instance&&) = delete;

  int id() const { return id_; }
  std::string address() const { return Network::address_of(id_); }
  api::HttpPlace place(int connect_timeout_ms = 20'000, int answer_timeout_ms = 20'000) const;
  std::filesystem::path data() const { return directory_ / "data"; }

  // Begins a life, with these options beside the data directory and the address.
  void launch(const std::vector<std::string>& arguments);
  // Waits until it serves; false, as a failure of the test, if it ended instead.
  bool await_ready(int timeout_ms = 30'000);
  bool running();

  void kill();         // SIGKILL: as if the machine had stopped between two instructions
  void stand_still();  // SIGSTOP
  void go_on();
  void ask_to_stop();        // SIGTERM
  int wait(int timeout_ms);  // what it returned; -1: it still runs

  // All that it has said in all its lives.
  std::string log() const;
  // How often it has said so.
  int lines_with(const std::string& text) const;

 private:
  const Network& network_;
  int id_;
  std::filesystem::path directory_;
  pid_t pid_ = -1;
};

}  // namespace frontrow::cluster
