#include "storage/local/journal_store.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "storage/local/group_key.h"
#include "storage/local/group_replay.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

Error rocks_error(const StoreOptions& options, std::string_view doing,
                  const rocksdb::Status& status) {
  return Error{fmt::format("{}: cannot {}: {}", options.path, doing, status.ToString())};
}

std::vector<rocksdb::ColumnFamilyDescriptor> families(const StoreOptions& options) {
  return {{kMetaFamily, small_family_options()},
          {kGroupsFamily, groups_family_options(options.write_buffer_bytes)},
          {kSnapshotsFamily, snapshots_family_options(options.write_buffer_bytes)},
          {kCopiesFamily, copies_family_options(options.write_buffer_bytes)}};
}

void assign_handles(Store& store, const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == kMetaFamily) store.meta = handle;
    if (handle->GetName() == kGroupsFamily) store.groups = handle;
    if (handle->GetName() == kSnapshotsFamily) store.snapshots = handle;
    if (handle->GetName() == kCopiesFamily) store.copies = handle;
  }
}

// Removes the family of copies from the list if the database has none yet.
rocksdb::Status leave_out_missing_copies(const rocksdb::DBOptions& db_options,
                                         const StoreOptions& options,
                                         std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
  std::vector<std::string> names;
  rocksdb::Status s = rocksdb::DB::ListColumnFamilies(db_options, options.path, &names);
  if (s.ok() && std::find(names.begin(), names.end(), kCopiesFamily) == names.end())
    std::erase_if(families, [](const auto& family) { return family.name == kCopiesFamily; });
  return s;
}

// Under a shared log many groups are in RocksDB's log before its next sync, and a power cut can
// leave any part of them: pages reach the disk in any order. What was synced lies before the first
// damage, or the watermark refuses the start.
void drop_torn_tail(rocksdb::DBOptions& options) {
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
}

}  // namespace

Store::Store(Store&& other) noexcept
    : errors(other.errors),
      db(std::move(other.db)),
      meta(std::exchange(other.meta, nullptr)),
      groups(std::exchange(other.groups, nullptr)),
      snapshots(std::exchange(other.snapshots, nullptr)),
      copies(std::exchange(other.copies, nullptr)),
      unflushed_snapshot_bytes(other.unflushed_snapshot_bytes),
      given_up(other.given_up) {}

Store::~Store() { static_cast<void>(close()); }

Status Store::close() {
  if (!db) return {};
  for (rocksdb::ColumnFamilyHandle* handle : {meta, groups, snapshots, copies}) {
    if (handle != nullptr) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  meta = groups = snapshots = copies = nullptr;
  if (given_up) {
    // Kept reachable to the end, so that leak checkers do not report it.
    static auto* const kept = new std::vector<rocksdb::DB*>;
    kept->push_back(db.release());
    return {};
  }
  const rocksdb::Status s = db->Close();
  db.reset();
  if (!s.ok()) return Error{"cannot close the database: " + s.ToString()};
  return {};
}

void Store::leave_files_alone() {
  if (!db) return;
  db->DisableFileDeletions().PermitUncheckedError();
  rocksdb::CancelAllBackgroundWork(db.get(), false);
  given_up = true;
}

Status read_store_meta(const Store& store, StoreContent& content) {
  std::string bytes;
  rocksdb::Status s = store.db->Get(rocksdb::ReadOptions(), store.meta, kIdentityKey, &bytes);
  if (s.IsNotFound()) return {};
  if (!s.ok()) return Error{s.ToString()};
  auto identity = decode_identity(bytes);
  if (!identity.ok()) return Error{identity.error()};
  s = store.db->Get(rocksdb::ReadOptions(), store.meta, kEpochKey, &bytes);
  if (!s.ok()) return Error{"epoch: " + s.ToString()};
  auto epoch = decode_epoch(bytes);
  if (!epoch.ok()) return Error{epoch.error()};
  content.identity = *identity;
  content.epoch = *epoch;
  return {};
}

Result<std::optional<Store>> open_store_read_only(const StoreOptions& options,
                                                  Strictness strictness) {
  Store store;
  auto db_options = database_options(options.env, options.write_buffer_bytes, store.errors);
  if (options.gap_above) drop_torn_tail(db_options);
  if (strictness == Strictness::kForgiving) {
    db_options.paranoid_checks = false;
    db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  }
  const rocksdb::Status current = db_options.env->FileExists(options.path + "/CURRENT");
  if (current.IsNotFound()) return std::optional<Store>();
  if (!current.ok()) return rocks_error(options, "look for the database", current);

  std::vector<std::string> names;
  rocksdb::Status s = rocksdb::DB::ListColumnFamilies(db_options, options.path, &names);
  if (!s.ok()) return rocks_error(options, "list the column families", s);
  auto present = families(options);
  std::erase_if(present, [&](const auto& family) {
    return std::find(names.begin(), names.end(), family.name) == names.end();
  });
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  s = rocksdb::DB::OpenForReadOnly(db_options, options.path, present, &handles, &db);
  if (!s.ok()) return rocks_error(options, "read the database", s);
  store.db.reset(db);
  assign_handles(store, handles);
  return std::optional<Store>(std::move(store));
}

Result<std::optional<StoreContent>> inspect_store(const StoreOptions& options) {
  auto opened = open_store_read_only(options);
  if (!opened.ok()) return Error{opened.error()};
  if (!*opened) return std::optional<StoreContent>();
  const Store& store = **opened;
  StoreContent content;
  if (Status meta = read_store_meta(store, content); !meta.ok()) {
    return Error{fmt::format("{}: {}", options.path, meta.error())};
  }
  if (store.groups != nullptr) {
    const std::uint64_t stream = content.identity ? content.identity->stream : 0;
    Result<LogTail> tail = Error{""};
    if (options.gap_above) {
      tail = newest_group_before_gap(*store.db, store.groups, stream, *options.gap_above);
    } else if (auto end = newest_group(*store.db, store.groups, stream); end.ok()) {
      tail = LogTail{*end, false};
    } else {
      tail = Error{end.error()};
    }
    if (!tail.ok()) return Error{fmt::format("{}: {}", options.path, tail.error())};
    content.end = tail->newest;
    content.has_gap = tail->has_gap;
  }
  return std::optional<StoreContent>(content);
}

Result<Store> open_store(const StoreOptions& options, bool create) {
  Store store;
  auto db_options =
      database_options(options.env, options.write_buffer_bytes, store.errors, options.open_files);
  if (options.gap_above) drop_torn_tail(db_options);
  db_options.create_if_missing = create;
  db_options.create_missing_column_families = create;
  auto wanted = families(options);
  rocksdb::Status s =
      create ? rocksdb::Status::OK() : leave_out_missing_copies(db_options, options, wanted);
  if (!s.ok()) return rocks_error(options, "list the column families", s);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  s = rocksdb::DB::Open(db_options, options.path, wanted, &handles, &db);
  if (!s.ok()) return rocks_error(options, "open the database", s);
  store.db.reset(db);
  assign_handles(store, handles);
  if (store.copies != nullptr) return store;
  s = db->CreateColumnFamily(copies_family_options(options.write_buffer_bytes), kCopiesFamily,
                             &store.copies);
  if (!s.ok()) return rocks_error(options, "create the column family of copies", s);
  return store;
}

Status cut_behind(Store& store, const ChainPosition& end) {
  const auto from = encode_group_key({end.stream, end.number + 1});
  const auto to = encode_group_key({end.stream, ~std::uint64_t{0}});
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.DeleteRange(store.groups, slice_of(from), slice_of(to));
  const rocksdb::Status s = store.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot cut the log at a gap: " + s.ToString()};
  return {};
}

Result<std::uint64_t> start_epoch(Store& store, std::uint64_t previous,
                                  const StoreIdentity* identity) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  if (identity != nullptr) batch.Put(store.meta, kIdentityKey, encode_identity(*identity));
  batch.Put(store.meta, kEpochKey, encode_epoch(previous + 1));
  const rocksdb::Status s = store.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot write the epoch: " + s.ToString()};
  return previous + 1;
}

}  // namespace frontrow
