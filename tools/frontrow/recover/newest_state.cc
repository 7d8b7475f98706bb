#include "tools/frontrow/recover/newest_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/frontrow/common/progress_bar.h"

namespace frontrow::recover {

namespace {

constexpr std::uint64_t kCopyGroupsAReport = 256;

bool is_in(std::span<const SlotId> slots, SlotId slot) {
  return slots.empty() || std::find(slots.begin(), slots.end(), slot) != slots.end();
}

void keep_result(const LooseReplay& replay, NewestState& state) {
  state.hashes = replay.hashes_compared();
  state.open = replay.open_runs();
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    if (const auto& taken = replay.taken(slot)) state.taken[slot] = *taken;
    if (const auto newest = replay.newest_record(slot)) state.newest_records[slot] = newest;
  }
}

Status load_snapshots(Archive& archive, std::span<const SlotId> wanted, LooseReplay& replay,
                      NewestState& state) {
  ProgressBar bar("loading snapshots");
  const auto heads = archive.snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (!is_in(wanted, head.slot)) continue;
    if (Status s = replay.load(archive, head); !s.ok()) return s;
    ++state.snapshots;
    bar.show(state.snapshots, heads->size(),
             fmt::format("slot {} of {}", state.snapshots, heads->size()));
  }
  return {};
}

}  // namespace

Result<NewestState> load_newest_state(StoppedLog& log, SlotTable& slots,
                                      std::span<const SlotId> wanted) {
  // A start of the server refuses both; without a watermark the log's completeness is unknown.
  if (!log.watermark().ok()) return Error{log.watermark().error()};
  if (log.epoch() < log.watermark()->position.epoch) {
    return Error{fmt::format("{}: the database is of epoch {}, but epoch {} was durable{}",
                             log.directory(), log.epoch(), log.watermark()->position.epoch,
                             kKeepACopy)};
  }
  NewestState state;
  LooseReplay replay(slots, LooseReplay::Kind::kOwn);
  if (!wanted.empty()) replay.only(wanted);
  if (Status s = load_snapshots(log.archive(), wanted, replay, state); !s.ok())
    return Error{s.error()};
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
  keep_result(replay, state);
  return state;
}

Result<NewestState> load_copy(const CopiedStream& copy, SlotTable& slots,
                              std::span<const SlotId> wanted) {
  if (!copy.damage.empty()) return Error{copy.damage};
  NewestState state{.end = copy.newest};
  LooseReplay replay(slots, LooseReplay::Kind::kCopy);
  if (!wanted.empty()) replay.only(wanted);
  if (copy.has_snapshots()) {
    if (Status s = load_snapshots(*copy.archive, wanted, replay, state); !s.ok())
      return Error{s.error()};
  }
  const std::uint64_t log_start = copy.archive->log_start().number;
  ProgressBar bar("replaying a copy");
  const Status read = read_copy(copy, log_start, [&](const GroupView& group) {
    ++state.groups;
    state.events += group.event_count;
    if (group.number % kCopyGroupsAReport == 0) {
      bar.show(group.number - log_start, copy.newest.number - log_start,
               fmt::format("group {} of {}", group.number, copy.newest.number));
    }
    return replay.apply_group(group);
  });
  if (!read.ok()) return Error{read.error()};
  keep_result(replay, state);
  return state;
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
