#include "engine/runtime/controller/slot_roles.h"

#include <utility>

namespace frontrow {

void SlotRoles::serve(SlotId slot, std::unique_ptr<Slot> state,
                      const std::optional<StreamEnd>& taken_from) {
  roles_[slot.value] = SlotRole::kServing;
  engine_.order(ServeSlot{slot, std::move(state), taken_from});
}

void SlotRoles::yield(SlotId slot) {
  roles_[slot.value] = SlotRole::kYielding;
  engine_.order(YieldSlot{slot});
}

void SlotRoles::note_yielded(SlotId slot, std::unique_ptr<Slot> state) {
  yielded_[slot] = std::move(state);
  roles_[slot.value] = SlotRole::kYielded;
}

void SlotRoles::drop(SlotId slot) {
  roles_[slot.value] = SlotRole::kNone;
  yielded_.erase(slot);
}

bool SlotRoles::has_yielded_state(SlotId slot) const {
  const auto yielded = yielded_.find(slot);
  return yielded != yielded_.end() && yielded->second != nullptr;
}

std::unique_ptr<Slot> SlotRoles::take_yielded(SlotId slot) {
  const auto yielded = yielded_.find(slot);
  if (yielded == yielded_.end()) return nullptr;
  std::unique_ptr<Slot> state = std::move(yielded->second);
  yielded_.erase(yielded);
  return state;
}

}  // namespace frontrow
