#include "engine/runtime/recovery/slot_table.h"

#include <utility>

#include "engine/core/state/slot.h"

namespace frontrow {

SlotTable::SlotTable() = default;
SlotTable::~SlotTable() = default;

void SlotTable::adopt(std::unique_ptr<Slot> slot) {
  const SlotId id = slot->id;
  slots_[id.value] = std::move(slot);
}

std::unique_ptr<Slot> SlotTable::release(SlotId id) { return std::move(slots_[id.value]); }

Slot& SlotTable::make(SlotId id) {
  slots_[id.value] = std::make_unique<Slot>(id);
  return *slots_[id.value];
}

}  // namespace frontrow
