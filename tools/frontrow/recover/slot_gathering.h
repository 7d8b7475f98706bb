// The slots of several directories combined: the newest state of each slot, and whether the
// directories agree about its owner.
//
// The state of a slot in a directory is: here (at a sequence), sealed, or released. A slot that is
// sealed or released at N is, or will be, on its new instance from N on. So the directory that has
// the slot here must be beyond every N. If no directory has it here, the newest sealed state is the
// newest of all, unless a released one proves that a newer state exists.
//
// In a cluster with a shared log (gathering.h), several directories have a slot here: the newest
// state counts, and the others are of earlier owners or of copies that are behind.
//
// One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

class SlotGathering {
 public:
  // Gathers into `slots`, which must be empty.
  SlotGathering(const std::vector<std::string>& directories, SlotTable& slots)
      : directories_(directories), slots_(slots) {}

  // Adds a slot with records, of the directory with this index. True if it is the newest so far; of
  // two states that are equally new, the first counts unless only `is_preferred` is of the second.
  bool take(std::size_t directory, std::unique_ptr<Slot> slot, bool is_preferred = false);
  // After the last slot: adds a line for each slot on which the directories disagree, and for each
  // slot that is only sealed. `has_streams`: of a cluster with a shared log.
  void judge(bool has_streams, std::vector<std::string>& faults, std::vector<std::string>& waiting);

 private:
  // The state of a slot in one directory.
  struct Word {
    std::size_t directory = 0;
    std::uint64_t seq = 0;     // of the newest record
    std::uint64_t passed = 0;  // sealed or released: sequence that the new owner has, or will have
    Tenure tenure;
    bool is_here() const { return tenure.state < Tenure::State::kSealed; }
    bool is_sealed() const { return tenure.state == Tenure::State::kSealed; }
  };
  using Words = std::vector<Word>;

  std::string why_here_is_wrong(SlotId id, const Words& words, const Word& here,
                                bool has_streams) const;
  std::string judge_absent(SlotId id, const Words& words, std::vector<std::string>& waiting);
  const std::string& name(const Word& word) const { return directories_[word.directory]; }

  const std::vector<std::string>& directories_;
  SlotTable& slots_;
  std::map<SlotId, Words> words_;
};

}  // namespace frontrow::recover
