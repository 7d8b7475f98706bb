// Messages of a process that ends abnormally: they name the cause, and report damage only where
// damage is possible.
//
//   name_out_of_memory("serve");                 // once, in main: for the whole process
//   const LastWords words("serve", data_dir);    // while RocksDB reads possibly damaged files
//
// Debian's RocksDB checks its own assumptions and aborts where a damaged byte breaks one. Every
// other cause of an abort - a check of this program, an exception, another process, memory - is no
// sign of damage.
#pragma once

#include <string>

namespace frontrow::recover {

// Exit code of every command, with the words "out of memory" on stderr.
inline constexpr int kExitOutOfMemory = 3;
// Exit code of a child process that was aborted by a failed check (FR_CHECK) or by a signal from
// outside (breakdown.h).
inline constexpr int kExitCheckFailed = 119;

// Installs handlers for refused allocations: the process reports its memory use and its limit, and
// ends with kExitOutOfMemory. If it had plenty of memory left, an absurd amount was requested, as
// damage can cause: then it aborts. `command` must stay valid. May be called again.
void name_out_of_memory(const char* command);

// While this object lives, a process that aborts or crashes (SIGSEGV, ...) reports the cause. It
// ends with 1 after RocksDB's abort, otherwise by the signal. One at a time.
class LastWords {
 public:
  // For `frontrow <command>` on the directory.
  LastWords(const char* command, const std::string& data_dir);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
};

// For a child process: reports memory as its parent does, and turns an abort that is not RocksDB's
// into kExitCheckFailed.
void tell_causes_apart();

}  // namespace frontrow::recover
