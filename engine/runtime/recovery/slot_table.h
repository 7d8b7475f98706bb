// The slots of an instance, made when first needed. A slot belongs to one shard: slot number modulo
// shards. Recovery fills the table on the starting thread; then each shard's thread accesses its
// own slots only.
#pragma once

#include <array>
#include <memory>

#include "engine/core/state/slot.h"

namespace frontrow {

class SlotTable {
 public:
  Slot& at(SlotId id) {
    std::unique_ptr<Slot>& slot = slots_[id.value];
    if (slot == nullptr) slot = std::make_unique<Slot>(id);
    return *slot;
  }
  Slot* find(SlotId id) { return slots_[id.value].get(); }
  const Slot* find(SlotId id) const { return slots_[id.value].get(); }
  // Moves a slot of another table here. REQUIRES: there is no slot of its id here.
  void adopt(std::unique_ptr<Slot> slot) { slots_[slot->id.value] = std::move(slot); }
  std::unique_ptr<Slot> release(SlotId id) { return std::move(slots_[id.value]); }
  static std::size_t shard_of(SlotId id, std::size_t shards) { return id.value % shards; }

 private:
  std::array<std::unique_ptr<Slot>, kSlotCount> slots_;
};

}  // namespace frontrow
