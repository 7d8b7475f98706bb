// A second process that writes a journal: this test program started again, configured by its
// environment. (A plain fork would inherit RocksDB's thread pools without their threads.)
//
// Thread: one at a time. The destructor kills and reaps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace frontrow {

class WriterProcess {
 public:
  // Opens the journal in `directory` and appends group_text() groups until `groups` are stored,
  // then closes.
  WriterProcess(const std::string& directory, std::uint64_t groups);
  ~WriterProcess();
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Waits for the next acknowledged group and returns its number; nullopt once the process has
  // ended.
  std::optional<std::uint64_t> next_acknowledged();
  // SIGKILL, and waits for the end of the process. Acknowledgements already sent can still be read.
  void kill();
  // Waits for the process to end by itself; true if it closed the journal cleanly.
  bool ended_well();

 private:
  void reap();

  pid_t pid_ = -1;
  int pipe_ = -1;
  int wait_status_ = -1;
};

}  // namespace frontrow
