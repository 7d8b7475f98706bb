// Weighted rendezvous hashing (highest random weight; Thaler and Ravishankar 1998, with the weights
// of Schindelhauer and Schomaker 2005): each instance gets a score for each slot, weight / -ln(u)
// with u drawn from a hash of both. The scores order the instances for the slot: the first one is
// to own it, the next ones are to follow it.
//
// Each instance is the first for its share of the weights. An added instance takes a place in the
// order of each slot and leaves the order of the others as it was; so does a removed one.
//
// All arithmetic is in integers, as the library's logarithm differs between machines in its last
// bit, and one bit would give a slot two owners.
//
// Pure functions; any thread. About 0.1 us for each instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/protocol/types.h"

namespace frontrow {

inline constexpr std::size_t kInstancesMax = 64;
inline constexpr std::uint32_t kInstanceWeightMax = 10'000;

struct WeightedInstance {
  InstanceId id = 0;
  std::uint32_t weight = 100;  // at most kInstanceWeightMax; 0: gets no slot by the draw
  bool operator==(const WeightedInstance&) const = default;
};

// Writes the first `best.size()` instances of the slot to `best`, in order, and returns their
// number, which is smaller if fewer instances have a weight. REQUIRES: ids are distinct.
std::size_t rank_instances(SlotId slot, std::span<const WeightedInstance> instances,
                           std::span<InstanceId> best);

}  // namespace frontrow
