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
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/event.h"
#include "engine/runtime/archive.h"
#include "engine/runtime/journal.h"
#include "engine/runtime/record.h"
#include "engine/runtime/slot_table.h"

namespace frontrow {

class Replay {
 public:
  explicit Replay(SlotTable& slots) : slots_(slots) {}

  // Passes over the records of all other slots. None: every slot is replayed.
  void only(std::span<const SlotId> slots);
  // Loads a snapshot into its slot, which must be empty, and compares sequence and state hash.
  Status load(Archive& archive, const SnapshotHead& head);
  Status apply_group(const GroupView& group);

  // Hashes in the log that were compared.
  std::uint64_t hashes_compared() const { return hashes_compared_; }

 private:
  Status apply_record(std::uint64_t group, const RecordView& record);
  void look_ahead(std::size_t at);

  SlotTable& slots_;
  std::vector<bool> wanted_;  // by slot; empty: all
  std::array<std::uint64_t, kSlotCount>
      covered_{};  // by slot: its snapshot covers up to this group
  std::uint64_t hashes_compared_ = 0;
  std::vector<RecordView> records_;  // of the group
  Event ahead_;
};

}  // namespace frontrow
