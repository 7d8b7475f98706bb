// The disk of a simulated instance. It survives crashes of the engine above it, and fails like real
// disks: a write that is lost, torn, or present although it failed; a write that was reported
// durable and is not; a flipped bit; no room.
//
// Groups are stored in the real codec's bytes, so that the real chain hash detects torn and spoilt
// ones.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/journal.h"
#include "storage/local/group_codec.h"

namespace frontrow::sim {

// Faults of one append. All but kNone are reported as failures; the content of the disk differs.
enum class WriteFault { kNone, kLost, kTorn, kKept, kFenced };

struct StoredSnapshot {
  SnapshotHead head;
  std::vector<ByteBuffer> parts;
};

// Plain data: a copy is a backup.
struct DiskContent {
  // Before the oldest group.
  ChainPosition log_start{.stream = 1, .epoch = 1, .number = 0, .hash = 0};
  std::vector<ByteBuffer> groups;
  std::uint64_t watermark = 0;
  std::uint64_t checkpoint_group = 0;
  std::map<SlotId, StoredSnapshot> snapshots;
  // Snapshots written since the checkpoint position was set, oldest first, with the ones they
  // replaced: a crash may undo the newest of them.
  std::vector<std::pair<SlotId, std::optional<StoredSnapshot>>> unsynced;

  std::uint64_t last_group() const { return log_start.number + groups.size(); }
  void crash(Prng& random);
  // Removes `count` durable groups, like a disk that reported false syncs.
  void lose_newest(std::size_t count) { groups.resize(groups.size() - count); }
  // Flips one bit in a group above the checkpoint position. There must be one.
  void spoil_one(Prng& random);
};

// The journal of one life of the engine.
class SimJournal final : public Journal, private Archive {
 public:
  explicit SimJournal(DiskContent& disk) : disk_(disk) {}

  // --- the simulation's side
  void fail_next_write(WriteFault fault) { next_write_ = fault; }
  void fail_next_checkpoint() { checkpoint_fails_ = true; }
  void set_low(bool low) { low_ = low; }
  // By slot: the newest sequence number that append() has reported durable in this life.
  const std::map<SlotId, std::uint64_t>& durable() const { return durable_; }

  // --- the engine's side
  Status replay(const ReplayVisitor& visitor) override;
  AppendStatus append(const GroupParts& group) override;
  std::string failure() const override { return failed_ ? "the simulated disk failed" : ""; }
  std::uint64_t last_group() const override { return disk_.last_group(); }
  JournalSpace space() const override { return {low_ ? 0U : 2U, 1U}; }
  Archive& archive() override { return *this; }
  Status close() override { return {}; }

 private:
  std::uint64_t stream() const override { return 0; }
  Result<std::vector<SnapshotHead>> snapshots() override;
  Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) override;
  Status write_snapshot(const SnapshotHead& head,
                        const std::function<Status(const PartSink&)>& encode) override;
  Status flush_snapshots() override {
    disk_.unsynced.clear();
    return {};
  }
  Status drop_snapshot(SlotId slot) override {
    disk_.snapshots.erase(slot);
    return {};
  }
  Result<ChainPosition> position_at(std::uint64_t group) override {
    return ChainPosition{.stream = 1, .number = group};
  }
  std::uint64_t checkpoint_group() override { return disk_.checkpoint_group; }
  Status set_checkpoint_group(std::uint64_t group) override;
  Status read_groups(std::uint64_t after, std::uint64_t through,
                     const std::function<Status(const GroupView&)>& on_group) override;
  Result<TrimReport> trim(const Retention& retention, Instant now) override;

  DiskContent& disk_;
  ChainPosition end_;
  WriteFault next_write_ = WriteFault::kNone;
  bool checkpoint_fails_ = false;
  bool low_ = false;
  bool failed_ = false;
  std::map<SlotId, std::uint64_t> durable_;
};

}  // namespace frontrow::sim
