// The journal on RocksDB: one key a group, one synced write an append (design:
// engine/runtime/journal/journal.h).
//
// A data directory:
//   LOCK       held while the process lives; a second opener is refused (directory_lock.h)
//   db/        RocksDB: families "groups", "snapshots" (snapshot_store.h) and "default"
//              (journal_meta.h)
//   watermark  the newest group known to be durable (watermark.h)
//
// How it works. open() takes the lock, looks at the database without changing it, refuses if it
// ends below the watermark, then opens it for writing and makes the next epoch durable before
// anything else. replay() reads and checks every group above the floor. append() numbers and chains
// the group, writes it with one sync, then moves the watermark. The first error is final: RocksDB
// is never told to resume, a sync is never retried, and every later append answers kFailed; only a
// new process, reading what is really on disk, can tell what became of the group.
//
// Errors are one line for the operator: what was expected and found, where, and what to do.
//
// Threads: as journal.h says; space() from any thread, the rest from the journal's.
//
// Left out: salvage of a damaged log (the recovery tool's), any fencing between copies of a
// directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/journal/journal.h"

namespace rocksdb {
class Env;
}

namespace frontrow {

struct JournalOptions {
  std::string directory;  // made if missing; its parent must exist
  rocksdb::Env* env =
      nullptr;               // files of the database; null: the system's. Must outlive the journal
  std::uint64_t stream = 0;  // id; 0: draw one for a new stream, take the one that is there
  std::uint64_t reserve_bytes = std::uint64_t{256} << 20;
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  int open_files = 512;  // that the database keeps open; it has a few dozen more
  Duration watermark_sync_interval = milliseconds(100);
};

class RocksDbJournal final : public Journal {
 public:
  static Result<std::unique_ptr<RocksDbJournal>> open(const JournalOptions& options);

  // Without close() the stop counts as a crash; nothing durable is lost.
  ~RocksDbJournal() override;

  Status replay(const ReplayVisitor& visitor) override;
  AppendStatus append(const GroupParts& group) override;
  std::string failure() const override;
  std::uint64_t last_group() const override;
  JournalSpace space() const override;
  Archive& archive() override;
  Status close() override;

  std::uint64_t stream() const;
  std::uint64_t epoch() const;
  // Whether the owner before this one ended with close().
  bool opened_after_clean_stop() const;

 private:
  struct Impl;
  explicit RocksDbJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace frontrow
