#include "engine/runtime/recovery.h"

#include <fmt/format.h>

#include <chrono>

#include "engine/core/apply.h"
#include "engine/core/event_codec.h"
#include "engine/runtime/record.h"

namespace frontrow {
namespace {

Status replay_record(const RecordView& record, SlotTable& slots) {
  if (record.slot.value >= kSlotCount)
    return Error{fmt::format("slot {} does not exist", record.slot.value)};
  Slot& slot = slots.at(record.slot);
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
    if (const Status decoded = decode_event(reader, event); !decoded.ok()) {
      return Error{
          fmt::format("slot {}: sequence {}: {}", record.slot.value, record.seq, decoded.error())};
    }
    apply(slot, event, record.time);
  }
  if (!reader.at_end()) {
    return Error{fmt::format("slot {}: sequence {}: bytes after the last event", record.slot.value,
                             record.seq)};
  }
  slot.seq = record.seq;
  slot.time = record.time;
  return {};
}

}  // namespace

Status replay_group(const GroupView& group, SlotTable& slots) {
  ByteReader reader(group.records);
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const RecordView record = read_record(reader);
    if (reader.failed())
      return Error{fmt::format("group {}: record {} is cut short", group.number, i)};
    if (const Status replayed = replay_record(record, slots); !replayed.ok()) {
      return Error{fmt::format("group {}: {}", group.number, replayed.error())};
    }
  }
  if (!reader.at_end())
    return Error{fmt::format("group {}: bytes after the last record", group.number)};
  return {};
}

Result<RecoveryReport> recover(Journal& journal, SlotTable& slots,
                               const std::function<void(const ReplayProgress&)>& on_progress) {
  RecoveryReport report;
  const auto begin = std::chrono::steady_clock::now();
  ReplayVisitor visitor;
  visitor.on_progress = on_progress;
  visitor.on_group = [&](const GroupView& group) -> Status {
    ++report.groups;
    report.records += group.record_count;
    report.events += group.event_count;
    report.bytes += group.records.size();
    return replay_group(group, slots);
  };
  if (const Status replayed = journal.replay(visitor); !replayed.ok())
    return Error{replayed.error()};
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

}  // namespace frontrow
