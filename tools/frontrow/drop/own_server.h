// A server of the run's own: this same program, `serve`, on a directory and a free port. It has a
// process group of its own, so that an interrupt ends the run first and the server after it; the
// kernel kills it when this process dies. One thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::drop {

class OwnServer {
 public:
  struct Settings {
    std::string data_dir;  // empty: a temporary one, removed with this object
    std::uint32_t threads = 1;
    std::uint32_t connections = 1;
    std::vector<std::string> more;  // arguments of `frontrow serve`
  };
  OwnServer() = default;
  ~OwnServer();
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  // Returns once the server is ready. The error contains the last line of the server's log.
  Status start(const Settings& settings);
  const std::string& url() const { return url_; }
  const std::string& admin_key() const { return admin_key_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }

  // Drains and ends the server; an error if it did not end cleanly.
  Status stop();
  // Kills the server and removes its directory, for the end of this process; any thread.
  void abandon();
  // CPU seconds that the server used; known once it has stopped.
  double cpu_s() const { return cpu_s_; }

 private:
  Status launch(const Settings& settings);
  Status await_ready();
  std::string log_tail() const;

  std::filesystem::path directory_;  // created here: the log, and the data unless data_dir is set
  std::filesystem::path data_dir_;
  std::string url_;
  std::string admin_key_;
  std::atomic<pid_t> pid_ = -1;
  int output_ = -1;
  double cpu_s_ = 0;
};

}  // namespace frontrow::drop
