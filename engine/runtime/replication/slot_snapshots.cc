#include "engine/runtime/replication/slot_snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/core/codec/snapshot_codec.h"
#include "engine/runtime/recovery/replay.h"
#include "engine/runtime/recovery/restore_copy.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow {
namespace {

std::uint64_t log_start_of(const Copies& copies, std::uint64_t stream) {
  for (const CopyState& state : copies.streams()) {
    if (state.stream() == stream) return state.log_start.number;
  }
  return 0;
}

// Brings the slots into the table, as of the end.
Status restore_slots(Copies& copies, const StreamEnd& end, std::span<const SlotId> slots,
                     SlotTable& table) {
  Archive* const archive = copies.archive(end.stream);
  if (archive == nullptr)
    return Error{fmt::format("there is no copy of stream {:016x}", end.stream)};
  Replay replay(table);
  // A slot whose base is not on this disk. Its first records would be taken for all of it.
  std::optional<SlotId> without_base;
  replay.leave_out_gaps([&](SlotId slot) { without_base = slot; });
  const std::uint64_t log_start = log_start_of(copies, end.stream);
  const auto restored = restore_copy(*archive, end.group, slots, replay, log_start);
  if (!restored.ok()) return Error{restored.error()};
  if (!without_base) return {};
  const Slot* const base = table.find(*without_base);
  return Error{fmt::format(
      "the copy of stream {:016x} does not lead to the state of slot {}: a record in "
      "groups {} to "
      "{} does not follow sequence {}",
      end.stream, without_base->value, std::max(archive->checkpoint_group(), log_start) + 1,
      end.group, base == nullptr ? 0 : base->seq)};
}

}  // namespace

Status load_snapshot(const SnapshotHead& head, std::span<const SharedBytes> parts, Slot& slot) {
  for (const SharedBytes& part : parts) {
    if (Status s = load_snapshot_part(*part, slot); !s.ok()) return s;
  }
  if (slot.seq == head.seq && slot.state_hash() == head.state_hash) return {};
  return Error{fmt::format(
      "snapshot of slot {}: sequence {} and state hash {:016x} expected, {} and {:016x} loaded",
      head.slot.value, head.seq, head.state_hash, slot.seq, slot.state_hash())};
}

Status write_snapshot(Archive& archive, SlotId id, const Slot& slot, std::uint64_t group,
                      Instant time) {
  const SnapshotHead head{
      .slot = id, .group = group, .seq = slot.seq, .state_hash = slot.state_hash(), .time = time};
  return archive.write_snapshot(head,
                                [&](const PartSink& sink) { return encode_snapshot(slot, sink); });
}

Status found_slots(Copies& copies, const StreamEnd& end, std::span<const SlotId> slots,
                   Archive& own, std::uint64_t own_group) {
  SlotTable table;
  if (Status s = restore_slots(copies, end, slots, table); !s.ok()) return s;
  for (const SlotId slot : slots) {
    const Slot* const found = table.find(slot);
    if (found == nullptr || found->seq == 0)
      return Error{fmt::format("the copy has no state of slot {}", slot.value)};
    // An earlier snapshot of this stream may be of the same group.
    if (Status s = own.drop_snapshot(slot); !s.ok()) return s;
    // The slot has no record of this instance's clock.
    if (Status s = write_snapshot(own, slot, *found, own_group, {}); !s.ok()) return s;
  }
  if (Status s = own.flush_snapshots(); !s.ok()) return s;
  Archive& copy = *copies.archive(end.stream);
  for (const SlotId slot : slots) {
    if (Status s = copy.drop_snapshot(slot); !s.ok()) return s;
  }
  return {};
}

}  // namespace frontrow
