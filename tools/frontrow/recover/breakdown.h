// RocksDB on damaged files: Debian's build checks its own assumptions and aborts where a byte
// breaks one, and so would the whole command. Hence a child process goes first, or does it all; or
// the process says what happened as its last words (last_words.h).
//
// One thread; call before the process has others that matter, as a child has but one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// What `work` returned in a child process with the same outputs; nothing if the child broke down.
// What it changed in memory is lost with the child. kExitOutOfMemory if it ran out of memory, which
// it has said; an error if anything else ended it that is no sign of damage.
Result<std::optional<int>> run_in_child(const std::function<int()>& work);

// Whether `work` comes to its end in a child process whose messages are dropped. An error if it was
// ended by what is no sign of damage.
Result<bool> survives(const std::function<void()>& work);

struct ProbedTables {
  std::vector<std::string> breaking;  // names of the files on which RocksDB breaks down, sorted
  bool has_unreadable = false;        // those, or such as it refuses to open
};
// Opens each table file of the database by itself.
Result<ProbedTables> probe_tables(const std::string& data_dir);

}  // namespace frontrow::recover
