#include "engine/runtime/recovery/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/runtime/journal/copies.h"
#include "engine/runtime/recovery/replay.h"

namespace frontrow {
namespace {

using Steady = std::chrono::steady_clock;
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

Status load_snapshots(Archive& archive, Replay& replay, RecoveryReport& report,
                      const OnRecoveryProgress& on_progress) {
  const auto begin = Steady::now();
  auto shown = begin;
  const auto heads = archive.snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (Status loaded = replay.load(archive, head); !loaded.ok()) return loaded;
    ++report.snapshots;
    report.snapshot_bytes += head.bytes;
    if (!on_progress || Steady::now() - shown < kProgressInterval) continue;
    shown = Steady::now();
    if (!on_progress({RecoveryProgress::Phase::kSnapshots, report.snapshots, heads->size()}))
      return Error{
          fmt::format("stopped after {} of {} snapshots", report.snapshots, heads->size())};
  }
  report.snapshot_seconds = seconds_since(begin);
  return {};
}

Status refuse_copies(Journal& journal) {
  if (journal.copies() == nullptr) return {};
  const auto streams = journal.copies()->streams();
  if (streams.empty()) return {};
  return Error{fmt::format(
      "this directory has copies of {} other streams ({:016x}): it belongs to an instance of a "
      "cluster, whose slots may have moved; start it as that instance",
      streams.size(), streams.front().stream())};
}

}  // namespace

Result<RecoveryReport> recover_slots(Journal& journal, SlotTable& slots,
                                     const OnRecoveryProgress& on_progress, CopiesBeside copies) {
  if (copies == CopiesBeside::kRefused) {
    if (Status s = refuse_copies(journal); !s.ok()) return Error{s.error()};
  }
  RecoveryReport report;
  Replay replay(slots);
  if (copies == CopiesBeside::kAllowed)
    replay.leave_out_gaps([&report](SlotId slot) { report.gaps.push_back(slot); });
  if (Status loaded = load_snapshots(journal.archive(), replay, report, on_progress); !loaded.ok())
    return Error{loaded.error()};
  const auto begin = Steady::now();
  ReplayVisitor visitor;
  if (on_progress) {
    visitor.on_progress = [&on_progress](const ReplayProgress& p) {
      return on_progress({RecoveryProgress::Phase::kGroups, p.groups_done, p.groups_total});
    };
  }
  visitor.on_group = [&](const GroupView& group) -> Status {
    ++report.groups;
    report.records += group.record_count;
    report.events += group.event_count;
    report.bytes += group.records.size();
    return replay.apply_group(group);
  };
  if (const Status replayed = journal.replay(visitor); !replayed.ok())
    return Error{replayed.error()};
  for (std::uint16_t id = 0; id < kSlotCount; ++id)
    report.shown = std::max(report.shown, replay.shown(SlotId{id}));
  report.replay_seconds = seconds_since(begin);
  report.taken = replay.taken();
  return report;
}

Status recover_again(Archive& archive, std::uint64_t last_group, std::span<const SlotId> slots,
                     SlotTable& table) {
  Replay replay(table);
  replay.only(slots);
  const auto heads = archive.snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (std::find(slots.begin(), slots.end(), head.slot) == slots.end()) continue;
    if (Status s = replay.load(archive, head); !s.ok()) return s;
  }
  return archive.read_groups(archive.checkpoint_group(), last_group,
                             [&](const GroupView& group) { return replay.apply_group(group); });
}

}  // namespace frontrow
