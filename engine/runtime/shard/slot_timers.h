// When each slot of a shard has to be looked at for deadlines that have passed: one time for each
// slot with concerts, in milliseconds of this machine's clock. The deadlines themselves are in the
// timer wheels of the concerts. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

class SlotTimers {
 public:
  SlotTimers() { due_at_ms_.fill(kNone); }

  // Slots that have a timer, in the order in which they got it.
  const std::vector<SlotId>& slots() const { return slots_; }
  bool has(SlotId slot) const { return due_at_ms_[slot.value] != kNone; }
  // No later than the earliest timer.
  std::int64_t earliest_ms() const { return earliest_ms_; }

  void set(SlotId slot, std::int64_t due_at_ms) {
    std::int64_t& due_at = due_at_ms_[slot.value];
    if (due_at == kNone) slots_.push_back(slot);
    due_at = due_at_ms;
    earliest_ms_ = std::min(earliest_ms_, due_at_ms);
  }
  void remove(SlotId slot) {
    due_at_ms_[slot.value] = kNone;
    std::erase(slots_, slot);
  }
  // Visits each slot that is due. The visitor sets the slot's next time; it may set those of
  // others.
  template <class Visit>
  void run_due(std::int64_t now_ms, const Visit& visit) {
    if (now_ms < earliest_ms_) return;
    earliest_ms_ = kNever.ms;
    // By index: a visit can add a slot.
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      const std::int64_t due_at = due_at_ms_[slots_[i].value];
      if (due_at > now_ms) {
        earliest_ms_ = std::min(earliest_ms_, due_at);
      } else {
        visit(slots_[i]);
      }
    }
  }

 private:
  static constexpr std::int64_t kNone = -1;

  std::vector<SlotId> slots_;
  std::array<std::int64_t, kSlotCount> due_at_ms_;
  std::int64_t earliest_ms_ = kNever.ms;
};

}  // namespace frontrow
