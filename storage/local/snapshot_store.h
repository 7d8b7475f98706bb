// Snapshots of one stream in the column family of all snapshots:
//
//   slot u16 BE, 'h'                          head of the slot's snapshot
//   slot u16 BE, 'p', group u64 BE, part u32 BE   its parts
//
// The keys of a copied stream (copies.h) have a prefix: u16 0xffff, which is no slot, 'c', stream
// u64 BE. So a slot that went from stream to stream has a snapshot of each, no stream can take the
// parts of another for its own, and the writers of two streams need no lock.
//
// A head names the group, and with it the parts; it is written after them and before the parts of
// the previous snapshot are deleted. The writes bypass RocksDB's log: a large snapshot would delay
// the journal's syncs. So a write is durable only after the next flush(). A crash keeps a prefix of
// the writes, because the family's memory is flushed in order; hence a head never exists without
// its parts.
//
// Head, little endian: u16 version | u16 oldest reader | u16 slot | u16 zero | u64 stream | u64
// group | u64 seq | u64 state hash | i64 time | u32 parts | u32 zero | u64 bytes | u64 content hash
// | u64 XXH3-64 of all before. The content hash chains the parts: h = XXH3-64(part, seed h), from
// seed 0. Versions 1 and 2 had no stream: those heads are of the directory's own.
//
// Thread: one at a time for each stream.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/journal/archive.h"
#include "storage/local/journal_store.h"

namespace frontrow {

// The key of a snapshot's head: slot u16 big endian, 'h'. The head comes before its parts ('p').
inline constexpr std::size_t kSnapshotHeadKeyBytes = 3;
inline constexpr char kSnapshotHead = 'h';
// In place of a slot: the keys of copied streams, behind those of all slots.
inline constexpr std::uint16_t kCopiedSnapshots = 0xffff;

inline constexpr std::uint16_t kSnapshotVersion = 4;
inline constexpr std::uint16_t kSnapshotOldestReader = 4;   // lowest that can read our snapshots
inline constexpr std::uint16_t kSnapshotOldestVersion = 1;  // lowest that this program reads

// The begin of all keys of a copied stream's snapshots.
std::string copied_snapshots_prefix(std::uint64_t stream);

std::string encode_snapshot_head(const SnapshotHead& head);
// `stream` is the one of a head that was written before heads named it. A head that names another
// stream is an error.
Result<SnapshotHead> decode_snapshot_head(std::string_view bytes, std::uint64_t stream);

class SnapshotStore {
 public:
  // Whose snapshots: of the stream that the directory's instance writes, or of a copied one.
  enum class Kind { kOwn, kCopied };

  SnapshotStore(const Store& store, std::uint64_t stream, Kind kind);

  Result<std::vector<SnapshotHead>> heads() const;
  Status read(const SnapshotHead& head, const PartSink& on_part) const;
  Status write(SnapshotHead head, const std::function<Status(const PartSink&)>& encode);
  Status flush();
  Result<bool> has(SlotId slot) const;
  // The sequence of the slot's snapshot; 0: it has none that can be read.
  std::uint64_t seq_of(SlotId slot) const;
  // Deletes the slot's snapshot; durable with the next flush().
  Status drop(SlotId slot);
  // Gathers the deletion of all snapshots of the stream.
  Status gather_deletions(rocksdb::WriteBatch& batch) const;

 private:
  std::string key_of(SlotId slot, char kind) const;
  std::string part_key(SlotId slot, std::uint64_t group, std::uint32_t part) const;
  Status put(const std::string& key, std::span<const std::byte> value);
  Status drop_other_parts(const SnapshotHead& head);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* family_;
  const std::uint64_t stream_;
  const std::string prefix_;                                     // of the keys
  std::shared_ptr<std::atomic<std::uint64_t>> unflushed_bytes_;  // in the family, of all streams
};

}  // namespace frontrow
