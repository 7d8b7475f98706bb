// Loads the state that a start of the server would reach on a data directory, and that of the
// copies of other streams beside it, without writing there. gathering.h combines them.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_copies.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/loose_replay.h"

namespace frontrow::recover {

struct NewestState {
  ChainPosition end;
  std::uint64_t snapshots = 0;
  std::uint64_t groups = 0;  // replayed above the snapshots
  std::uint64_t events = 0;
  std::uint64_t hashes = 0;           // compared
  std::vector<OpenRun> open;          // records whose slot's state before is in another stream
  std::map<SlotId, SlotTaken> taken;  // LooseReplay::taken
  // LooseReplay::newest_record, of slots that have one.
  std::map<SlotId, std::uint64_t> newest_records;
};

// Loads the snapshots, then the groups above the checkpoint position, checked against the
// watermark: as recover() (engine/runtime/recovery/recovery.h) does, and through the same Replay.
// `slots` must be empty. `wanted`: only these slots; none: all. Shows a progress bar.
Result<NewestState> load_newest_state(StoppedLog& log, SlotTable& slots,
                                      std::span<const SlotId> wanted = {});

// The states that a copy leads to. Reads every group that it has: those up to the checkpoint
// position lead to slots that were not followed. The error does not name the copy.
Result<NewestState> load_copy(const CopiedStream& copy, SlotTable& slots,
                              std::span<const SlotId> wanted = {});

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
