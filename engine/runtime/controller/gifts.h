// Gifts: slots of this instance on their way to another one, to which they belong and that has
// asked for them. The workers yield the slots, and when the last record of each is durable, the map
// is changed: so a slot stands still from the yield to the other's step. The map names the end of
// the own stream for each slot that has a state.
//
// A change of the map with an unknown outcome may take effect later. Its slots are not served
// before a map shows that the outcome is settled.
//
// Threads: that of step(); given_count() from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/founding.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/slot_roles.h"
#include "engine/runtime/controller/wanted_moves.h"

namespace frontrow {

// Slots that one gift has at most: they stand still together.
inline constexpr std::size_t kGiftSlotsMax = 256;

class Gifts {
 public:
  // All of them must outlive the object.
  Gifts(NewestMap& map, const KnownMembers& members, const WantedMoves& moves, SlotRoles& roles,
        const Founding& founding, const ControllerOptions& options);

  // Another instance has asked for the slots: those that may go to it are ordered to yield.
  void begin(InstanceId to, const std::vector<SlotId>& slots);
  // Changes the map for gifts whose slots have all been yielded. Slots that are not to go any more
  // are served again. True: the map has changed.
  bool give();
  // The map names another owner of the slot.
  void drop(SlotId slot);

  bool empty() const { return gifts_.empty(); }
  // Slots that were given since the start.
  std::uint64_t given_count() const { return given_count_.load(); }

 private:
  struct Gift {
    InstanceId to = 0;
    std::vector<SlotId> slots;
    bool is_in_doubt = false;  // a change of the map may still take effect
  };

  bool may_go(SlotId slot, InstanceId to) const;
  bool is_ready(const Gift& gift) const;
  MapOutcome hand_over_gift(const Gift& gift);
  void keep(const Gift& gift);

  NewestMap& map_;
  const KnownMembers& members_;
  const WantedMoves& moves_;
  SlotRoles& roles_;
  const Founding& founding_;
  const ControllerOptions& options_;
  std::vector<Gift> gifts_;
  std::atomic<std::uint64_t> given_count_{0};
};

}  // namespace frontrow
