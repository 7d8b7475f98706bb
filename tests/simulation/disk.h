// What lies under a simulated instance: the journal's disk. It outlives crashes of the engine above
// it, and fails as disks do: a write that is lost, torn, or there although it failed; a write that
// was reported durable and is not; a spoilt byte; no room.
//
// Groups are kept as the bytes that the real codec makes, so that what is torn or spoilt is found
// by the real chain hash.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/journal.h"
#include "storage/local/group_codec.h"

namespace frontrow::sim {

// Of one append. All but kNone are reported as failures; what is on the disk afterwards differs.
enum class WriteFault { kNone, kLost, kTorn, kKept, kFenced };

struct StoredSnapshot {
  SnapshotHead head;
  std::vector<ByteBuffer> parts;
};

// Plain data: a copy is a backup.
struct DiskContent {
  ChainPosition base{.stream = 1, .epoch = 1, .number = 0, .hash = 0};  // before the oldest group
  std::vector<ByteBuffer> groups;
  std::uint64_t watermark = 0;
  std::uint64_t floor = 0;
  std::map<SlotId, StoredSnapshot> snapshots;
  // Snapshots written since the floor was set, oldest first, with what they took the place of: a
  // crash may take the newest of them away.
  std::vector<std::pair<SlotId, std::optional<StoredSnapshot>>> unsynced;

  std::uint64_t last_group() const { return base.number + groups.size(); }
  void crash(Prng& random);
  // Takes `count` durable groups away, as a disk does that lied about its syncs.
  void lose_newest(std::size_t count) { groups.resize(groups.size() - count); }
  // One flipped bit in a group above the floor. There must be one.
  void spoil_one(Prng& random);
};

// Of one life of the engine.
class SimJournal final : public Journal, private Archive {
 public:
  explicit SimJournal(DiskContent& disk) : disk_(disk) {}

  // --- the simulation's side
  void fail_next_write(WriteFault fault) { next_write_ = fault; }
  void fail_next_floor() { floor_fails_ = true; }
  void set_low(bool low) { low_ = low; }
  // By slot: the newest sequence that append() has reported durable, in this life.
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
  Result<std::vector<SnapshotHead>> snapshots() override;
  Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) override;
  Status write_snapshot(const SnapshotHead& head,
                        const std::function<Status(const PartSink&)>& encode) override;
  std::uint64_t floor() override { return disk_.floor; }
  Status set_floor(std::uint64_t group) override;
  Status read_groups(std::uint64_t after, std::uint64_t through,
                     const std::function<Status(const GroupView&)>& on_group) override;
  Result<TrimReport> trim(const Retention& retention, Instant now) override;

  DiskContent& disk_;
  ChainPosition end_;
  WriteFault next_write_ = WriteFault::kNone;
  bool floor_fails_ = false;
  bool low_ = false;
  bool failed_ = false;
  std::map<SlotId, std::uint64_t> durable_;
};

}  // namespace frontrow::sim
