// What this instance's workers do with each slot, by the orders that they have: they serve it, or
// they yield it, and then its state is here until the slot is served again, or is another
// instance's.
//
// Thread: that of step().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "engine/core/protocol/limits.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow {

enum class SlotRole : std::uint8_t {
  kNone,
  kServing,   // ordered to serve
  kYielding,  // ordered to yield
  kYielded,   // its state is here, to be given
};

class SlotRoles {
 public:
  // The engine must outlive the object.
  explicit SlotRoles(Engine& engine) : engine_(engine) {}

  SlotRole of(SlotId slot) const { return roles_[slot.value]; }

  // Null: the slot has no state. taken_from: the end of the stream that it comes from, if its
  // worker is to log slot_taken.
  void serve(SlotId slot, std::unique_ptr<Slot> state,
             const std::optional<StreamEnd>& taken_from = std::nullopt);
  void yield(SlotId slot);
  // The worker has yielded the slot, and its last record is durable.
  void note_yielded(SlotId slot, std::unique_ptr<Slot> state);
  // A yielded slot is another instance's.
  void drop(SlotId slot);

  bool has_yielded_state(SlotId slot) const;
  // Null: the slot has no state, or it was taken before. The role stays.
  std::unique_ptr<Slot> take_yielded(SlotId slot);

 private:
  Engine& engine_;
  std::array<SlotRole, kSlotCount> roles_{};
  std::map<SlotId, std::unique_ptr<Slot>> yielded_;
};

}  // namespace frontrow
