// `frontrow drop`, or another command of its kind, in a process of its own, as its users run it. It
// ends with the test.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace frontrow::drop {

class DropProcess {
 public:
  // Starts the command with these arguments. `admin_key`: for the environment; empty: none.
  explicit DropProcess(std::vector<std::string> arguments, const std::string& admin_key = {},
                       const std::string& command = "drop");
  ~DropProcess();
  DropProcess(const DropProcess&) = delete;
  DropProcess& operator=(const DropProcess&) = delete;

  void send_signal(int number) const;
  // The program's exit code, or 128 + the signal that ended it; -1 if it still ran after the
  // timeout, and was killed.
  int wait(int timeout_ms = 120'000);
  // Output so far: stdout, and stderr.
  std::string report() const;
  std::string progress() const;
  // Whether the text appeared in progress() within the time.
  bool await_progress(const std::string& text, int timeout_ms = 30'000) const;
  // For output files of the run; removed with this object.
  const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
  pid_t pid_ = -1;
};

}  // namespace frontrow::drop
