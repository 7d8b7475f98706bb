#include "engine/runtime/replay.h"

#include <fmt/format.h>

#include "engine/core/apply.h"
#include "engine/core/event_codec.h"

namespace frontrow {
namespace {

constexpr std::size_t kEventsAhead = 12;
constexpr std::size_t kSlotsAhead = 24;

Error at_record(const RecordView& record, std::string_view what) {
  return Error{fmt::format("slot {}: sequence {}: {}", record.slot.value, record.seq, what)};
}

}  // namespace

void Replay::only(std::span<const SlotId> slots) {
  wanted_.assign(kSlotCount, false);
  for (const SlotId slot : slots) wanted_[slot.value] = true;
}

Status Replay::load(Archive& archive, const SnapshotHead& head) {
  Slot& slot = slots_.at(head.slot);
  FR_CHECK(slot.seq == 0);
  const Status loaded = archive.read_snapshot(
      head, [&slot](std::span<const std::byte> part) { return load_snapshot_part(part, slot); });
  if (!loaded.ok())
    return Error{fmt::format("snapshot of slot {}: {}", head.slot.value, loaded.error())};
  if (slot.seq != head.seq || slot.state_hash() != head.state_hash) {
    return Error{fmt::format(
        "snapshot of slot {}: sequence {} and state hash {:016x} expected, {} and {:016x} loaded",
        head.slot.value, head.seq, head.state_hash, slot.seq, slot.state_hash())};
  }
  covered_[head.slot.value] = head.group;
  return {};
}

Status Replay::apply_record(std::uint64_t group, const RecordView& record) {
  Slot& slot = slots_.at(record.slot);
  if (record.seq <= slot.seq && group <= covered_[record.slot.value]) return {};
  if (record.seq != slot.seq + 1) {
    return Error{
        fmt::format("slot {}: sequence {} follows {}", record.slot.value, record.seq, slot.seq)};
  }
  if (record.time < slot.time) {
    return Error{
        fmt::format("slot {}: sequence {} goes back in time", record.slot.value, record.seq)};
  }
  ByteReader reader(record.events);
  Event event;
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    if (const Status decoded = decode_event(reader, event); !decoded.ok())
      return at_record(record, decoded.error());
    if (const auto* hashed = std::get_if<SlotHashed>(&event)) {
      ++hashes_compared_;
      if (hashed->hash != slot.state_hash()) {
        return at_record(record, fmt::format("the state hash was {:016x} when this was logged, "
                                             "the log leads to {:016x}",
                                             hashed->hash, slot.state_hash()));
      }
    }
    apply(slot, event, record.time);
  }
  if (!reader.at_end()) return at_record(record, "bytes after the last event");
  slot.seq = record.seq;
  slot.time = record.time;
  return {};
}

// Every event is a look into tables that are far larger than the cache: those to come are looked up
// while those before are applied.
void Replay::look_ahead(std::size_t at) {
  if (at + kSlotsAhead < records_.size())
    __builtin_prefetch(slots_.find(records_[at + kSlotsAhead].slot));
  if (at + kEventsAhead >= records_.size()) return;
  const RecordView& record = records_[at + kEventsAhead];
  const Slot* slot = slots_.find(record.slot);
  ByteReader reader(record.events);
  if (slot != nullptr && decode_event(reader, ahead_).ok()) prefetch(*slot, ahead_);
}

Status Replay::apply_group(const GroupView& group) {
  ByteReader reader(group.records);
  records_.clear();
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const RecordView record = read_record(reader);
    if (reader.failed())
      return Error{fmt::format("group {}: record {} is cut short", group.number, i)};
    if (record.slot.value >= kSlotCount) {
      return Error{
          fmt::format("group {}: slot {} does not exist", group.number, record.slot.value)};
    }
    if (wanted_.empty() || wanted_[record.slot.value]) records_.push_back(record);
  }
  if (!reader.at_end())
    return Error{fmt::format("group {}: bytes after the last record", group.number)};
  for (std::size_t i = 0; i < records_.size(); ++i) {
    look_ahead(i);
    if (const Status applied = apply_record(group.number, records_[i]); !applied.ok())
      return Error{fmt::format("group {}: {}", group.number, applied.error())};
  }
  return {};
}

}  // namespace frontrow
