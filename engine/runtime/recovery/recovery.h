// Start-up: rebuilds every slot from its snapshot and the groups above the checkpoint position
// (archive.h). Thread: the starting one, before the workers run.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/recovery/replay.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow {

struct RecoveryReport {
  std::uint64_t snapshots = 0;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t groups = 0;  // replayed, like the three below
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  double snapshot_seconds = 0;
  double replay_seconds = 0;
  Instant shown;  // the latest time of this instance's clock in the log
  // With CopiesBeside::kAllowed: slots with records here that go on from another stream's end,
  // which has no snapshot here yet. They are as they were before.
  std::vector<SlotId> gaps;
  // The last slot_taken of each slot that has one, with gaps as well.
  std::map<SlotId, Replay::Taken> taken;
  // Set by Engine::recover: how far the clock was behind `shown`, and how far it is behind the slot
  // with the latest time.
  Duration clock_behind;
  Duration slots_ahead;
};

struct RecoveryProgress {
  enum class Phase { kSnapshots, kGroups };
  Phase phase = Phase::kSnapshots;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
// Called at most ten times a second; false stops recover_slots(), which then returns an error.
using OnRecoveryProgress = std::function<bool(const RecoveryProgress&)>;

// Whether the directory may hold copies of other streams. It may in a cluster, which knows where
// each slot is. An instance of its own would serve what its stream last said of slots that have
// moved.
enum class CopiesBeside { kRefused, kAllowed };

// Rebuilds these slots once more, after a snapshot of them was written. REQUIRES: they are not in
// the table.
Status recover_again(Archive& archive, std::uint64_t last_group, std::span<const SlotId> slots,
                     SlotTable& table);

// Rebuilds the slots of the own stream; copies are left alone (restore_copy.h). An error names the
// group, slot and sequence at which the log or a snapshot does not fit.
Result<RecoveryReport> recover_slots(Journal& journal, SlotTable& slots,
                                     const OnRecoveryProgress& on_progress,
                                     CopiesBeside copies = CopiesBeside::kRefused);

}  // namespace frontrow
