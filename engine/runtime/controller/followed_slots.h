// Which slots of which streams this instance copies and keeps warm (Follower::follow): those that
// the map gives it to follow, those that are to move here, and those whose state a copy still has.
//
// Thread: that of step().
#pragma once

#include <cstdint>
#include <map>

#include "engine/runtime/controller/bridges.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/slot_roles.h"
#include "engine/runtime/controller/wanted_moves.h"

namespace frontrow {

class FollowedSlots {
 public:
  // All of them must outlive the object.
  FollowedSlots(const NewestMap& map, const KnownMembers& members, const WantedMoves& moves,
                const SlotRoles& roles, const Bridges& bridges, const ControllerOptions& options);

  // Tells the follower the streams whose slots are others than before.
  void update();

 private:
  using SlotsByStream = std::map<std::uint64_t, SlotSet>;

  SlotsByStream wanted() const;
  void want(SlotsByStream& wanted, SlotId slot, InstanceId owner) const;

  const NewestMap& map_;
  const KnownMembers& members_;
  const WantedMoves& moves_;
  const SlotRoles& roles_;
  const Bridges& bridges_;
  const ControllerOptions& options_;
  SlotsByStream followed_;
};

}  // namespace frontrow
