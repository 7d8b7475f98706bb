#pragma once

// The real program on a temporary directory and a free port. It dies with the test; its directory
// goes with it.

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
  // when the server goes.
  explicit ServerProcess(std::vector<std::string> arguments = {}, std::filesystem::path data = {});
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

  std::uint16_t port() const { return port_; }
  const std::string& admin_key() const { return admin_key_; }
  const std::filesystem::path& directory() const { return directory_; }
  const std::filesystem::path& data() const { return data_; }
  std::string log() const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path data_;
  std::vector<std::string> arguments_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
  std::string admin_key_;
};

}  // namespace frontrow::api
