// The copies of other instances' streams in the directory of a stopped instance
// (rocks_copies.h has their design), opened without a change.
//
// One thread. The log that they were opened from must outlive them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/stopped_log.h"

namespace frontrow {

struct CopiedStream {
  std::uint64_t stream = 0;
  std::unique_ptr<RocksArchive> archive;
  ChainPosition newest;  // the newest group before any gap; the log start if there are no groups
  std::string damage;    // reason why the copy can't be used; empty: none

  // Whether the snapshots of the followed slots were all written (journal/copies.h).
  bool has_snapshots() const { return archive->checkpoint_group() >= archive->log_start().number; }
};

// In ascending order of streams. Damage of a copy is no error: it is kept with the copy.
Result<std::vector<CopiedStream>> open_copies(StoppedLog& log);

// Reads the copy's groups after `after`, checking their chain.
Status read_copy(const CopiedStream& copy, std::uint64_t after,
                 const std::function<Status(const GroupView&)>& on_group);

}  // namespace frontrow
