// The state that a start of the server would come to on a data directory, without writing there.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"

namespace frontrow::recover {

struct NewestState {
  ChainPosition end;
  std::uint64_t snapshots = 0;
  std::uint64_t groups = 0;  // replayed above the snapshots
  std::uint64_t events = 0;
};

// Snapshots, then the groups above the floor, checked against the watermark: as recover()
// (engine/runtime/recovery/recovery.h) does, and through the same Replay. `slots` must be empty. Shows a
// progress bar.
Result<NewestState> load_newest_state(StoppedLog& log, SlotTable& slots);

// The same of the directories of several instances that serve one sale. Slots move between them
// (engine/runtime/shard/handover.h): of a slot that is in several directories the newest state counts.
struct Gathered {
  std::vector<NewestState> states;  // by directory
  // What must never be, one line for each slot: two owners, an old copy of a directory among the
  // others, a slot that was handed over to an instance whose directory is not there. The slots are
  // of no use then. Of a single directory nothing is missed.
  std::vector<std::string> faults;
  // Slots that are sealed for another instance, where no directory has a newer state: their state
  // counts.
  std::vector<std::string> waiting;
};
// `slots` must be empty; what was handed over is not in it. An error names the directory.
Result<Gathered> load_newest_states(const std::vector<std::string>& directories, SlotTable& slots);

// What every slot came to that has a record at all.
struct SlotMark {
  std::uint64_t seq = 0;
  StateHash hash = 0;
  Tenure tenure;
  bool operator==(const SlotMark&) const = default;
};
using SlotMarks = std::map<SlotId, SlotMark>;
SlotMarks marks_of(SlotTable& slots);
// An error names the first slot that differs.
Status compare_marks(const SlotMarks& source, const SlotMarks& result);

// Opens what was written as a start of the server would, and compares. Every group of it is read
// and must lead to `end`.
Status check_written(const std::string& directory, const SlotMarks& source,
                     const ChainPosition& end);

}  // namespace frontrow::recover
