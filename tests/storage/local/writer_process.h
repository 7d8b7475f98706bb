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

// The stream whose copy a process with Writes::kCopy keeps.
inline constexpr std::uint64_t kWriterCopy = 0x0fedcba987654321;
inline constexpr std::uint64_t kLocalLogGroups = 6;
inline constexpr std::size_t kLocalLogBytes = 20'000;

// A file operation, as FaultyFileSystem counts them.
struct FaultAt {
  int index = 0;
};

class WriterProcess {
 public:
  enum class Writes { kJournal, kCopy, kLocalLog };

  // How a process ended. RocksDB as Debian builds it has assertions, and one of them may meet a log
  // file whose sync failed: a process that aborts has crashed, no more.
  enum class End { kWell, kRefused, kUnharmed, kAborted, kWrong };

  // Opens the journal in `directory` and appends group_text() groups until `groups` are stored,
  // then closes.
  WriterProcess(const std::string& directory, std::uint64_t groups)
      : WriterProcess(directory, groups, Writes::kJournal) {}
  // With kCopy: adds groups to the copy of kWriterCopy without end, with a sync after each fifth.
  WriterProcess(const std::string& directory, Writes writes)
      : WriterProcess(directory, ~std::uint64_t{0}, writes) {}
  // With kLocalLog: adds kLocalLogGroups groups of kLocalLogBytes to the journal's local log, with
  // a sync after each second, and acknowledges what is synced. One file operation fails. kRefused:
  // and the journal said so; kUnharmed: it did not have to; kWell: there were fewer operations.
  WriterProcess(const std::string& directory, FaultAt fault)
      : WriterProcess(directory, static_cast<std::uint64_t>(fault.index), Writes::kLocalLog) {}
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
  bool ended_well() { return end() == End::kWell; }
  End end();

 private:
  WriterProcess(const std::string& directory, std::uint64_t number, Writes writes);
  void reap();

  pid_t pid_ = -1;
  int pipe_ = -1;
  int wait_status_ = -1;
};

}  // namespace frontrow
