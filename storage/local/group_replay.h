// Reading a stream back: groups in order, each checked against the one before, the end against the
// watermark.
//
// Thread: the caller's. Errors name the group, its key and its byte offset within the stream.
// Nothing is written.
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
// the groups that are in no table file yet, and the newest before them: that is what opening for
// writing would move out of RocksDB's own log before it deletes that.
Result<ChainPosition> newest_group(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                   std::uint64_t stream);

// Whether a stream that ends at `end` holds what the mark vouches for.
Status check_reaches(const ChainPosition& end, const Mark& mark);

// Which groups to read: those after `from` (of the stream it names), to the newest or to `through`.
struct GroupRange {
  ChainPosition from;
  std::uint64_t through = ~std::uint64_t{0};
};

// Hands the groups to the visitor; returns the position of the last one, `from` if there was none.
// A group of the mark's number must be the one that it vouches for.
Result<ChainPosition> replay_groups(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                    const GroupRange& range, const Mark& mark,
                                    const ReplayVisitor& visitor);

}  // namespace frontrow
