// Replays one stream of a cluster as far as it leads by itself.
//
// In a cluster a slot goes from stream to stream. So the records of a slot in one stream may go on
// from a state that the stream does not lead to:
//
//   own stream   a record slot_taken names the end of the stream that has the state, until the own
//                stream has a snapshot of the slot
//   copy         the same, and every slot that was not followed: the copy has its records, and no
//                snapshot of it
//
// Such records are noted as an open run, and the slot stays in the state before. The run can be
// applied by reading the stream again once another stream has led to the state before it
// (gathering.h). It is closed by a record slot_adopted of a static cluster, which has the whole
// state. Any other gap in the sequence of a slot is an error, as in Replay, which does the
// work.
//
// One thread. An error names the group, slot and sequence; the slots are unusable after it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/protocol/event.h"
#include "engine/runtime/recovery/replay.h"

namespace frontrow::recover {

// Records of a slot, in the sequence without a gap, that could not be applied.
struct OpenRun {
  SlotId slot;
  std::uint64_t first = 0;         // sequence
  std::uint64_t last = 0;          // sequence
  std::uint64_t group = 0;         // of the first record
  std::optional<SlotTaken> taken;  // names the end that has the state before it; none: not followed
};

class LooseReplay {
 public:
  enum class Kind { kOwn, kCopy };
  LooseReplay(SlotTable& slots, Kind kind);

  // Restricts the replay to these slots.
  void only(std::span<const SlotId> slots);
  Status load(Archive& archive, const SnapshotHead& head);
  // For a replay that begins before the snapshots were made: a slot with a gap goes on from its
  // snapshot, if that is of the state before the gap or a later one.
  void found_with(Archive& archive, std::span<const SnapshotHead> heads);
  Status apply_group(const GroupView& group);

  // In the order of the stream.
  std::vector<OpenRun> open_runs() const;
  bool has_open_run(SlotId slot) const { return courses_[slot.value].run >= 0; }
  // Whether the slot went on from its snapshot (found_with()).
  bool was_founded(SlotId slot) const { return courses_[slot.value].was_founded; }
  // How the stream took the slot over last; none: in groups that were not read, or never.
  const std::optional<SlotTaken>& taken(SlotId slot) const { return courses_[slot.value].taken; }
  // The sequence of the slot's newest record in the groups that were read; 0: none.
  std::uint64_t newest_record(SlotId slot) const { return courses_[slot.value].read; }
  // As Replay has them.
  Instant shown(SlotId slot) const;
  std::uint64_t hashes_compared() const { return replay_.hashes_compared() + hashes_beside_; }

 private:
  // Progress of one slot.
  struct Course {
    std::uint64_t seq = 0;   // of the newest record that is applied, or in the snapshot
    std::uint64_t read = 0;  // of the newest record, applied or not
    std::uint64_t covered_group = 0;
    std::uint64_t covered_seq = 0;
    std::optional<SlotTaken> taken;
    int run = -1;  // index of the newest open run; -1: none
    bool was_founded = false;
    Instant shown;  // after its founding
  };

  void cover(const SnapshotHead& head);
  bool is_elsewhere(const RecordView& record) const;
  void note(std::uint64_t group, const RecordView& record);
  void begin_anew(const RecordView& record);
  Status found(SlotId slot, const SnapshotHead& head, const GroupView& group);

  SlotTable& slots_;
  const Kind kind_;
  Replay replay_;
  std::vector<bool> wanted_;  // by slot; empty: all
  std::vector<Course> courses_;
  std::vector<std::optional<OpenRun>> runs_;  // empty: it was closed
  std::vector<SlotId> gaps_;                  // in the group being applied
  std::string fault_;                         // in the group being applied
  Archive* archive_ = nullptr;
  std::map<SlotId, SnapshotHead> heads_;
  std::uint64_t hashes_beside_ = 0;
};

}  // namespace frontrow::recover
