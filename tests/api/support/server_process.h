#pragma once

// The real program on a temporary directory and a free port. It dies with the test; its directory
// goes with it.
//
// With FRONTROW_INSTANCES=N in the environment it is N programs, instances of one cluster: tests
// that know nothing of it talk to all of them in turn (HttpClient::serve_together).

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace frontrow::api {

class ServerProcess {
 public:
  // Starts at once, throws if it cannot; `arguments` are added to `serve --data-dir .. --listen
  // 127.0.0.1:0`. `data`: where the data directory is to be, if not in the server's own; it stays
  // when the server goes. `open_files`: as many descriptors it may have, and not more even if it is
  // root; 0: as many as this process.
  explicit ServerProcess(std::vector<std::string> arguments = {}, std::filesystem::path data = {},
                         unsigned open_files = 0);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // On the same directory again; the port is another one. Waits until it is ready; false if it
  // ended instead.
  bool start();
  // For the next start.
  void set_arguments(std::vector<std::string> arguments) { arguments_ = std::move(arguments); }
  // SIGKILL: as if the machine had stopped between two instructions.
  void kill();
  void send_signal(int number);
  // What the program returned, or 128 + the signal that ended it; -1 if it still runs after the
  // time.
  int wait(int timeout_ms);
  // SIGTERM, then wait.
  int stop();
  bool running();

  // A second program on `directory`, waited for: what it returned. Output goes to `output`.
  static int run_once(const std::vector<std::string>& arguments, std::string& output);

  // More than one: tests of what is each instance's own have nothing to look at.
  static int instances();

  std::uint16_t port() const { return processes_.front().port; }
  // Of the operators' own listener, where the arguments ask for one on 127.0.0.1.
  std::uint16_t ops_port() const;
  const std::string& admin_key() const { return admin_key_; }
  const std::filesystem::path& directory() const { return directory_; }
  const std::filesystem::path& data() const { return data_; }
  // Of every instance.
  std::vector<std::string> all_data() const;
  std::string log() const;

 private:
  struct Process {
    pid_t pid = -1;
    std::uint16_t port = 0;
    std::filesystem::path data;
    std::filesystem::path log;
    std::vector<std::string> arguments;  // beside those of the test
  };
  void make_cluster();
  bool await_ready(Process& process);
  bool await_links();
  static bool is_running(Process& process);

  std::filesystem::path directory_;
  std::filesystem::path data_;
  std::vector<std::string> arguments_;
  unsigned open_files_;
  std::vector<Process> processes_;
  std::string admin_key_;
};

}  // namespace frontrow::api
