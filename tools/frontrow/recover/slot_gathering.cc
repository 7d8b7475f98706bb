#include "tools/frontrow/recover/slot_gathering.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/frontrow/recover/whereabouts.h"

namespace frontrow::recover {

bool SlotGathering::take(std::size_t directory, std::unique_ptr<Slot> slot, bool is_preferred) {
  const Word word{directory, slot->seq, slot->is_here() ? 0 : passed_seq(*slot), slot->tenure};
  words_[slot->id].push_back(word);
  if (slot->tenure.state == Tenure::State::kReleased) return false;
  const Slot* other = slots_.find(slot->id);
  // At the same sequence prefers the slot that is not sealed; judge() reports two unsealed ones.
  const bool is_newer =
      other == nullptr || slot->seq > other->seq ||
      (slot->seq == other->seq && slot->is_here() && (!other->is_here() || is_preferred));
  if (is_newer) slots_.adopt(std::move(slot));
  return is_newer;
}

// Every other directory must have released the slot before the newest record of this one.
std::string SlotGathering::why_here_is_wrong(SlotId id, const Words& words, const Word& here,
                                             bool has_streams) const {
  for (const Word& word : words) {
    if (&word == &here) continue;
    if (word.is_here() && has_streams) continue;
    if (word.is_here()) {
      return fmt::format(
          "slot {} has records in {}, up to sequence {}, and in {}, up to sequence "
          "{}: it had two owners",
          id.value, name(here), here.seq, name(word), word.seq);
    }
    if (word.passed >= here.seq) {
      return fmt::format(
          "slot {} ends at sequence {} in {}, but at sequence {} {} gave it to "
          "instance {}: {} is older than that, as a copy of former times would be",
          id.value, here.seq, name(here), word.passed, name(word), word.tenure.peer, name(here));
    }
  }
  return {};
}

// Judges a slot that every directory has only sealed or released.
std::string SlotGathering::judge_absent(SlotId id, const Words& words,
                                        std::vector<std::string>& waiting) {
  // Among copies of the same directory, the released slot is newer than the sealed one.
  const auto age = [](const Word& word) { return std::pair(word.passed, !word.is_sealed()); };
  const Word& newest = *std::max_element(
      words.begin(), words.end(), [&age](const Word& a, const Word& b) { return age(a) < age(b); });
  for (const Word& word : words) {
    const bool is_same =
        &word != &newest && word.is_sealed() && newest.is_sealed() && word.passed == newest.passed;
    if (is_same) {
      return fmt::format(
          "slot {} is sealed at sequence {} in {} and in {}: one is a copy of the "
          "other",
          id.value, newest.passed, name(newest), name(word));
    }
  }
  if (newest.is_sealed()) {
    waiting.push_back(fmt::format("slot {} is sealed for instance {} at sequence {} in {}",
                                  id.value, newest.tenure.peer, newest.passed, name(newest)));
    return {};
  }
  slots_.release(id);
  if (directories_.size() == 1) return {};
  return fmt::format(
      "slot {} was handed over to instance {} at sequence {} by {}, and none of the "
      "directories has it: give the directory of instance {}, too",
      id.value, newest.tenure.peer, newest.passed, name(newest), newest.tenure.peer);
}

void SlotGathering::judge(bool has_streams, std::vector<std::string>& faults,
                          std::vector<std::string>& waiting) {
  const auto is_older = [](const Word& a, const Word& b) {
    return std::pair(a.is_here(), a.is_here() ? a.seq : 0) <
           std::pair(b.is_here(), b.is_here() ? b.seq : 0);
  };
  for (const auto& [id, words] : words_) {
    const auto here = has_streams ? std::max_element(words.begin(), words.end(), is_older)
                                  : std::find_if(words.begin(), words.end(),
                                                 [](const Word& word) { return word.is_here(); });
    std::string fault = here != words.end() && here->is_here()
                            ? why_here_is_wrong(id, words, *here, has_streams)
                            : judge_absent(id, words, waiting);
    if (!fault.empty()) faults.push_back(std::move(fault));
  }
}

}  // namespace frontrow::recover
