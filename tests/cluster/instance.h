// One instance of a cluster: the real program on a host, with a data directory on the real disk. It
// ends with the test.
//
// One thread, which must live as long as the process does: the kernel ends a child with the thread
// that forked it. log() may be called by any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/api/support/http_client.h"

namespace frontrow::cluster {

// Addresses of an instance.
struct Host {
  std::string address;
  std::uint16_t http_port = 8080;
  std::uint16_t peer_port = 7101;
  std::uint16_t etcd_port = 2379;
  std::uint16_t etcd_peer_port = 2380;
  int network = -1;  // namespace, open as long as programs may start in it; -1: the test's own
};

class Instance {
 public:
  // Does not start it. `directory` is its own, for the log; `disk`: where the data directory is to
  // be.
  Instance(Host host, int id, std::filesystem::path directory, std::filesystem::path disk);
  ~Instance();
  Instance(Instance&&) = delete;

  int id() const { return id_; }
  const Host& host() const { return host_; }
  api::HttpPlace place(int connect_timeout_ms = 20'000, int answer_timeout_ms = 20'000) const;
  std::filesystem::path data() const { return disk_ / "data"; }

  // Starts the program with these options beside the data directory and the address. Must not run.
  void launch(const std::vector<std::string>& arguments);
  // Waits until it serves; false, as a failure of the test, if it ended instead.
  bool await_ready(int timeout_ms = 30'000);
  bool running();
  // Launched, and neither killed nor waited for since.
  bool in_life() const { return pid_ >= 0; }

  void kill();         // SIGKILL: as if the machine had stopped between two instructions
  void stand_still();  // SIGSTOP
  void go_on();
  void ask_to_stop();        // SIGTERM
  int wait(int timeout_ms);  // exit code; -1: it still runs

  // The log of all its lives.
  std::string log() const;
  // How many lines contain the text.
  int lines_with(const std::string& text) const;

 private:
  Host host_;
  int id_;
  std::filesystem::path directory_;
  std::filesystem::path disk_;
  pid_t pid_ = -1;
};

}  // namespace frontrow::cluster
