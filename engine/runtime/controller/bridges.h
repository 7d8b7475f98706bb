// Bridges: slots that have moved to another instance and are followed here. The state of before the
// move leads to that in the stream of the new owner (Follower::adopt). So the slot is on two disks
// at once, and safe if the new owner is lost before it has a snapshot.
//
// A bridge begins when a map shows the move, and ends when the copy of the new owner's stream has
// the state, when the map shows a snapshot in that stream (no `taken` any more), or when the slot
// is no longer followed.
//
// Thread: that of step().
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/controller/catch_up.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/slot_roles.h"
#include "engine/runtime/membership/cluster_map.h"

namespace frontrow {

class Bridges {
 public:
  using NewestGroups = std::map<std::uint64_t, std::uint64_t>;  // by stream

  // All of them must outlive the object.
  Bridges(SlotRoles& roles, CatchUp& catch_up, const ControllerOptions& options);

  // The newest group of each copy.
  NewestGroups newest_groups() const;
  // Read before the newest map was: no record of a move that a later map shows is in these groups.
  void set_copied(NewestGroups&& copied) { copied_ = std::move(copied); }
  // Every map that is read or written, in order. Takes the states of slots that were given away.
  void note_map(const ClusterMap& before, const ClusterMap& next);
  // Ends the bridges whose state is complete and whose copy has begun.
  void build();

  bool empty() const { return bridges_.empty(); }
  // By stream: slots whose state is to come from the copy of that stream.
  std::map<std::uint64_t, SlotSet> sources() const;

 private:
  struct Bridge {
    std::uint64_t to = 0;     // the stream of the new owner
    StreamEnd from;           // where its state was
    std::uint64_t after = 0;  // of the stream `to`: it has no record of the move up to this group
    std::unique_ptr<Slot> state;  // of this instance's own stream; null: in the copy of another
  };

  void note_move(SlotId slot, const ClusterMap& before, const ClusterMap& next);
  bool take_states_of_copies();

  SlotRoles& roles_;
  CatchUp& catch_up_;
  const ControllerOptions& options_;
  std::map<SlotId, Bridge> bridges_;
  NewestGroups copied_;
};

}  // namespace frontrow
