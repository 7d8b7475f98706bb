// Everything that must hold before a journal may take its first group: lock, agreement of database
// and watermark, next epoch. A refusal before the epoch leaves the database as it was.
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

// Members in the order in which they must outlive each other: the lock goes last.
struct OpenedStream {
  DirectoryLock lock;
  Watermark watermark;
  Store store;
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
};

Result<OpenedStream> open_stream(const JournalOptions& options);

}  // namespace frontrow
