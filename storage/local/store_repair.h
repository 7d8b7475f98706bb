// Repairs a database whose files exist while RocksDB can no longer tell which belong to it: its
// manifest is damaged or lost.
//
// Thread: the caller's.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "storage/local/journal_store.h"

namespace frontrow {

// Copies the database's files into the directory `to`, which must exist, and has RocksDB rebuild a
// manifest for the copy from the files themselves. RocksDB sets unusable files aside in `to`. Needs
// as much space as the database has. A column family that is in no table file yet can't be
// restored.
Status repair_copy(const std::string& database, const std::string& to);

// Whether the directory holds exactly the table files that the open database lists.
bool has_exactly_its_tables(const Store& store, const std::string& database);

// Whether a table file of snapshots that the open database lists is gone or can't be opened.
bool lacks_snapshot_tables(const Store& store, const std::string& database);

// Decides by the file name.
bool is_table(const std::string& path);
// Opens one table file by itself. A damaged one is an error, or RocksDB may abort the process.
Status open_table(const std::string& path);

}  // namespace frontrow
