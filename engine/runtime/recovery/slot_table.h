// The slots of an instance, made when first needed. A slot belongs to one shard: slot number modulo
// shards. Recovery fills the table on the starting thread; then each shard's thread accesses its
// own slots only.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

struct Slot;

class SlotTable {
 public:
  SlotTable();
  ~SlotTable();

  Slot& at(SlotId id) {
    Slot* slot = slots_[id.value].get();
    return slot == nullptr ? make(id) : *slot;
  }
  Slot* find(SlotId id) { return slots_[id.value].get(); }
  const Slot* find(SlotId id) const { return slots_[id.value].get(); }
  // Moves a slot of another table here. REQUIRES: there is no slot of its id here.
  void adopt(std::unique_ptr<Slot> slot);
  std::unique_ptr<Slot> release(SlotId id);
  static std::size_t shard_of(SlotId id, std::size_t shards) { return id.value % shards; }

 private:
  Slot& make(SlotId id);

  std::array<std::unique_ptr<Slot>, kSlotCount> slots_;
};

}  // namespace frontrow
