#include "engine/runtime/journal/record.h"

#include "engine/core/protocol/event.h"

namespace frontrow {
namespace {

constexpr std::size_t kEventCountAt = 2;
constexpr std::size_t kLengthAt = 4;

}  // namespace

std::size_t begin_record(ByteBuffer& out, SlotId slot, std::uint64_t seq, Instant time) {
  const std::size_t begin = out.size();
  ByteWriter w(out);
  w.put(slot);
  w.put(std::uint16_t{0});
  w.put(std::uint32_t{0});
  w.put(seq);
  w.put(time);
  return begin;
}

void finish_record(ByteBuffer& out, std::size_t begin, std::uint16_t event_count) {
  ByteWriter w(out);
  w.patch(begin + kEventCountAt, event_count);
  w.patch(begin + kLengthAt, static_cast<std::uint32_t>(out.size() - begin - kRecordHeaderSize));
}

RecordView read_record(ByteReader& reader) {
  RecordView record;
  record.slot = reader.get<SlotId>();
  record.event_count = reader.get<std::uint16_t>();
  const auto length = reader.get<std::uint32_t>();
  record.seq = reader.get<std::uint64_t>();
  record.time = reader.get_instant();
  record.events = reader.get_bytes(length);
  return record;
}

RecordRun leading_records(std::span<const std::byte> records, std::size_t bytes_max) {
  RecordRun run;
  ByteReader reader(records);
  while (!reader.at_end()) {
    const RecordView record = read_record(reader);
    FR_CHECK(!reader.failed());
    if (run.records > 0 && reader.position() > bytes_max) break;
    run.bytes = reader.position();
    ++run.records;
    run.events += record.event_count;
  }
  return run;
}

bool adopts_slot(const RecordView& record) {
  return !record.events.empty() &&
         static_cast<std::uint8_t>(record.events[0]) == kTypeOf<SlotAdopted>;
}

bool follows(const RecordView& record, std::uint64_t seq) {
  return adopts_slot(record) ? record.seq > seq : record.seq == seq + 1;
}

}  // namespace frontrow
