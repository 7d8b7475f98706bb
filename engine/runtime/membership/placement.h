// Where the slots of a cluster belong: the owner and the followers of each slot by weighted
// rendezvous (engine/runtime/cluster/rendezvous.h) over the instances that may get slots, which are
// those that live and do not drain. A pin overrides the owner while its instance is one of them. An
// instance of weight 0 owns only slots that are pinned to it, and follows slots where there are too
// few others.
//
// The map (cluster_map.h) states where slots are. The differences are moves for the instances to
// carry out: an instance copies the slot first, and then the map is changed by hand_over() or
// replace_follower() (map_changes.h), so that no complete copy is given up for an incomplete one.
//
// Pure functions. All instances compute the same placement from the same map and the same living
// ones. The places of 64 instances take some 30 ms: a caller that asks often keeps them while the
// placement stays the same.
#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "engine/runtime/cluster/rendezvous.h"
#include "engine/runtime/membership/cluster_map.h"

namespace frontrow {

using Living = std::set<InstanceId>;

class Placement {
 public:
  // Over all instances of the map, or over its living ones.
  explicit Placement(const ClusterMap& map);
  Placement(const ClusterMap& map, const Living& living);

  // In order of preference for the slot, those of weight 0 last.
  std::vector<InstanceId> order(SlotId slot) const;
  // 0: no instance may get the slot.
  InstanceId owner(SlotId slot) const;
  // The owner, and copies - 1 followers if there are as many other instances.
  SlotPlace place(SlotId slot) const;
  // Of every slot: some milliseconds.
  std::vector<SlotPlace> places() const;
  // Equal placements have equal places.
  bool operator==(const Placement&) const = default;

 private:
  std::size_t rank(SlotId slot, std::span<InstanceId> best) const;
  // Of the instance that the slot is pinned to, if it may get slots; else 0.
  InstanceId pinned(SlotId slot) const;

  std::uint32_t copies_ = 1;
  std::map<SlotId, InstanceId> pins_;
  std::vector<WeightedInstance> instances_;  // those that may get slots
  std::vector<WeightedInstance> reserve_;    // those of weight 0
};

struct SlotMove {
  SlotId slot;
  InstanceId from = 0;
  InstanceId to = 0;
  bool operator==(const SlotMove&) const = default;
};

// The slots whose owner lives and is not the owner by placement over the living, in order. Slots of
// other instances are left to a takeover, and slots that have not begun to begin_slots(). `places`
// are those of the placement over the living.
std::vector<SlotMove> moves_wanted(const ClusterMap& map, const Living& living,
                                   std::span<const SlotPlace> places);
std::vector<SlotMove> moves_wanted(const ClusterMap& map, const Living& living);

// The living followers that are to be replaced by another instance, for slots that are at their
// owner by placement: the followers of the others change when the slot moves. Followers that are
// missing or not alive are left to refill_followers().
std::vector<SlotMove> follower_moves_wanted(const ClusterMap& map, const Living& living,
                                            std::span<const SlotPlace> places);
std::vector<SlotMove> follower_moves_wanted(const ClusterMap& map, const Living& living);

}  // namespace frontrow
