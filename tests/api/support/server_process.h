#pragma once

// The real program on a temporary directory and a free port. The program and its directory end with
// the test.
//
// With FRONTROW_INSTANCES=N in the environment it is N programs, instances of one cluster, beside
// an etcd of one member: clients of unaware tests talk to all of them in turn
// (HttpClient::serve_together).

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace frontrow::api {

class ServerProcess {
 public:
  // Starts the program; throws on failure. `arguments` are added to `serve --data-dir .. --listen
  // 127.0.0.1:0`, and `--wallet-charge fan` if they do not have it. Users are not limited unless
  // the arguments set limits. `data`: an external data
  // directory, which outlives the server; empty: the server's own. `open_files`: the limit of
  // descriptors, also for root; 0: the limit of this process.
  explicit ServerProcess(std::vector<std::string> arguments = {}, std::filesystem::path data = {},
                         unsigned open_files = 0);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Restarts on the same directory, with another port. Waits until the server is ready; false if it
  // ended instead.
  bool start();
  // Takes effect at the next start.
  void set_arguments(std::vector<std::string> arguments) { arguments_ = std::move(arguments); }
  // SIGKILL: as if the machine had stopped between two instructions.
  void kill();
  void send_signal(int number);
  // The program's exit code, or 128 + the signal that ended it; -1 if it still runs after the
  // timeout.
  int wait(int timeout_ms);
  // SIGTERM, then wait.
  int stop();
  bool running();

  // Runs a second program with `arguments` to its end; returns its exit code. Output goes to
  // `output`.
  static int run_once(const std::vector<std::string>& arguments, std::string& output);

  // Number of instances; above one, tests of a single instance's state are not applicable.
  static int instances();

  std::uint16_t port() const { return processes_.front().port; }
  // Port of the operators' own listener, if the arguments configure one on 127.0.0.1.
  std::uint16_t ops_port() const;
  const std::string& admin_key() const { return admin_key_; }
  const std::filesystem::path& directory() const { return directory_; }
  const std::filesystem::path& data() const { return data_; }
  // Data directories of all instances.
  std::vector<std::string> all_data() const;
  std::string log() const;

 private:
  struct Process {
    pid_t pid = -1;
    std::uint16_t port = 0;
    std::filesystem::path data;
    std::filesystem::path log;
    std::vector<std::string> arguments;  // in addition to the test's
  };
  void make_cluster();
  void start_etcd(const std::string& address);
  bool await_ready(Process& process);
  // Until the slots are spread over all instances, with their copies.
  bool await_settled();
  std::string unsettled();
  static bool is_running(Process& process);

  std::filesystem::path directory_;
  std::filesystem::path data_;
  std::vector<std::string> arguments_;
  unsigned open_files_;
  std::vector<Process> processes_;
  pid_t etcd_ = -1;
  std::string admin_key_;
};

}  // namespace frontrow::api
