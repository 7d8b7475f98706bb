// Finds where a copied stream ends on this disk (rocks_copies.h).
//
// RocksDB's own log may lose its end in a power cut, and in more than one of its files: so groups
// may follow a gap, though none that was synced is missing. The tail ends before the first gap.
//
// Thread: the caller's. Writes nothing.
#pragma once

#include <rocksdb/db.h>

#include <string>

#include "engine/base/result.h"
#include "storage/local/group_codec.h"
#include "storage/local/rocks_archive.h"

namespace frontrow {

struct CopyTail {
  ChainPosition newest;   // the newest group that follows from `durable` without a gap
  bool has_more = false;  // groups that do not follow stand behind it
};

// `durable` was on disk before: an error if the copy no longer has it, or can't be read behind it.
Result<CopyTail> find_copy_tail(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* copies,
                                const RocksArchive& archive, const ChainPosition& durable);

}  // namespace frontrow
