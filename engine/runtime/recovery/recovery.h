// Start-up: rebuilds every slot from its snapshot and the groups above the checkpoint position
// (archive.h). Thread: the starting one, before the workers run.
#pragma once

#include <functional>

#include "engine/base/result.h"
#include "engine/runtime/journal/journal.h"
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

// An error names the group, slot and sequence at which the log or a snapshot does not fit.
Result<RecoveryReport> recover_slots(Journal& journal, SlotTable& slots,
                                     const OnRecoveryProgress& on_progress);

}  // namespace frontrow
