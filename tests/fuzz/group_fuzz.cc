// Groups of the log with any bytes: a group, its records and their events are decoded or refused.
// Decoded events encode to bytes of the same length again.
#include <cstdint>

#include "engine/base/check.h"
#include "engine/core/codec/event_codec.h"
#include "engine/runtime/journal/record.h"
#include "storage/local/group_codec.h"

namespace frontrow {
namespace {

void read_events(const RecordView& record) {
  ByteReader reader(record.events);
  Event event;
  for (std::uint16_t i = 0; i < record.event_count; ++i) {
    const std::size_t begin = reader.position();
    if (!decode_event(reader, event).ok()) return;
    ByteBuffer again;
    ByteWriter writer(again);
    encode_event(event, writer);
    const auto read = record.events.subspan(begin, reader.position() - begin);
    // A bool is written as 0 or 1, for any byte that was read.
    FR_CHECK(again.size() == read.size());
  }
}

void read_records(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  while (!reader.failed() && !reader.at_end()) {
    const RecordView record = read_record(reader);
    if (!reader.failed()) read_events(record);
  }
}

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto group = frontrow::decode_group(bytes); group.ok())
    frontrow::read_records(group->view.records);
  frontrow::read_records(bytes);  // as if the hashes had been right
  return 0;
}
