// Protection against RocksDB on damaged files: Debian's build checks its own assumptions and aborts
// where a damaged byte breaks one, and would abort the whole command. Hence a child process probes
// the files first, or does all of the work; or the process reports the abort (last_words.h).
//
// One thread; call before the process has other threads that matter, as a child has only one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// Runs `work` in a child process with the same outputs and returns its result; empty if the child
// broke down. The child's changes in memory are lost. Returns kExitOutOfMemory if the child ran out
// of memory, which the child has reported; an error if it ended for another cause that is no sign
// of damage.
Result<std::optional<int>> run_in_child(const std::function<int()>& work);

// True if `work` completes in a child process whose messages are dropped. An error if the child
// ended for a cause that is no sign of damage.
Result<bool> survives(const std::function<void()>& work);

struct ProbedTables {
  std::vector<std::string> breaking;  // names of the files on which RocksDB breaks down, sorted
  bool has_unreadable = false;        // some table breaks RocksDB down, or is refused by it
};
// Opens each table file of the database by itself.
Result<ProbedTables> probe_tables(const std::string& data_dir);

}  // namespace frontrow::recover
