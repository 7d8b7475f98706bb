#include "tools/frontrow/recover/newest_state.h"

#include <fmt/format.h>

#include "engine/runtime/recovery/replay.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/slot_gathering.h"

namespace frontrow::recover {

Result<NewestState> load_newest_state(StoppedLog& log, SlotTable& slots) {
  // A start of the server refuses both; without a watermark the log's completeness is unknown.
  if (!log.watermark().ok()) return Error{log.watermark().error()};
  if (log.epoch() < log.watermark()->position.epoch) {
    return Error{fmt::format("{}: the database is of epoch {}, but epoch {} was durable{}",
                             log.directory(), log.epoch(), log.watermark()->position.epoch,
                             kKeepACopy)};
  }
  NewestState state;
  Replay replay(slots);
  ProgressBar snapshots("loading snapshots");
  const auto heads = log.archive().snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (Status s = replay.load(log.archive(), head); !s.ok()) return Error{s.error()};
    ++state.snapshots;
    snapshots.show(state.snapshots, heads->size(),
                   fmt::format("slot {} of {}", state.snapshots, heads->size()));
  }
  ProgressBar groups("replaying the journal");
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    ++state.groups;
    state.events += group.event_count;
    return replay.apply_group(group);
  };
  visitor.on_progress = [&](const ReplayProgress& p) {
    groups.show(p.groups_done, p.groups_total,
                fmt::format("group {} of {}", p.groups_done, p.groups_total));
    return true;
  };
  const auto end = log.read(log.archive().checkpoint_group(), ~std::uint64_t{0}, visitor);
  if (!end.ok()) return Error{end.error()};
  state.end = *end;
  return state;
}

Result<Gathered> load_newest_states(const std::vector<std::string>& directories, SlotTable& slots) {
  Gathered gathered;
  SlotGathering gathering(directories, slots);
  for (std::size_t i = 0; i < directories.size(); ++i) {
    auto log = StoppedLog::open(directories[i]);
    if (!log.ok()) return Error{log.error()};
    SlotTable own;
    const auto state = load_newest_state(**log, own);
    if (!state.ok()) return Error{state.error()};
    gathered.states.push_back(*state);
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = own.find(SlotId{id});
      if (slot != nullptr && slot->seq > 0) gathering.take(i, own.release(SlotId{id}));
    }
  }
  gathering.judge(gathered.faults, gathered.waiting);
  return gathered;
}

SlotVersions versions_of(SlotTable& slots) {
  SlotVersions versions;
  for (std::uint32_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{static_cast<std::uint16_t>(id)});
    if (slot != nullptr && slot->seq > 0)
      versions[slot->id] = {slot->seq, slot->state_hash(), slot->tenure};
  }
  return versions;
}

Status compare_versions(const SlotVersions& source, const SlotVersions& result) {
  for (const auto& [slot, version] : source) {
    const auto at = result.find(slot);
    const SlotVersion other = at == result.end() ? SlotVersion{} : at->second;
    if (other == version) continue;
    if (other.seq == version.seq && other.hash == version.hash) {
      return Error{fmt::format(
          "slot {}: the result does not say as the source does where the slot is in the cluster",
          slot.value)};
    }
    return Error{fmt::format(
        "slot {}: sequence {} and state hash {:016x} in the source, {} and {:016x} in the result",
        slot.value, version.seq, version.hash, other.seq, other.hash)};
  }
  if (result.size() == source.size()) return {};
  return Error{
      fmt::format("{} slots in the source, {} in the result", source.size(), result.size())};
}

Status check_written(const std::string& directory, const SlotVersions& source,
                     const ChainPosition& end) {
  auto log = StoppedLog::open(directory);
  if (!log.ok()) return Error{log.error()};
  SlotTable slots;
  const auto state = load_newest_state(**log, slots);
  if (!state.ok()) return Error{state.error()};
  if (Status s = compare_versions(source, versions_of(slots)); !s.ok()) return s;
  ReplayVisitor visitor;
  visitor.on_group = [](const GroupView&) { return Status(); };
  const std::uint64_t log_start = (*log)->archive().log_start().number;
  const auto read = (*log)->read(log_start, ~std::uint64_t{0}, visitor);
  if (!read.ok()) return Error{read.error()};
  if (read->number == end.number && read->hash == end.hash) return {};
  return Error{fmt::format("it ends at group {} ({:016x}), not at group {} ({:016x})", read->number,
                           read->hash, end.number, end.hash)};
}

}  // namespace frontrow::recover
