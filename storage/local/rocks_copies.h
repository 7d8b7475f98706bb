// Copies of other instances' streams on the journal's RocksDB (design:
// engine/runtime/journal/copies.h): groups in the column family "copies", whose keys are those of
// "groups" (group_key.h), positions in "default" (journal_meta.h), snapshots among those of the own
// stream (snapshot_store.h).
//
// How it works. A group is written to RocksDB's own log without a sync. sync() syncs that log,
// which the journal's appends also use and sync: one sync serves both. Unlike a synced write,
// SyncWAL holds up no other writer's unsynced writes. After the sync, the position that is on disk
// is written, again without a sync, so that the next open knows which groups must be there, and
// reads only those behind it.
//
// Errors. A failed write or sync is latched in BackgroundErrors: the journal shares the log, so its
// appends must not be acknowledged either.
//
// Thread: one (copies.h).
#pragma once

#include <rocksdb/write_batch.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/journal/copies.h"
#include "storage/local/group_codec.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocks_archive.h"

namespace frontrow {

class RocksCopies final : public Copies {
 public:
  // `own_stream` is never copied. `may_write` is called before every write; it returns false once
  // another process owns the directory.
  RocksCopies(Store& store, std::uint64_t own_stream, std::function<bool()> may_write)
      : store_(store), own_stream_(own_stream), may_write_(std::move(may_write)) {}

  // Reads the positions of all copies, and removes groups behind a gap; must be called first.
  Status open();

  std::vector<CopyState> streams() const override;
  Status begin(const ChainPosition& position) override;
  Result<GroupView> add(std::uint64_t stream, std::span<const std::byte> bytes) override;
  Result<std::vector<SyncedCopy>> sync() override;
  Status set_unused(std::uint64_t stream, const SlotSet& slots) override;
  Result<SlotSet> unused(std::uint64_t stream) override;
  Archive* archive(std::uint64_t stream) override;
  Status drop(std::uint64_t stream) override;
  std::string failure() const override { return failure_; }

 private:
  struct Copy {
    std::unique_ptr<RocksArchive> archive;
    ChainPosition newest;
    std::uint64_t synced = 0;
    std::string damage;
  };

  Result<Copy> open_copy(std::uint64_t stream);
  Status find_newest(Copy& copy);
  Result<ChainPosition> read_synced(std::uint64_t stream) const;
  Status cut_behind(const ChainPosition& newest);
  Result<Copy*> sound_copy(std::uint64_t stream);
  Status mark_synced();
  // An error once any call has failed, or must not write.
  Status check_writable();
  Status write(const rocksdb::WriteOptions& options, rocksdb::WriteBatch& batch,
               std::string_view doing);
  Error fail(std::string why);

  Store& store_;
  const std::uint64_t own_stream_;
  std::function<bool()> may_write_;
  std::map<std::uint64_t, Copy> copies_;
  std::string failure_;  // latched
  // Reused by each add() for its memory.
  rocksdb::WriteBatch batch_{0, 0, kKeyProtectionBytes, 0};
};

}  // namespace frontrow
