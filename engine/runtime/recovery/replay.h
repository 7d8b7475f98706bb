// Rebuilds slots from snapshots and groups. No other code makes a state from the log: recovery, the
// background checkpoint and the recovery tool all use it, and it uses apply.
//
// Every record must be the next of its slot; records that a loaded snapshot covers are skipped.
// Where the log holds the hash of a slot's state (slot_hashed), the replayed state must have it.
//
// One thread. An error names the group, slot and sequence; the slots are unusable after it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/event.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow {

// The event that takes the slot over from another stream, if the record begins with it.
std::optional<SlotTaken> taken_by(const RecordView& record);

// Whether the record goes on from the slot's state. A slot that was handed over in a static cluster
// has none, even if the sequence follows: it went on in another log.
bool goes_on(const RecordView& record, const Slot& slot);

class Replay {
 public:
  explicit Replay(SlotTable& slots) : slots_(slots) {}

  // Called for a slot whose next record does not follow: records of another owner lie between.
  using OnGap = std::function<void(SlotId slot)>;

  // Restricts the replay to these slots; without a call every slot is replayed.
  void only(std::span<const SlotId> slots);
  // For a replay of a copy, which knows each slot only while its stream's instance owns it: leaves
  // out a slot from its first gap on, and calls `on_gap` after the group, which may drop the slot
  // from the table. Without a call a gap is an error.
  void leave_out_gaps(OnGap on_gap) { on_gap_ = std::move(on_gap); }
  // Replays one more slot, or no longer.
  void include(SlotId slot);
  void leave_out(SlotId slot);
  // Loads a snapshot into its slot, which must be empty, and compares sequence and state hash.
  // `may_go_on` is called at each part; its error stops the load.
  Status load(Archive& archive, const SnapshotHead& head,
              const std::function<Status()>& may_go_on = {});
  // The slot was loaded otherwise, from this snapshot: records that it covers are passed over.
  void covers(const SnapshotHead& head);
  Status apply_group(const GroupView& group);

  // The time of this instance's clock at the slot's newest record: the record's time, or the
  // group's if the slot came from a clock that was ahead. Zero if there is none.
  Instant shown(SlotId slot) const { return shown_[slot.value]; }
  // A slot_taken: the end of the other stream, and the group of this one that has the event.
  struct Taken {
    StreamEnd from;
    std::uint64_t group = 0;
  };
  // The last one of each slot that has one, also in records that were not applied.
  const std::map<SlotId, Taken>& taken() const { return taken_; }
  // Logged state hashes that were compared.
  std::uint64_t hashes_compared() const { return hashes_compared_; }

 private:
  // The records that a slot's snapshot covers.
  struct Covered {
    std::uint64_t group = 0;
    std::uint64_t seq = 0;
  };
  // A decoded event, applied some events later.
  struct Step {
    Event event;
    const Slot* slot = nullptr;  // nullptr: not made yet
  };
  static constexpr std::size_t kStepsAhead = 32;
  static constexpr std::size_t kPrefetchSteps = 3;

  Status find_records(const GroupView& group);
  Status check_hash(const Slot& slot, const SlotHashed& logged);
  Status check_event(const Slot& slot, const Event& event);
  void pass_over(const RecordView& record);
  Status apply_record(std::size_t index, Instant shown);
  void begin_reading();
  void read_ahead();
  bool read_step(Step& step);

  SlotTable& slots_;
  std::vector<bool> wanted_;  // by slot; empty: all
  OnGap on_gap_;
  std::array<Covered, kSlotCount> covered_{};  // by slot
  std::array<Instant, kSlotCount> shown_{};    // by slot
  std::map<SlotId, Taken> taken_;
  std::vector<SlotId> gaps_;  // in the group that is being applied
  std::uint64_t hashes_compared_ = 0;

  // The group being applied. Its events [applied_, read_), counted from its first, are in a ring.
  std::vector<RecordView> records_;  // the wanted ones
  std::array<Step, kStepsAhead> steps_;
  std::size_t applied_ = 0;
  std::size_t read_ = 0;
  std::array<std::size_t, kPrefetchSteps> asked_{};  // by step: the first event not prefetched yet
  std::size_t reading_ = 0;                          // records read so far
  std::uint16_t events_left_ = 0;                    // of the record being read
  ByteReader reader_{{}};
  std::string read_error_;  // ends the reading; belongs to the record and event where it stopped
};

}  // namespace frontrow
