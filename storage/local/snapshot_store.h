// Snapshots in their column family:
//
//   slot u16 BE, 'h'                          head of the slot's snapshot
//   slot u16 BE, 'p', group u64 BE, part u32 BE   its parts
//
// A head names the group, and with it the parts; it is written after them and before the parts of
// the previous snapshot are deleted. The writes bypass RocksDB's log: a large snapshot would delay
// the journal's syncs. So a write is durable only after the next flush(). A crash keeps a prefix of
// the writes, because the family's memory is flushed in order; hence a head never exists without
// its parts.
//
// Head, little endian: u16 version | u16 oldest reader | u16 slot | u16 zero | u64 group | u64 seq
// | u64 state hash | i64 time | u32 parts | u32 zero | u64 bytes | u64 content hash | u64 XXH3-64
// of all before. The content hash chains the parts: h = XXH3-64(part, seed h), from seed 0.
//
// Thread: one at a time.
#pragma once

#include <rocksdb/db.h>

#include <functional>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/journal/archive.h"

namespace frontrow {

// The key of a snapshot's head: slot u16 big endian, 'h'. The head comes before its parts ('p').
inline constexpr std::size_t kSnapshotHeadKeyBytes = 3;
inline constexpr char kSnapshotHead = 'h';

inline constexpr std::uint16_t kSnapshotVersion = 2;
inline constexpr std::uint16_t kSnapshotOldestReader = 2;   // lowest that can read our snapshots
inline constexpr std::uint16_t kSnapshotOldestVersion = 1;  // lowest that this program reads

std::string encode_snapshot_head(const SnapshotHead& head);
Result<SnapshotHead> decode_snapshot_head(std::string_view bytes);

class SnapshotStore {
 public:
  SnapshotStore(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) : db_(db), family_(family) {}

  Result<std::vector<SnapshotHead>> heads() const;
  Status read(const SnapshotHead& head, const PartSink& on_part) const;
  Status write(SnapshotHead head, const std::function<Status(const PartSink&)>& encode);
  Status flush();

 private:
  Status put(const std::string& key, std::span<const std::byte> value);
  Status drop_older_parts(const SnapshotHead& head);

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* family_;
  std::uint64_t unflushed_bytes_ = 0;
};

}  // namespace frontrow
