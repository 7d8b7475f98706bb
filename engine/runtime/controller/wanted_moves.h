// The moves that lead from the slots' places by the map to those by placement (placement.h): the
// slots that belong to another instance than their owner, and the followers that another instance
// is to replace. An instance that stops counts as gone in the placement while it still decides, so
// that the others ask for its slots.
//
// The result is kept while map and living ones stay the same: places take milliseconds.
//
// Thread: that of step().
#pragma once

#include <cstdint>
#include <vector>

#include "engine/runtime/membership/placement.h"

namespace frontrow {

class WantedMoves {
 public:
  // By the newest map and the newest members: the living ones, and of these the ones that stay.
  void update(const ClusterMap& map, const Living& living, const Living& staying);

  // By slot.
  const std::vector<SlotMove>& of_owners() const { return owners_; }
  const std::vector<SlotMove>& of_followers() const { return followers_; }

 private:
  Placement placement_{ClusterMap{}};  // over the living that stay
  std::vector<SlotPlace> places_ = placement_.places();
  std::vector<SlotMove> owners_;
  std::vector<SlotMove> followers_;
  // Those that led to the moves.
  std::uint64_t revision_ = 0;  // of the map
  Living living_;
  Living staying_;
};

}  // namespace frontrow
