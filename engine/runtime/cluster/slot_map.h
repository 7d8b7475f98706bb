// The owner of each slot in a cluster: a table of 4096 entries, computed by each instance for
// itself from the same few inputs, without communication.
//
// Each slot is owned by the first instance in its order (rendezvous.h): each instance owns its
// share of the weights; adding one moves slots only to it, removing one moves only its own. Pins
// override the draw, to place a concert on a chosen instance.
//
// Immutable once made; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/cluster/rendezvous.h"

namespace frontrow {

class SlotMap {
 public:
  using Instance = WeightedInstance;
  using Pins = std::map<SlotId, InstanceId>;

  // Fails if an id occurs twice, is out of bounds, or is pinned to and missing, or if no instance
  // has a weight. revision: incremented by the author of the map with each change.
  static Result<SlotMap> make(std::uint64_t revision, std::vector<Instance> instances,
                              const Pins& pins = {});

  InstanceId owner(SlotId slot) const { return owners_[slot.value]; }
  std::uint64_t revision() const { return revision_; }
  // Hash of the revision and the whole table: two instances of the same hash agree about every
  // slot.
  std::uint64_t hash() const { return hash_; }
  // Ascending by id.
  const std::vector<Instance>& instances() const { return instances_; }
  bool has(InstanceId id) const;
  std::size_t slots_of(InstanceId id) const;
  // REQUIRES: the instance owns a slot.
  SlotId first_slot_of(InstanceId id) const;

 private:
  SlotMap() = default;

  std::uint64_t revision_ = 0;
  std::uint64_t hash_ = 0;
  std::vector<Instance> instances_;
  std::array<InstanceId, kSlotCount> owners_{};
};

// Slots whose owner differs, by the owner before and the owner after.
std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> moves_between(
    const SlotMap& before, const SlotMap& after);

}  // namespace frontrow
