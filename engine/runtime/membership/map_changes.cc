#include "engine/runtime/membership/map_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {
namespace {

Error no_such_instance(InstanceId id) {
  return Error{fmt::format("the cluster has no instance {}", id)};
}

MapInstance* find_mutable(ClusterMap& map, InstanceId id) {
  const auto found = std::ranges::find(map.instances, id, &MapInstance::id);
  return found != map.instances.end() ? &*found : nullptr;
}

// Both instances are there and differ, and each slot belongs to `owner` and is named once.
Status check_slots_of(const ClusterMap& map, InstanceId owner, InstanceId other,
                      std::span<const SlotId> slots) {
  for (const InstanceId id : {owner, other})
    if (map.find(id) == nullptr) return no_such_instance(id);
  if (owner == other) return Error{fmt::format("instance {} is named twice", owner)};
  std::vector<bool> named(kSlotCount);
  for (const SlotId slot : slots) {
    if (slot.value >= kSlotCount) return Error{fmt::format("there is no slot {}", slot.value)};
    if (map.place(slot).owner != owner) {
      return Error{fmt::format("slot {} belongs to instance {}, not to {}", slot.value,
                               map.place(slot).owner, owner)};
    }
    if (named[slot.value]) return Error{fmt::format("slot {} is named twice", slot.value)};
    named[slot.value] = true;
  }
  return {};
}

Error weight_out_of_bounds() {
  return Error{fmt::format("weights are 0 to {}", kInstanceWeightMax)};
}

}  // namespace

Result<ClusterMap> add_instance(ClusterMap map, std::string_view name, std::uint32_t weight) {
  if (!is_cluster_name(name)) {
    return Error{"the name of an instance must have 1 to 48 lower-case letters, digits and '-'"};
  }
  if (const MapInstance* same = map.find(name); same != nullptr)
    return Error{fmt::format("instance {} has the name {} already", same->id, name)};
  if (weight > kInstanceWeightMax) return weight_out_of_bounds();
  if (map.instances.size() == kInstancesMax)
    return Error{fmt::format("the cluster has {} instances, which is the maximum", kInstancesMax)};
  if (map.ids_used == kInstanceIdMax) {
    return Error{fmt::format("the ids of the cluster, 1 to {}, are used up", kInstanceIdMax)};
  }
  map.instances.push_back({.id = ++map.ids_used, .name = std::string(name), .weight = weight});
  return map;
}

Result<ClusterMap> set_weight(ClusterMap map, InstanceId id, std::uint32_t weight) {
  MapInstance* instance = find_mutable(map, id);
  if (instance == nullptr) return no_such_instance(id);
  if (weight > kInstanceWeightMax) return weight_out_of_bounds();
  instance->weight = weight;
  return map;
}

Result<ClusterMap> set_draining(ClusterMap map, InstanceId id, bool is_draining) {
  MapInstance* instance = find_mutable(map, id);
  if (instance == nullptr) return no_such_instance(id);
  instance->is_draining = is_draining;
  return map;
}

Result<ClusterMap> remove_instance(ClusterMap map, InstanceId id) {
  if (map.find(id) == nullptr) return no_such_instance(id);
  if (const std::size_t count = map.slots_of(id); count > 0)
    return Error{fmt::format("instance {} owns {} slots", id, count)};
  std::erase_if(map.instances, [&](const MapInstance& instance) { return instance.id == id; });
  std::erase_if(map.pins, [&](const auto& pin) { return pin.second == id; });
  for (SlotPlace& place : map.places) place.drop_follower(id);
  return map;
}

Result<ClusterMap> begin_stream(ClusterMap map, InstanceId id, std::uint64_t stream) {
  MapInstance* instance = find_mutable(map, id);
  if (instance == nullptr) return no_such_instance(id);
  if (instance->stream == stream) return map;
  if (const std::size_t count = map.slots_of(id); count > 0) {
    return Error{fmt::format("instance {} owns {} slots, which are in stream {:016x}", id, count,
                             instance->stream)};
  }
  instance->stream = stream;
  return map;
}

Result<ClusterMap> pin_slot(ClusterMap map, SlotId slot, InstanceId id) {
  if (slot.value >= kSlotCount) return Error{fmt::format("there is no slot {}", slot.value)};
  if (map.find(id) == nullptr) return no_such_instance(id);
  map.pins[slot] = id;
  return map;
}

Result<ClusterMap> unpin_slot(ClusterMap map, SlotId slot) {
  map.pins.erase(slot);
  return map;
}

Result<ClusterMap> set_copies(ClusterMap map, std::uint32_t copies) {
  if (copies < 1 || copies > kCopiesMax)
    return Error{fmt::format("copies are 1 to {}, not {}", kCopiesMax, copies)};
  map.copies = copies;
  for (SlotPlace& place : map.places)
    for (std::size_t i = copies - 1; i < kFollowersMax; ++i) place.followers[i] = 0;
  return map;
}

Result<ClusterMap> begin_slots(ClusterMap map, const Living& living) {
  std::vector<std::pair<std::uint16_t, SlotPlace>> begun;
  const Placement placement(map, living);
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    if (map.places[slot].owner != 0) continue;
    begun.emplace_back(slot, placement.place(SlotId{slot}));
    if (begun.back().second.owner == 0)
      return Error{"no living instance of the cluster may get slots"};
  }
  for (const auto& [slot, place] : begun) map.places[slot] = place;
  return map;
}

Result<ClusterMap> take_over(ClusterMap map, InstanceId dead, InstanceId taker,
                             std::span<const SlotId> slots) {
  if (Status status = check_slots_of(map, dead, taker, slots); !status.ok())
    return Error{status.error()};
  for (const SlotId slot : slots) {
    SlotPlace& place = map.places[slot.value];
    if (!place.has_follower(taker))
      return Error{fmt::format("instance {} has no copy of slot {}", taker, slot.value)};
    place.drop_follower(taker);
    place.owner = taker;
  }
  for (SlotPlace& place : map.places) place.drop_follower(dead);
  return map;
}

Result<ClusterMap> hand_over(ClusterMap map, std::span<const SlotId> slots, InstanceId from,
                             InstanceId to, const Living& living) {
  if (Status status = check_slots_of(map, from, to, slots); !status.ok())
    return Error{status.error()};
  const Placement placement(map);
  for (const SlotId slot : slots) {
    SlotPlace& place = map.places[slot.value];
    std::vector<InstanceId> holders{from};
    for (const InstanceId id : place.followers)
      if (id != 0 && id != to) holders.push_back(id);
    const std::vector<InstanceId> order = placement.order(slot);
    std::ranges::sort(holders, {}, [&](InstanceId id) {
      // An instance that drains is not in the order, and comes last.
      return std::tuple(!living.contains(id), std::ranges::find(order, id) - order.begin(), id);
    });
    holders.resize(std::min<std::size_t>(holders.size(), map.copies - 1));
    place = {.owner = to};
    for (const InstanceId id : holders) place.add_follower(id);
  }
  return map;
}

Result<ClusterMap> replace_follower(ClusterMap map, std::span<const SlotId> slots, InstanceId from,
                                    InstanceId to) {
  if (map.find(to) == nullptr) return no_such_instance(to);
  for (const SlotId slot : slots) {
    if (slot.value >= kSlotCount) return Error{fmt::format("there is no slot {}", slot.value)};
    SlotPlace& place = map.places[slot.value];
    if (!place.has_follower(from))
      return Error{fmt::format("instance {} does not follow slot {}", from, slot.value)};
    if (place.owner == to || place.has_follower(to))
      return Error{fmt::format("instance {} has a copy of slot {} already", to, slot.value)};
    place.drop_follower(from);
    place.add_follower(to);
  }
  return map;
}

Result<ClusterMap> refill_followers(ClusterMap map, const Living& living) {
  const Placement placement(map, living);
  const std::size_t wanted = map.copies - 1;
  const auto lives = [&](InstanceId id) { return id != 0 && living.contains(id); };
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    SlotPlace& place = map.places[slot];
    auto count = static_cast<std::size_t>(std::ranges::count_if(place.followers, lives));
    if (!lives(place.owner) || count == wanted) continue;
    for (const InstanceId next : placement.order(SlotId{slot})) {
      if (count == wanted) break;
      if (next == place.owner || place.has_follower(next)) continue;
      // The newcomer replaces a dead follower only where there is no room beside it.
      if (place.follower_count() == wanted)
        place.drop_follower(*std::ranges::find_if_not(place.followers, lives));
      place.add_follower(next);
      ++count;
    }
  }
  return map;
}

}  // namespace frontrow
