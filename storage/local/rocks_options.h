// How the journal's database is set up, in one place. Every option that differs from RocksDB's
// default is there because a default would lose, rewrite or silently drop something;
// rocks_options.cc says which.
#pragma once

#include <rocksdb/options.h>

#include <cstddef>
#include <memory>
#include <string>

#include "storage/local/background_errors.h"

namespace frontrow {

// Column families.
inline const std::string kMetaFamily = "default";  // RocksDB insists on this name
inline const std::string kGroupsFamily = "groups";
inline const std::string kSnapshotsFamily = "snapshots";

inline constexpr std::size_t kKeyProtectionBytes = 8;

// Files that the database keeps open where the process may have many.
inline constexpr int kOpenFiles = 512;

// `env` null: the system's.
rocksdb::DBOptions database_options(rocksdb::Env* env, std::size_t write_buffer_bytes,
                                    std::shared_ptr<BackgroundErrors> errors,
                                    int open_files = kOpenFiles);
rocksdb::ColumnFamilyOptions groups_family_options(std::size_t write_buffer_bytes);
rocksdb::ColumnFamilyOptions small_family_options();
rocksdb::ColumnFamilyOptions snapshots_family_options(std::size_t write_buffer_bytes);
rocksdb::WriteOptions durable_write();
// Past RocksDB's own log: on disk with the next flush of its family, and not before.
rocksdb::WriteOptions unlogged_write();

}  // namespace frontrow
