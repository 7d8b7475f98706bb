// A second process that writes a journal: this test program started again, told by its environment
// what to do. (A plain fork would inherit RocksDB's thread pools without their threads.)
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
  // The next acknowledged group's number; waits for it. Nothing once the process has ended.
  std::optional<std::uint64_t> next_acknowledged();
  // SIGKILL, and waits until it is gone. Acknowledgements already sent can still be read.
  void kill();
  // Waits for its own end; true if it closed the journal cleanly.
  bool ended_well();

 private:
  void reap();

  pid_t pid_ = -1;
  int pipe_ = -1;
  int wait_status_ = -1;
};

}  // namespace frontrow
