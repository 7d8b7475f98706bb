// The database below a journal: opening it, creating it, and inspecting it without a change.
//
// inspect_store() reads only, so a caller can reject a stream afterwards and leave the directory
// unchanged. (A read-write open replays RocksDB's own log and deletes it, and with it the remains
// of a damaged log.)
//
// Thread: the caller's.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "storage/local/background_errors.h"
#include "storage/local/group_codec.h"
#include "storage/local/journal_meta.h"
#include "storage/local/rocks_options.h"

namespace frontrow {

struct StoreOptions {
  std::string path;
  rocksdb::Env* env = nullptr;
  std::size_t write_buffer_bytes = 0;
  int open_files = kOpenFiles;
  // JournalOptions::cuts_at_gap: the newest group that is known to be on disk. Set: RocksDB's log
  // is read up to the first damage.
  std::optional<std::uint64_t> gap_above;
};

// The content of a database before it is opened for writing.
struct StoreContent {
  std::optional<StoreIdentity> identity;  // none: creation was cut short
  std::uint64_t epoch = 0;
  ChainPosition end;
  bool has_gap = false;  // groups that do not follow stand behind the end
};

// An open database; the destructor closes it.
struct Store {
  std::shared_ptr<BackgroundErrors> errors = std::make_shared<BackgroundErrors>();
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* groups = nullptr;
  rocksdb::ColumnFamilyHandle* snapshots = nullptr;
  // Read-only: nullptr in a directory from before there were copies.
  rocksdb::ColumnFamilyHandle* copies = nullptr;
  // Shared by the writers of all streams' snapshots (snapshot_store.h).
  std::shared_ptr<std::atomic<std::uint64_t>> unflushed_snapshot_bytes =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  bool given_up = false;  // see leave_files_alone

  Store() = default;
  Store(Store&& other) noexcept;
  Store& operator=(Store&&) = delete;
  ~Store();
  // Idempotent; an error if files could not be closed.
  Status close();
  // For a database that another process has taken over: RocksDB deletes files that it doesn't know
  // on close (7.8) and may rewrite its manifest (9.10). From here on the database deletes no
  // files, and close() leaks the handle, as the process is about to end. Other threads may still
  // read from it.
  void leave_files_alone();
};

// How much damage to tolerate. kForgiving is for callers that check every group themselves, such as
// salvage.
enum class Strictness {
  kWhole,      // as at a start of the server: damage that RocksDB finds is an error
  kForgiving,  // reads all readable data; the reader must detect gaps
};

// Opens for reading; writes nothing. nullopt if there is no database at the path. A family that was
// never created has no handle.
Result<std::optional<Store>> open_store_read_only(const StoreOptions& options,
                                                  Strictness strictness = Strictness::kWhole);
// Reads identity and epoch; leaves `end` unchanged.
Status read_store_meta(const Store& store, StoreContent& content);

// nullopt if there is no database at the path.
Result<std::optional<StoreContent>> inspect_store(const StoreOptions& options);

// `create`: creates a missing database and missing families. The family of copies is created in any
// case: directories from before have none.
Result<Store> open_store(const StoreOptions& options, bool create);

// Removes the groups of the stream behind the end, durably.
Status cut_behind(Store& store, const ChainPosition& end);

// Makes the next epoch durable and returns it; with `identity`, writes that too (a new stream,
// epoch 1).
Result<std::uint64_t> start_epoch(Store& store, std::uint64_t previous,
                                  const StoreIdentity* identity);

}  // namespace frontrow
