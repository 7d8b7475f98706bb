// Start-up: rebuilds every slot from the journal. Enters at apply and nowhere else.
#pragma once

#include <functional>

#include "engine/base/result.h"
#include "engine/runtime/journal.h"
#include "engine/runtime/slot_table.h"

namespace frontrow {

struct RecoveryReport {
  std::uint64_t groups = 0;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
};

// Replays the whole journal. An error names the group, slot and sequence where the log does not
// fit.
Result<RecoveryReport> recover(Journal& journal, SlotTable& slots,
                               const std::function<void(const ReplayProgress&)>& on_progress);

// Applies the records of one group.
Status replay_group(const GroupView& group, SlotTable& slots);

}  // namespace frontrow
