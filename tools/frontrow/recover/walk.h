// Iteration over the stored records of a group, and over the events of a record. Any thread.
#pragma once

#include <fmt/format.h>

#include "engine/base/result.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/protocol/limits.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/journal/record.h"

namespace frontrow::recover {

// Calls visit(record) for each record until it returns an error. Fails if the bytes are not exactly
// `record_count` records of existing slots.
template <class Visit>
Status for_each_record(const GroupView& group, const Visit& visit) {
  ByteReader reader(group.records);
  for (std::uint32_t i = 0; i < group.record_count; ++i) {
    const std::size_t at = reader.position();
    const RecordView record = read_record(reader);
    if (reader.failed())
      return Error{fmt::format("record {} at byte {} of the group is cut short", i, at)};
    if (record.slot.value >= kSlotCount) {
      return Error{fmt::format("record {} at byte {} of the group: slot {} does not exist", i, at,
                               record.slot.value)};
    }
    if (Status s = visit(record); !s.ok()) return s;
  }
  if (!reader.at_end()) return Error{"bytes after the group's last record"};
  return {};
}

// Calls visit(event), which returns void, for each event. Fails if the bytes are not exactly
// `event_count` events.
template <class Visit>
Status for_each_event(const RecordView& record, const Visit& visit) {
  ByteReader reader(record.events);
  Event event;
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    if (Status s = decode_event(reader, event); !s.ok()) {
      return Error{
          fmt::format("slot {}: sequence {}: {}", record.slot.value, record.seq, s.error())};
    }
    visit(event);
  }
  if (reader.at_end()) return {};
  return Error{fmt::format("slot {}: sequence {}: bytes after the last event", record.slot.value,
                           record.seq)};
}

}  // namespace frontrow::recover
