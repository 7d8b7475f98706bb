// Writes a new data directory: the recovery tool makes it from an old one, for a server to continue
// with.
//
//   auto writer = StreamWriter::create(directory, identity, epoch);
//   writer->begin_after(log_start);             // only if older groups are not available
//   writer->add_group(header, bytes) ...        // in order
//   writer->write_snapshot(slot) ...            // as it is after the newest group
//   writer->finish(epoch, clean_stop)
//
// How it works. Groups and snapshots go into the database in large batches without RocksDB's own
// log, and become durable all at once at the end, so that millions of groups take seconds. From the
// beginning the file "watermark" is a placeholder that every reader rejects; the real one replaces
// it as the very last step. So an unfinished directory can't pass for a new, empty one.
//
// Thread: one.
#pragma once

#include <rocksdb/write_batch.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "storage/local/group_codec.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/watermark.h"

namespace frontrow {

class StreamWriter {
 public:
  // `directory` must exist and be empty. `epoch`: of the newest owner; the next start gets the next
  // one.
  static Result<std::unique_ptr<StreamWriter>> create(const std::string& directory,
                                                      const StoreIdentity& identity,
                                                      std::uint64_t epoch);

  // A stream of its own (a new id) with a trimmed history: for slots that are known, while the
  // groups that led to them are not. Group 1, which is empty, stands for that history and counts as
  // trimmed; group 2, empty too, exists so that the watermark can name a group. The snapshots cover
  // both. So readers see a trimmed log, no group can pass for one of another stream, and a slot
  // continues from its own sequence.
  static Result<std::unique_ptr<StreamWriter>> create_anew(const std::string& directory,
                                                           Instant now);

  // Marks the stream as trimmed up to `log_start`. Before the first group.
  Status begin_after(const ChainPosition& log_start);
  // `bytes`: the bytes that `header` was decoded from. Rejected unless it follows the previous
  // group.
  Status add_group(const GroupHeader& header, std::span<const std::byte> bytes);
  // Covers every group up to the newest one added. After the last group; each slot once. `shown`:
  // SnapshotHead::time.
  Status write_snapshot(const Slot& slot, Instant shown);
  // Takes a copy of another stream over from another database as it is (rocks_copies.h): its
  // groups, snapshots and positions. Any time before finish().
  Status take_copy(const Store& source, std::uint64_t stream);
  // Replaces the watermark of a finished directory by the placeholder, as if its writing had been
  // cut short.
  static Status forbid_opening(const std::string& directory);

  // Makes all data durable, with the snapshots covering all groups; then creates the watermark,
  // which names the newest group. `epoch`: of the watermark, if it is later than the group's. No
  // call after it.
  Status finish(std::uint64_t epoch, bool clean_stop);

  const ChainPosition& end() const { return end_; }
  std::uint64_t groups() const { return groups_; }
  std::uint64_t group_bytes() const { return group_bytes_; }
  std::uint64_t snapshots() const { return snapshots_; }
  std::uint64_t snapshot_bytes() const { return snapshot_bytes_; }

 private:
  StreamWriter(std::string directory, Store store, std::uint64_t stream);

  Status write_batch();
  Status take_range(rocksdb::DB& from, rocksdb::ColumnFamilyHandle* from_family,
                    rocksdb::ColumnFamilyHandle* family, std::string_view first,
                    std::string_view behind);

  std::string directory_;
  Store store_;
  RocksArchive archive_;
  ChainPosition end_;
  rocksdb::WriteBatch batch_;
  std::uint64_t groups_ = 0;
  std::uint64_t group_bytes_ = 0;
  std::uint64_t snapshots_ = 0;
  std::uint64_t snapshot_bytes_ = 0;
};

}  // namespace frontrow
