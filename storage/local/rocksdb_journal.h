// The journal on RocksDB: one key a group, one synced write an append (design:
// engine/runtime/journal/journal.h).
//
// A data directory:
//   LOCK       held while the process lives; a second opener is rejected (directory_lock.h)
//   db/        RocksDB: families "groups", "snapshots" (snapshot_store.h), "default"
//              (journal_meta.h) and "copies" (rocks_copies.h)
//   watermark  the newest group known to be durable (watermark.h)
//
// How it works. open() takes the lock, inspects the database without changing it, rejects one that
// ends below the watermark, then opens it for writing and makes the next epoch durable before any
// other write. replay() reads and checks every group above the checkpoint position. append()
// numbers and chains the group, writes it with one sync, then moves the watermark. The first error
// is final: RocksDB is never resumed, a sync is never retried, and every later append returns
// kFailed; only a new process, which reads the actual content of the disk, can find the outcome of
// the group.
//
// Errors are one line for the operator: the expected and the found value, the place, and the action
// to take.
//
// Under a shared log (local_log.h) add() writes groups without a sync and sync() moves the
// watermark behind them.
//
// Threads: as in journal.h and local_log.h.
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
#include "engine/runtime/journal/local_log.h"

namespace rocksdb {
class Env;
}

namespace frontrow {

struct JournalOptions {
  std::string directory;  // created if missing; its parent must exist
  rocksdb::Env* env =
      nullptr;               // files of the database; null: the system's. Must outlive the journal
  std::uint64_t stream = 0;  // id; 0: draw one for a new stream, take that of an existing one
  std::uint64_t reserve_bytes = std::uint64_t{256} << 20;
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  int open_files = 512;  // kept open by the database; it has a few dozen more
  Duration watermark_sync_interval = milliseconds(100);
  // Under a shared log: groups that follow a gap are cut off at the start, as they are durable
  // there. A power cut leaves a gap when RocksDB's log lost the end of more than one of its files.
  // Damage in RocksDB's log above the watermark is cut off likewise.
  bool cuts_at_gap = false;
};

class RocksDbJournal final : public Journal, public LocalLog {
 public:
  static Result<std::unique_ptr<RocksDbJournal>> open(const JournalOptions& options);

  // Without close() the stop counts as a crash; no durable group is lost.
  ~RocksDbJournal() override;

  Status replay(const ReplayVisitor& visitor) override;
  AppendStatus append(const GroupParts& group) override;
  std::string failure() const override;
  std::uint64_t last_group() const override;
  JournalSpace space() const override;
  Archive& archive() override;
  Copies* copies() override;
  Status close() override;

  // Under a shared log, in place of append().
  LogEnd end() const override;
  LogEnd encode_next(const GroupParts& group, ByteBuffer& out) const override;
  Result<GroupView> add(std::span<const std::byte> group) override;
  Result<std::uint64_t> sync() override;

  std::uint64_t stream() const override;
  std::uint64_t epoch() const;
  // Whether the previous owner ended with close().
  bool opened_after_clean_stop() const;

 private:
  struct Impl;
  explicit RocksDbJournal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace frontrow
