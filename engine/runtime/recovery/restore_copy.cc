#include "engine/runtime/recovery/restore_copy.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow {

Result<CopyReport> restore_copy(Archive& copy, std::uint64_t through, std::span<const SlotId> slots,
                                Replay& replay, std::uint64_t log_start) {
  const auto at_stream = [&copy](const std::string& what) {
    return Error{fmt::format("copy of stream {:016x}: {}", copy.stream(), what)};
  };
  CopyReport report;
  replay.only(slots);
  const auto heads = copy.snapshots();
  if (!heads.ok()) return at_stream(heads.error());
  for (const SnapshotHead& head : *heads) {
    if (std::find(slots.begin(), slots.end(), head.slot) == slots.end()) continue;
    if (Status s = replay.load(copy, head); !s.ok()) return at_stream(s.error());
    ++report.snapshots;
  }
  const std::uint64_t after = std::max(copy.checkpoint_group(), log_start);
  const Status read = copy.read_groups(after, through, [&](const GroupView& group) {
    ++report.groups;
    return replay.apply_group(group);
  });
  if (!read.ok()) return at_stream(read.error());
  report.hashes = replay.hashes_compared();
  return report;
}

}  // namespace frontrow
