// The slots of several directories put together: of each slot the newest state, and whether the
// directories agree about who has it.
//
// What is known of a slot by directory: it is here (at a sequence), sealed, or released. Released
// or sealed at N says that the instance it is for has it from N on, or will. So the one that is
// here must be beyond every N; if there is none, the newest that is sealed is the newest state at
// all, unless one that was released says that there is a newer one.
//
// One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/recovery/slot_table.h"

namespace frontrow::recover {

class SlotGathering {
 public:
  // Gathers into `slots`, which must be empty.
  SlotGathering(const std::vector<std::string>& directories, SlotTable& slots)
      : directories_(directories), slots_(slots) {}

  // A slot with records, of the directory of this index.
  void take(std::size_t directory, std::unique_ptr<Slot> slot);
  // After the last one: adds a line for each slot of which the directories don't agree, and for
  // each that is only sealed.
  void judge(std::vector<std::string>& faults, std::vector<std::string>& waiting);

 private:
  // One directory's word on a slot.
  struct Word {
    std::size_t directory = 0;
    std::uint64_t seq = 0;     // of the newest record
    std::uint64_t passed = 0;  // sealed or released: what the other has, or will have
    Tenure tenure;
    bool is_here() const { return tenure.state < Tenure::State::kSealed; }
    bool is_sealed() const { return tenure.state == Tenure::State::kSealed; }
  };
  using Words = std::vector<Word>;

  std::string why_here_is_wrong(SlotId id, const Words& words, const Word& here) const;
  std::string judge_absent(SlotId id, const Words& words, std::vector<std::string>& waiting);
  const std::string& name(const Word& word) const { return directories_[word.directory]; }

  const std::vector<std::string>& directories_;
  SlotTable& slots_;
  std::map<SlotId, Words> words_;
};

}  // namespace frontrow::recover
