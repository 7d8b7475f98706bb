// The instances that had a slot before it came into a directory and after it left, according to
// that directory. In a static cluster of an earlier version slots migrated between the instances by
// events (Tenure in engine/core/state/slot.h), and each directory has only the events of its own
// time with the slot.
//
// The texts are for the user of the command: one sentence without a full stop. They omit sequence
// and group if the record with them was forgotten.
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

// The sequence up to which the new owner of a sealed or released slot has it, or will have it.
std::uint64_t passed_seq(const Tenure& tenure, std::uint64_t seq);
std::uint64_t passed_seq(const Slot& slot);

class Whereabouts {
 public:
  // Reads the whole log for the migrations of these slots.
  static Result<Whereabouts> read(StoppedLog& log, const std::vector<SlotId>& slots);

  // The reason why the slot's state right after `seq` (0: its first one) is not here, and where it
  // is; empty if unknown. `state`: the slot's state here; null: none.
  std::string why_not_here(SlotId id, std::uint64_t seq, const Slot* state) const;
  // A note that another instance may have a newer state than this one; empty if not.
  std::string why_not_newest(const Slot& slot) const;
  // A note that the earlier history is elsewhere; empty if the slot's history began here.
  std::string origin(const Slot& slot) const;

 private:
  // A record by which the slot arrived or left.
  struct Step {
    Tenure::State state = Tenure::State::kUnmarked;
    InstanceId peer = 0;
    std::uint64_t seq = 0;
    std::uint64_t group = 0;
  };
  void note(std::uint64_t group, const RecordView& record);
  // The step with this sequence.
  const Step* find(SlotId id, std::uint64_t seq) const;
  std::string handed_over(SlotId id, InstanceId to, std::uint64_t sealed_seq) const;

  std::map<SlotId, std::vector<Step>> steps_;  // oldest first
};

// "at sequence 812, group 4711"; without the group if it is 0.
std::string at_text(std::uint64_t seq, std::uint64_t group);

}  // namespace frontrow::recover
