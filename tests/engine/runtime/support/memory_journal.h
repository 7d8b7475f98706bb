// A journal in memory, for tests of the runtime: it reports begun appends, blocks and releases them
// on request, fails at a chosen group, and survives a "crash" of the engine above it, which loses
// the records that were not appended.
//
//   MemoryJournal journal;
//   journal.hold();                 // appends wait from now on
//   ... a command is decided ...
//   journal.wait_for_append(1);     // the group is blocked before the disk
//   journal.release();
//
// Threads: append on the journal thread; all other functions on the test's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/journal.h"

namespace frontrow {

struct MemoryGroup {
  Instant time;
  std::uint32_t record_count = 0;
  std::uint32_t event_count = 0;
  ByteBuffer records;

  GroupView view(std::uint64_t number) const {
    return {number, time, record_count, event_count, records};
  }
};

// Snapshots in memory. The test's engine sets the checkpoint position.
class MemoryArchive final : public Archive {
 public:
  using ReadGroups = std::function<std::vector<MemoryGroup>()>;
  explicit MemoryArchive(ReadGroups groups) : groups_(std::move(groups)) {}

  std::uint64_t stream() const override { return 0; }
  Result<std::vector<SnapshotHead>> snapshots() override;
  Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) override;
  Status write_snapshot(const SnapshotHead& head,
                        const std::function<Status(const PartSink&)>& encode) override;
  Status flush_snapshots() override { return {}; }
  Status drop_snapshot(SlotId slot) override {
    snapshots_.erase(slot);
    return {};
  }
  Result<ChainPosition> position_at(std::uint64_t group) override {
    return ChainPosition{.number = group};
  }
  std::uint64_t checkpoint_group() override { return checkpoint_group_; }
  Status set_checkpoint_group(std::uint64_t group) override;
  Status read_groups(std::uint64_t after, std::uint64_t through,
                     const std::function<Status(const GroupView&)>& on_group) override;
  Result<TrimReport> trim(const Retention&, Instant) override { return TrimReport{}; }

  // Content after a crash: snapshots, present or earlier ones.
  struct Content {
    std::map<SlotId, std::pair<SnapshotHead, std::vector<ByteBuffer>>> snapshots;
    std::uint64_t checkpoint_group = 0;
  };
  Content content() const { return {snapshots_, checkpoint_group_}; }
  void put_back(Content content);

 private:
  ReadGroups groups_;
  std::map<SlotId, std::pair<SnapshotHead, std::vector<ByteBuffer>>> snapshots_;
  std::uint64_t checkpoint_group_ = 0;
};

class MemoryJournal final : public Journal {
 public:
  MemoryJournal() : MemoryJournal(std::vector<MemoryGroup>{}) {}
  // Starts with the groups of a crashed journal.
  explicit MemoryJournal(std::vector<MemoryGroup> groups);
  // Releases all appends, so that a failing test still ends.
  ~MemoryJournal() override;

  // --- the test's side
  void hold();     // appends that begin from now on wait
  void release();  // releases waiting appends, and blocks no more
  // Releases the waiting append; the next one waits again.
  void release_one();
  // Waits until `n` appends have begun, over the life of this object. False after ten seconds.
  bool wait_for_append(std::uint64_t n);
  // Waits until so many records are on disk, including replayed ones. False after ten seconds.
  bool wait_for_records(std::uint64_t n);
  // The minimum duration of every append, as on a slow disk.
  void set_append_time_us(std::uint32_t us);
  // The append of this group does not become durable, and no later one does.
  void fail_at(std::uint64_t group, AppendStatus how);
  // Before the first append.
  void set_group_bytes_max(std::size_t bytes) { group_bytes_max_ = bytes; }
  // The groups on disk now. May be called while the journal is in use.
  std::vector<MemoryGroup> groups() const;
  std::uint64_t appends_begun() const;

  // --- the engine's side
  Status replay(const ReplayVisitor& visitor) override;
  AppendStatus append(const GroupParts& group) override;
  std::string failure() const override;
  std::uint64_t last_group() const override;
  std::size_t group_bytes_max() const override { return group_bytes_max_; }
  JournalSpace space() const override { return {}; }
  MemoryArchive& archive() override { return archive_; }
  Status close() override { return {}; }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<MemoryGroup> groups_;
  std::uint64_t begun_ = 0;
  std::uint64_t records_ = 0;
  bool holding_ = false;
  std::uint64_t passes_ = 0;  // appends that may pass while holding
  bool failed_ = false;
  std::uint64_t fail_at_ = 0;
  AppendStatus fail_how_ = AppendStatus::kFailed;
  std::uint32_t append_time_us_ = 0;
  std::size_t group_bytes_max_ = std::size_t{1} << 30;
  MemoryArchive archive_;
};

}  // namespace frontrow
