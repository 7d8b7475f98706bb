// Where a slot was before it came into a directory, and where it went, as that directory tells: in
// a cluster slots move between the instances (engine/runtime/shard/handover.h), and each directory has of
// a slot what happened while it was there.
//
// The texts are for the person who asked: one sentence without a full stop. Sequence and group in
// them are left out where the record that would tell was forgotten.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/journal/record.h"
#include "storage/local/stopped_log.h"

namespace frontrow::recover {

// The sequence up to which the instance that such a slot is for has it, or will. The slot is sealed
// or released.
std::uint64_t passed_seq(const Slot& slot);

class Whereabouts {
 public:
  // Goes through the whole log, for what it says of these slots.
  static Result<Whereabouts> read(StoppedLog& log, const std::vector<SlotId>& slots);

  // Why the slot's state right after `seq` (0: its first one) is not here, and where it is; empty
  // if nothing tells. `state`: what is here of the slot; null: nothing.
  std::string why_not_here(SlotId id, std::uint64_t seq, const Slot* state) const;
  // That another instance may have a newer state than this one; empty if not.
  std::string why_not_newest(const Slot& slot) const;
  // That what happened before is elsewhere; empty if the slot's history began here.
  std::string origin(const Slot& slot) const;

 private:
  // A record by which the slot came or went.
  struct Step {
    Tenure::State state = Tenure::State::kUnmarked;
    InstanceId peer = 0;
    std::uint64_t seq = 0;
    std::uint64_t group = 0;
  };
  void note(std::uint64_t group, const RecordView& record);
  // The one with this sequence.
  const Step* find(SlotId id, std::uint64_t seq) const;
  std::string handed_over(SlotId id, InstanceId to, std::uint64_t sealed_seq) const;

  std::map<SlotId, std::vector<Step>> steps_;  // oldest first
};

// "at sequence 812, group 4711"; without the group if that is 0.
std::string at_text(std::uint64_t seq, std::uint64_t group);

}  // namespace frontrow::recover
