#include "engine/runtime/cluster/handover_board.h"

#include <algorithm>

namespace frontrow {

void HandoverBoard::set_members(const SlotMap& map, InstanceId self) {
  const std::lock_guard lock(mutex_);
  for (const SlotMap::Instance& instance : map.instances()) members_.push_back(instance.id);
  self_ = self;
}

void HandoverBoard::take(const NothingLeft& said) {
  const std::lock_guard lock(mutex_);
  if (std::find(members_.begin(), members_.end(), said.from) == members_.end()) return;
  said_[said.from] = said;
  spoken_.fetch_add(1, std::memory_order_release);
}

void HandoverBoard::forget(InstanceId peer) {
  const std::lock_guard lock(mutex_);
  if (said_.erase(peer) > 0) spoken_.fetch_add(1, std::memory_order_release);
}

HandoverBoard::Said HandoverBoard::said() const {
  const std::lock_guard lock(mutex_);
  Said all{.all = said_.size() + 1 == members_.size(), .passed = {}};
  for (const auto& [peer, said] : said_) {
    all.has_older = all.has_older || said.has_older;
    all.knows_us = all.knows_us || said.knows_you;
    for (const SlotId slot : said.passed) {
      if (slot.value < kSlotCount) all.passed.set(slot.value);
    }
  }
  return all;
}

void HandoverBoard::note_passed(SlotId slot) {
  const std::lock_guard lock(mutex_);
  passed_here_.set(slot.value);
}

std::vector<SlotId> HandoverBoard::passed_of(const SlotMap& map, InstanceId owner) const {
  const std::lock_guard lock(mutex_);
  std::vector<SlotId> slots;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (passed_here_[id] && map.owner(SlotId{id}) == owner) slots.push_back(SlotId{id});
  }
  return slots;
}

HandoverStatus HandoverBoard::status() const {
  HandoverStatus status{.live = live, .awaited = awaited, .refused = refused};
  const std::lock_guard lock(mutex_);
  for (const auto& count : leaving_) status.leaving += count;
  if (status.awaited == 0) return status;
  for (const InstanceId id : members_) {
    if (id != self_ && !said_.contains(id)) status.awaited_from.push_back(id);
  }
  return status;
}

}  // namespace frontrow
