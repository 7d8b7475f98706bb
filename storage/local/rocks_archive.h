// The archive of a journal on RocksDB (design: engine/runtime/journal/archive.h): snapshots
// (snapshot_store.h), checkpoint position and log start (journal_meta.h), and the groups.
//
// The recovery tool also opens it on a read-only database: then no method that writes may be
// called.
//
// Thread: one at a time, beside the journal's.
#pragma once

#include <functional>

#include "engine/runtime/journal/archive.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_store.h"
#include "storage/local/snapshot_store.h"

namespace frontrow {

class RocksArchive final : public Archive {
 public:
  // `may_write` is called before every write; it returns false once another process owns the
  // directory.
  RocksArchive(Store& store, std::uint64_t stream, std::function<bool()> may_write)
      : store_(store),
        stream_(stream),
        may_write_(std::move(may_write)),
        snapshots_(*store.db, store.snapshots) {}

  // Reads checkpoint position and log start; must be called first.
  Status open();

  Result<std::vector<SnapshotHead>> snapshots() override;
  Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) override;
  Status write_snapshot(const SnapshotHead& head,
                        const std::function<Status(const PartSink&)>& encode) override;
  std::uint64_t checkpoint_group() override { return checkpoint_.position.number; }
  Status set_checkpoint_group(std::uint64_t group) override;
  Status read_groups(std::uint64_t after, std::uint64_t through,
                     const std::function<Status(const GroupView&)>& on_group) override;
  Result<TrimReport> trim(const Retention& retention, Instant now) override;

  const ChainPosition& checkpoint_position() const { return checkpoint_.position; }
  // Position of the newest trimmed group; number 0: no group was trimmed.
  const ChainPosition& log_start() const { return log_start_.position; }
  // Position of a stored group, of the checkpoint, of the log start or of the beginning.
  Result<ChainPosition> position_at(std::uint64_t group) const;

 private:
  Result<KeptPosition> read_position(const char* key) const;
  Result<GroupHeader> header_of(std::uint64_t group) const;
  Result<std::uint64_t> last_older_than(Instant limit, std::uint64_t through) const;
  std::uint64_t last_beyond(std::uint64_t bytes, std::uint64_t through) const;
  std::uint64_t bytes_after(std::uint64_t group) const;
  Status forget_through(const ChainPosition& last);

  Store& store_;
  std::uint64_t stream_;
  std::function<bool()> may_write_;
  SnapshotStore snapshots_;
  KeptPosition checkpoint_;
  KeptPosition log_start_;
};

}  // namespace frontrow
