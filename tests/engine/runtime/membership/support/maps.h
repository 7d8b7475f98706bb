// Slot maps for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/membership/map_changes.h"

namespace frontrow {

// The value; the test fails without one.
inline ClusterMap changed(Result<ClusterMap> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error());
  return result.ok() ? std::move(*result) : ClusterMap();
}

// The error; "changed" without one.
inline std::string refusal(const Result<ClusterMap>& result) {
  return result.ok() ? "changed" : result.error();
}

inline ClusterMap empty_map(std::uint32_t copies) {
  ClusterMap map;
  map.copies = copies;
  map.history.latest = {.revision = 1, .author = "creator", .writer = 99, .change = 1};
  return map;
}

inline Living everyone(const ClusterMap& map) {
  Living all;
  for (const MapInstance& instance : map.instances) all.insert(instance.id);
  return all;
}

// Instances box-1, box-2 ... of these weights, which have begun all slots.
inline ClusterMap begun_map(const std::vector<std::uint32_t>& weights, std::uint32_t copies) {
  ClusterMap map = empty_map(copies);
  for (const std::uint32_t weight : weights)
    map = changed(add_instance(map, "box-" + std::to_string(map.ids_used + 1), weight));
  return changed(begin_slots(map, everyone(map)));
}

inline std::vector<SlotId> slots_owned(const ClusterMap& map, InstanceId owner) {
  std::vector<SlotId> slots;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot)
    if (map.place(SlotId{slot}).owner == owner) slots.push_back(SlotId{slot});
  return slots;
}

// The moves by their ends, as the instances carry them out.
inline std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> by_ends(
    const std::vector<SlotMove>& moves) {
  std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> grouped;
  for (const SlotMove& move : moves) grouped[{move.from, move.to}].push_back(move.slot);
  return grouped;
}

// Carries out all moves until none is wanted.
inline ClusterMap rebalanced(ClusterMap map, const Living& living) {
  for (int round = 0; round < 10; ++round) {
    const ClusterMap before = map;
    for (const auto& [ends, slots] : by_ends(moves_wanted(map, living)))
      map = changed(hand_over(map, slots, ends.first, ends.second, living));
    map = changed(refill_followers(map, living));
    for (const auto& [ends, slots] : by_ends(follower_moves_wanted(map, living)))
      map = changed(replace_follower(map, slots, ends.first, ends.second));
    if (map == before) return map;
  }
  ADD_FAILURE() << "the moves do not come to an end";
  return map;
}

}  // namespace frontrow
