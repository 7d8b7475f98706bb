// Reads a stream back: groups in order, each checked against the one before, the end against the
// watermark.
//
// Thread: the caller's. Errors name the group, its key and its byte offset within the stream.
// Writes nothing.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "engine/runtime/journal/journal.h"
#include "storage/local/group_codec.h"
#include "storage/local/read_error.h"
#include "storage/local/watermark.h"

namespace frontrow {

// Position of the newest stored group of the family; number 0 if there is none. Reads and checks
// the groups that are in no table file yet, and the newest before them: a read-write open moves
// these out of RocksDB's own log and then deletes that log.
Result<ChainPosition> newest_group(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                   std::uint64_t stream);

// The same for a log that may have a gap above the group `durable`, which it has.
struct LogTail {
  ChainPosition newest;  // before the gap
  bool has_gap = false;
};
Result<LogTail> newest_group_before_gap(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                        std::uint64_t stream, std::uint64_t durable);

// Checks that a stream that ends at `end` has the watermark's group.
Status check_reaches(const ChainPosition& end, const WatermarkValue& watermark);

// The groups after `from` (of its stream) up to `through`, or up to the newest.
struct GroupRange {
  ChainPosition from;
  std::uint64_t through = ~std::uint64_t{0};
  // Groups of other streams may stand behind those of this one; if not, finding them is an error.
  bool shares_family = false;
};

// Passes the groups to the visitor; returns the position of the last one, `from` if there was none.
// A group of the watermark's number must be the marked group.
Result<ChainPosition> replay_groups(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                    const GroupRange& range, const WatermarkValue& watermark,
                                    const ReplayVisitor& visitor);

}  // namespace frontrow
