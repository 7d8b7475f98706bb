// Loads the state that a start of the server would reach on a data directory, without writing
// there.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"

namespace frontrow::recover {

struct NewestState {
  ChainPosition end;
  std::uint64_t snapshots = 0;
  std::uint64_t groups = 0;  // replayed above the snapshots
  std::uint64_t events = 0;
};

// Loads the snapshots, then the groups above the checkpoint position, checked against the
// watermark: as recover() (engine/runtime/recovery/recovery.h) does, and through the same Replay.
// `slots` must be empty. Shows a progress bar.
Result<NewestState> load_newest_state(StoppedLog& log, SlotTable& slots);

// The same for the directories of several instances that serve one sale. Slots migrate between them
// (engine/runtime/shard/handover.h): if several directories have a slot, the newest state counts.
struct Gathered {
  std::vector<NewestState> states;  // by directory
  // Impossible situations, one line for each slot: two owners, an old copy of a directory among the
  // others, a slot that was released to an instance whose directory is missing. The slots are
  // unusable then. For a single directory a missing instance is no fault.
  std::vector<std::string> faults;
  // Slots that are sealed for another instance, where no directory has a newer state: their state
  // counts.
  std::vector<std::string> waiting;
};
// `slots` must be empty; released slots are not loaded into it. An error names the directory.
Result<Gathered> load_newest_states(const std::vector<std::string>& directories, SlotTable& slots);

// The final state of a slot that has records.
struct SlotVersion {
  std::uint64_t seq = 0;
  StateHash hash = 0;
  Tenure tenure;
  bool operator==(const SlotVersion&) const = default;
};
using SlotVersions = std::map<SlotId, SlotVersion>;
SlotVersions versions_of(SlotTable& slots);
// An error names the first slot that differs.
Status compare_versions(const SlotVersions& source, const SlotVersions& result);

// Opens the written directory as a start of the server would, and compares. Reads every group of
// it; the groups must lead to `end`.
Status check_written(const std::string& directory, const SlotVersions& source,
                     const ChainPosition& end);

}  // namespace frontrow::recover
