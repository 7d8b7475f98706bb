// The bytes of one group of the journal: a fixed header, then the records (record.h) one after the
// other.
//
// Layout, little endian (docs/LOG_FORMAT.md holds a worked example that the tests compare with):
//
//   offset size
//        0    4  magic           "FRG1"
//        4    2  format version  of the writer
//        6    2  oldest reader   lowest format version whose readers understand these bytes
//        8    4  header size     80; a later version may make it longer
//       12    4  flags           0
//       16    8  stream
//       24    8  epoch           of the writer, never going back within a stream
//       32    8  number          from 1 without a gap
//       40    8  time            of the commit, wall milliseconds
//       48    4  record count
//       52    4  event count
//       56    8  payload length  bytes of records after the header
//       64    8  previous hash   chain hash of the group before; 0 for group 1
//       72    8  chain hash      XXH3-64 over every other byte of header and records, in order
//
// The chain hash covers the previous one, so the hash of a group covers all groups before it.
//
// Threads: plain functions, any thread. Left out: the records are not parsed; the engine checks
// slots, sequences and events as it applies them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/journal/chain_position.h"
#include "engine/runtime/journal/journal.h"

namespace frontrow {

inline constexpr std::uint16_t kGroupFormatVersion = 3;
inline constexpr std::uint16_t kGroupOldestReader = 3;   // lowest that can read our groups
inline constexpr std::uint16_t kGroupOldestVersion = 1;  // lowest that this program reads
inline constexpr std::size_t kGroupHeaderSize = 80;
inline constexpr std::uint64_t kGroupPayloadBytesMax = std::uint64_t{1} << 30;

using GroupHeaderBytes = std::array<std::byte, kGroupHeaderSize>;

struct GroupHeader {
  std::uint16_t version = kGroupFormatVersion;
  std::uint16_t oldest_reader = kGroupOldestReader;
  std::uint32_t header_size = kGroupHeaderSize;
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
  Instant time;
  std::uint32_t record_count = 0;
  std::uint32_t event_count = 0;
  std::uint64_t payload_length = 0;
  std::uint64_t previous_hash = 0;
  std::uint64_t chain_hash = 0;
};

struct DecodedGroup {
  GroupHeader header;
  GroupView view;  // points into the decoded bytes
};

// Writes the header of the group that follows `position` and moves `position` onto it. The group's
// bytes are the header followed by the parts' records, so the caller can gather them without a
// copy. The payload is at most kGroupPayloadBytesMax.
GroupHeaderBytes encode_group_header(ChainPosition& position, const GroupParts& parts);

// The same, with the records copied behind the header. Replaces the content of `out` and reuses its
// memory.
void encode_group(ChainPosition& position, const GroupParts& parts, ByteBuffer& out);

// Decodes one group by itself: checks magic, versions, sizes and chain hash. The error names the
// expected and the found value.
Result<DecodedGroup> decode_group(std::span<const std::byte> bytes);

// Checks that the group comes next: stream, number, previous hash, epoch not going back.
Status check_follows(const ChainPosition& position, const GroupHeader& next);

constexpr ChainPosition position_of(const GroupHeader& h) {
  return {h.stream, h.epoch, h.number, h.chain_hash};
}

}  // namespace frontrow
