// Slots from snapshots and groups: the one way from the log to a state. Recovery, the background
// rehearsal and the recovery tool all go through here, and through apply.
//
// Every record must be the next of its slot; a record that a loaded snapshot covers is passed over.
// Where the log holds the hash of a slot's state (slot_hashed), the slot must have come to it.
//
// One thread. An error names the group, slot and sequence; the slots are of no use after it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/event.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow {

class Replay {
 public:
  explicit Replay(SlotTable& slots) : slots_(slots) {}

  // Passes over the records of all other slots. None: every slot is replayed.
  void only(std::span<const SlotId> slots);
  // Loads a snapshot into its slot, which must be empty, and compares sequence and state hash.
  // `may_go_on` is asked at each part; its error is the end.
  Status load(Archive& archive, const SnapshotHead& head,
              const std::function<Status()>& may_go_on = {});
  Status apply_group(const GroupView& group);

  // What this instance's clock showed at the slot's newest record: its time, or the group's where
  // the slot has come from a clock that was ahead. Zero if there is none.
  Instant shown(SlotId slot) const { return shown_[slot.value]; }
  // Hashes in the log that were compared.
  std::uint64_t hashes_compared() const { return hashes_compared_; }

 private:
  // What a slot's snapshot covers.
  struct Covered {
    std::uint64_t group = 0;
    std::uint64_t seq = 0;
  };
  // An event that has been read and is applied some events later.
  struct Step {
    Event event;
    const Slot* slot = nullptr;  // none: not made yet
  };
  static constexpr std::size_t kStepsAhead = 32;
  static constexpr std::size_t kPrefetchSteps = 3;

  Status find_records(const GroupView& group);
  Status check_hash(const Slot& slot, const SlotHashed& logged);
  Status apply_record(std::size_t index, Instant shown);
  void begin_reading();
  void read_ahead();
  bool read_step(Step& step);

  SlotTable& slots_;
  std::vector<bool> wanted_;                   // by slot; empty: all
  std::array<Covered, kSlotCount> covered_{};  // by slot
  std::array<Instant, kSlotCount> shown_{};    // by slot
  std::uint64_t hashes_compared_ = 0;

  // The group that is applied. Its events [applied_, read_), counted from the first, are in a ring.
  std::vector<RecordView> records_;  // those that are wanted
  std::array<Step, kStepsAhead> steps_;
  std::size_t applied_ = 0;
  std::size_t read_ = 0;
  std::array<std::size_t, kPrefetchSteps> asked_{};  // the first event of which this was not asked
  std::size_t reading_ = 0;                          // records that have been read
  std::uint16_t events_left_ = 0;                    // of the record that is being read
  ByteReader reader_{{}};
  std::string read_error_;  // ends the reading; of the record and event where it stopped
};

}  // namespace frontrow
