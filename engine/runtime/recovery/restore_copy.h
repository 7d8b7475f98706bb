// Restores slots from the copy of another instance's stream (copies.h): their snapshots and the
// copy's groups above its checkpoint position.
//
//   SlotTable shadows;
//   Replay replay(shadows);
//   restore_copy(*copies.archive(stream), newest, slots, replay);
//   replay.apply_group(group) ...           // goes on with the groups that arrive
//
// Every record must follow, and every state hash that the owner logged must be the state's, as in
// any replay. A slot without a snapshot begins empty: the caller follows a slot only from a
// checkpoint position on to which its snapshot was written.
//
// Thread: the copy thread.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/recovery/replay.h"

namespace frontrow {

struct CopyReport {
  std::uint64_t snapshots = 0;
  std::uint64_t groups = 0;  // read
  std::uint64_t hashes = 0;  // compared
};

// `through`: the newest group to apply; the copy has it. `log_start`: the copy has no groups up to
// this one; it may be above the checkpoint of a copy that was begun there. Restricts `replay`,
// which must be new, to `slots`. An error names the group, slot and sequence; the slots are
// unusable after it.
Result<CopyReport> restore_copy(Archive& copy, std::uint64_t through, std::span<const SlotId> slots,
                                Replay& replay, std::uint64_t log_start = 0);

}  // namespace frontrow
