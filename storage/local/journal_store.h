// The database below a journal: opening, creating and looking at it without changing it.
//
// inspect_store() reads only; whoever refuses a stream after it leaves the directory as it was
// found. (A read-write open replays RocksDB's own log and deletes it, so what a damaged log still
// held would be gone.)
//
// Thread: the caller's.
#pragma once

#include <rocksdb/db.h>

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
};

// What a database says before it is opened for writing.
struct StoreContent {
  std::optional<StoreIdentity> identity;  // none: creation was cut short
  std::uint64_t epoch = 0;
  ChainPosition end;
};

// An open database. Closes what is open when it goes.
struct Store {
  std::shared_ptr<BackgroundErrors> errors = std::make_shared<BackgroundErrors>();
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* groups = nullptr;
  rocksdb::ColumnFamilyHandle* snapshots = nullptr;
  bool given_up = false;  // see leave_files_alone

  Store() = default;
  Store(Store&& other) noexcept;
  Store& operator=(Store&&) = delete;
  ~Store();
  // Idempotent; an error if files could not be closed.
  Status close();
  // For a database that another process has taken over: a RocksDB that closes deletes files that it
  // doesn't know (7.8) and may write its manifest anew (9.10), so from here on this one deletes
  // nothing, and close() gives its memory up instead, as the process is about to end. Others may
  // still be reading from it.
  void leave_files_alone();
};

// How much damage to look past. For whoever checks every group by itself, as salvage does.
enum class Strictness {
  kWhole,      // as a start of the server: what RocksDB finds damaged is an error
  kForgiving,  // whatever can still be read; what is missing must be noticed by the reader
};

// Opens for reading; writes nothing. Nothing if there is no database at the path. A family that was
// never made has no handle.
Result<std::optional<Store>> open_store_read_only(const StoreOptions& options,
                                                  Strictness strictness = Strictness::kWhole);
// Identity and epoch; `end` is left alone.
Status read_store_meta(const Store& store, StoreContent& content);

// Nothing if there is no database at the path.
Result<std::optional<StoreContent>> inspect_store(const StoreOptions& options);

// `create`: make what is missing of it.
Result<Store> open_store(const StoreOptions& options, bool create);

// Makes the next epoch durable and returns it; with `identity`, writes that too (a new stream,
// epoch 1).
Result<std::uint64_t> start_epoch(Store& store, std::uint64_t previous,
                                  const StoreIdentity* identity);

}  // namespace frontrow
