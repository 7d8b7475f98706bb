// The archive of a stream on RocksDB (design: engine/runtime/journal/archive.h): snapshots
// (snapshot_store.h), checkpoint position and log start (journal_meta.h), and the groups. The
// stream is the directory's own or a copied one (rocks_copies.h); archives of several streams share
// nothing but the database.
//
// The recovery tool also opens it on a read-only database: then no method that writes may be
// called.
//
// Threads: any. Calls that write wait for each other; reads go on beside them.
#pragma once

#include <rocksdb/write_batch.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/runtime/journal/archive.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_store.h"
#include "storage/local/snapshot_store.h"

namespace frontrow {

class RocksArchive final : public Archive {
 public:
  // Of the directory's own stream. `may_write` is called before every write; it returns false once
  // another process owns the directory.
  RocksArchive(Store& store, std::uint64_t stream, std::function<bool()> may_write)
      : RocksArchive(store, store.groups, SnapshotStore::Kind::kOwn, stream, std::move(may_write)) {
  }
  static std::unique_ptr<RocksArchive> of_copy(Store& store, std::uint64_t stream,
                                               std::function<bool()> may_write);

  // Reads checkpoint position and log start; must be called first.
  Status open();
  // Gathers what removes the archive of a copy: snapshots, positions and groups.
  Status gather_removal(rocksdb::WriteBatch& batch) const;

  std::uint64_t stream() const override { return stream_; }
  Result<std::vector<SnapshotHead>> snapshots() override;
  Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) override;
  Status write_snapshot(const SnapshotHead& head,
                        const std::function<Status(const PartSink&)>& encode) override;
  Status flush_snapshots() override;
  Status drop_snapshot(SlotId slot) override;
  Result<ChainPosition> position_at(std::uint64_t group) override;
  std::uint64_t checkpoint_group() override { return checkpoint_position().number; }
  Status set_checkpoint_group(std::uint64_t group) override;
  Status read_groups(std::uint64_t after, std::uint64_t through,
                     const std::function<Status(const GroupView&)>& on_group) override;
  Result<TrimReport> trim(const Retention& retention, Instant now) override;

  ChainPosition checkpoint_position() const { return positions().checkpoint.position; }
  // Position of the newest trimmed group; number 0: no group was trimmed.
  ChainPosition log_start() const { return positions().log_start.position; }
  Result<GroupHeader> header_of(std::uint64_t group) const;

 private:
  struct Positions {
    KeptPosition checkpoint;
    KeptPosition log_start;
  };
  Positions positions() const;
  void keep(const Positions& positions);
  Status write_checkpoint(const KeptPosition& checkpoint);

  RocksArchive(Store& store, rocksdb::ColumnFamilyHandle* groups, SnapshotStore::Kind kind,
               std::uint64_t stream, std::function<bool()> may_write);

  std::string key_of(const char* position) const;
  Result<KeptPosition> read_position(const std::string& key) const;
  Result<std::uint64_t> last_older_than(Instant limit, std::uint64_t through) const;
  std::uint64_t last_beyond(std::uint64_t bytes, std::uint64_t through) const;
  std::uint64_t bytes_after(std::uint64_t group) const;
  Status forget_through(const ChainPosition& last);

  Store& store_;
  rocksdb::ColumnFamilyHandle* groups_;
  const bool is_copy_;
  std::uint64_t stream_;
  std::function<bool()> may_write_;
  SnapshotStore snapshots_;
  std::mutex writes_mutex_;
  mutable std::mutex positions_mutex_;
  Positions positions_;
};

}  // namespace frontrow
