// The configuration of the journal's database, in one place. An option differs from RocksDB's
// default where the default would lose, rewrite or silently drop data; rocks_options.cc has the
// reasons.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>
#include <memory>
#include <string>

#include "storage/local/background_errors.h"

namespace frontrow {

// Column families.
inline const std::string kMetaFamily = "default";  // RocksDB requires this name
inline const std::string kGroupsFamily = "groups";
inline const std::string kSnapshotsFamily = "snapshots";
inline const std::string kCopiesFamily = "copies";

inline constexpr std::size_t kKeyProtectionBytes = 8;

// Files that the database keeps open if the process may have many.
inline constexpr int kOpenFiles = 512;

// Memory for RocksDB's own log where a tool opens the database of a server that has stopped.
inline constexpr std::size_t kToolWriteBufferBytes = std::size_t{64} << 20;

// `env` nullptr: the system's.
rocksdb::DBOptions database_options(rocksdb::Env* env, std::size_t write_buffer_bytes,
                                    std::shared_ptr<BackgroundErrors> errors,
                                    int open_files = kOpenFiles);
rocksdb::ColumnFamilyOptions groups_family_options(std::size_t write_buffer_bytes);
rocksdb::ColumnFamilyOptions copies_family_options(std::size_t write_buffer_bytes);
rocksdb::ColumnFamilyOptions small_family_options();
rocksdb::ColumnFamilyOptions snapshots_family_options(std::size_t write_buffer_bytes);
rocksdb::WriteOptions durable_write();
// Survives the end of the process; on disk after the next sync of RocksDB's log.
rocksdb::WriteOptions logged_write();
// Bypasses RocksDB's own log: on disk after the next flush of its family.
rocksdb::WriteOptions unlogged_write();
// Reads all keys of a range in order, verifies checksums and leaves the block cache alone.
rocksdb::ReadOptions scan_options(std::size_t readahead_bytes = 0);

}  // namespace frontrow
