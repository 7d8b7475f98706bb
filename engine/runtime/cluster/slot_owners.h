// The owner of each slot, as this instance knows it. Owners change while the instance runs.
//
// A stale entry does no harm: the instance to which a command goes decides only on slots that it
// serves, and refuses the others.
//
// Threads: any.
#pragma once

#include <array>
#include <atomic>

#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

class SlotOwners {
 public:
  // Every slot is this instance's.
  explicit SlotOwners(InstanceId self) : self_(self) {
    for (auto& owner : owners_) owner.store(self, std::memory_order_relaxed);
  }

  InstanceId self() const { return self_; }
  // 0 in a cluster: the slot has no owner yet.
  InstanceId owner(SlotId slot) const {
    return owners_[slot.value].load(std::memory_order_relaxed);
  }
  bool owns(SlotId slot) const { return owner(slot) == self_; }
  void set(SlotId slot, InstanceId owner) {
    owners_[slot.value].store(owner, std::memory_order_relaxed);
  }

 private:
  const InstanceId self_;
  std::array<std::atomic<InstanceId>, kSlotCount> owners_;
};

}  // namespace frontrow
