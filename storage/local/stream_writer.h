// A data directory written from nothing: what the recovery tool makes from an old one, for a server
// to go on with.
//
//   auto writer = StreamWriter::create(directory, identity, epoch);
//   writer->begin_after(base);                  // only if older groups are not to be had
//   writer->add_group(header, bytes) ...        // in order
//   writer->write_snapshot(slot) ...            // as it is after the newest group
//   writer->finish(mark)
//
// How it works. Groups and snapshots go into the database in large batches without RocksDB's own
// log, and become durable all at once at the end, so that millions of groups take seconds. From the
// beginning there is a file "watermark" that is none, and that every opener refuses; the real one
// takes its place as the very last thing. So a directory whose writing was cut short can't pass for
// a new, empty one.
//
// Thread: one.
#pragma once

#include <rocksdb/write_batch.h>

#include <memory>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "storage/local/group_codec.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/watermark.h"

namespace frontrow {

class StreamWriter {
 public:
  // `directory` must exist and be empty. `epoch`: of the newest owner; the next start has the next
  // one.
  static Result<std::unique_ptr<StreamWriter>> create(const std::string& directory,
                                                      const StoreIdentity& identity,
                                                      std::uint64_t epoch);

  // A stream of its own (a new id) whose history is forgotten at birth: for slots that are known,
  // while the groups that led to them are not. Group 1, which is empty, stands for that history and
  // counts as trimmed; group 2, empty too, is there so that the watermark has one to vouch for. The
  // snapshots stand for both. So to every reader it is a log that was trimmed, no group can be
  // taken for one of another stream, and a slot goes on from whatever sequence it had.
  static Result<std::unique_ptr<StreamWriter>> create_anew(const std::string& directory,
                                                           Instant now);

  // The stream counts as forgotten up to here. Before the first group.
  Status begin_after(const ChainPosition& base);
  // The bytes that `header` was read from; refused unless it follows the group before.
  Status add_group(const GroupHeader& header, std::span<const std::byte> bytes);
  // Covers every group up to the newest one added. After the last group; each slot once. `shown`:
  // as in the head of a snapshot.
  Status write_snapshot(const Slot& slot, Instant shown);
  // Takes the watermark of a finished directory away again, as if its writing had been cut short.
  static Status forbid_opening(const std::string& directory);

  // Makes everything durable, snapshots stand for all groups; then the watermark, which names the
  // newest group. `epoch`: of the mark, if it is later than the group's. Nothing after it.
  Status finish(std::uint64_t epoch, bool clean_stop);

  const ChainPosition& end() const { return end_; }
  std::uint64_t groups() const { return groups_; }
  std::uint64_t group_bytes() const { return group_bytes_; }
  std::uint64_t snapshots() const { return snapshots_; }
  std::uint64_t snapshot_bytes() const { return snapshot_bytes_; }

 private:
  StreamWriter(std::string directory, Store store, std::uint64_t stream);

  Status write_batch();

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
