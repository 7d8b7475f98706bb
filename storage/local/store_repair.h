// A database whose files are there while RocksDB can no longer tell which belong to it: its
// manifest is damaged or lost.
//
// Thread: the caller's.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "storage/local/journal_store.h"

namespace frontrow {

// Copies the database's files into the directory `to`, which must exist, and has RocksDB make a
// manifest for the copy from what the files themselves say. Files that it can't use, it sets aside
// in `to`. Needs as much room as the database has. A column family that is in no table file yet
// can't be brought back.
Status repair_copy(const std::string& database, const std::string& to);

// Whether the directory holds the table files that the open database knows of, and no others.
bool has_exactly_its_tables(const Store& store, const std::string& database);

// Whether a table that holds snapshots, as the open database knows it, is gone or can't be opened.
bool lacks_snapshot_tables(const Store& store, const std::string& database);

// By the name of the file.
bool is_table(const std::string& path);
// Opens one table file by itself. A damaged one is an error; or RocksDB may abort the process.
Status open_table(const std::string& path);

}  // namespace frontrow
