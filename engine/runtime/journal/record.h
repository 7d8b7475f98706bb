// A record: all events of one command of one slot, atomic. Layout in the log (little endian,
// docs/LOG_FORMAT.md):
//
//   offset size
//        0    2  slot          0..4095
//        2    2  event_count   1..
//        4    4  length        bytes of events after this header
//        8    8  seq           of this record within its slot, from 1 without a gap
//       16    8  time          wall milliseconds of the decision, never going back within a slot
//       24    .  events        engine/core/codec/event_codec.h
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"

namespace frontrow {

inline constexpr std::size_t kRecordHeaderSize = 24;

struct RecordView {
  SlotId slot;
  std::uint16_t event_count = 0;
  std::uint64_t seq = 0;
  Instant time;
  std::span<const std::byte> events;
};

// Starts a record at the end of `out`; the caller then appends the events and calls finish_record
// with the returned offset.
std::size_t begin_record(ByteBuffer& out, SlotId slot, std::uint64_t seq, Instant time);
void finish_record(ByteBuffer& out, std::size_t begin, std::uint16_t event_count);

// Reads the next record; on a malformed one marks the reader failed and returns an empty view.
RecordView read_record(ByteReader& reader);

// The first records of a sequence of whole ones.
struct RecordRun {
  std::size_t bytes = 0;
  std::uint32_t records = 0;
  std::uint32_t events = 0;
};
// As many records as have `bytes_max` bytes together, and at least one. REQUIRES: `records` are
// sound and there is one.
RecordRun leading_records(std::span<const std::byte> records, std::size_t bytes_max);

// Whether the record imports the slot's state from another instance: the sequence then continues
// from the imported one.
bool adopts_slot(const RecordView& record);
// Whether this is the record after sequence `seq` of its slot.
bool follows(const RecordView& record, std::uint64_t seq);

}  // namespace frontrow
