// What a process says when it does not end as it wanted to: it names the cause, and calls only that
// damage which may be.
//
//   name_out_of_memory("serve");                 // once, in main: for the whole process
//   const LastWords words("serve", data_dir);    // while RocksDB reads what may be damaged
//
// Debian's RocksDB checks its own assumptions and aborts where a damaged byte breaks one.
// Everything else that aborts - a check of ours, an exception, another process, memory - is none of
// that.
#pragma once

#include <string>

namespace frontrow::recover {

// Of every command. With the words "out of memory" on stderr.
inline constexpr int kExitOutOfMemory = 3;
// Of a child process that a failed check (FR_CHECK) or a signal from outside aborted (breakdown.h).
inline constexpr int kExitCheckFailed = 119;

// From now on a process that gets no more memory says how much it has, how much it may have, and
// ends with kExitOutOfMemory. Where it had plenty left, something absurd was asked for, which
// damage does: then it aborts. `command` is kept. May be called again.
void name_out_of_memory(const char* command);

// While it lives, a process that aborts, or that a fault of its own ends (SIGSEGV, ...), says why.
// On RocksDB's abort it ends with 1, else by the signal. One at a time.
class LastWords {
 public:
  // Of `frontrow <command>` on the directory.
  LastWords(const char* command, const std::string& data_dir);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
};

// For a child process: it names memory as its parent does, and an abort that is not RocksDB's ends
// it with kExitCheckFailed.
void tell_causes_apart();

}  // namespace frontrow::recover
