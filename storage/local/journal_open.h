// Opens a stream and checks the conditions for appending: lock, agreement of database and
// watermark, next epoch. A rejection before the epoch leaves the database unchanged.
//
// Thread: the caller's.
#pragma once

#include <cstdint>

#include "engine/base/result.h"
#include "storage/local/directory_lock.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocksdb_journal.h"
#include "storage/local/watermark.h"

namespace frontrow {

// Members in the order in which they must outlive each other: the lock is released last.
struct OpenedStream {
  DirectoryLock lock;
  Watermark watermark;
  Store store;
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
};

Result<OpenedStream> open_stream(const JournalOptions& options);

}  // namespace frontrow
