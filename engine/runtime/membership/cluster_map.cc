#include "engine/runtime/membership/cluster_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {
namespace {

std::string fault_of_instances(const ClusterMap& map) {
  if (map.instances.size() > kInstancesMax)
    return fmt::format("there are more than {} instances", kInstancesMax);
  if (map.ids_used > kInstanceIdMax) return fmt::format("ids are 1 to {}", kInstanceIdMax);
  InstanceId before = 0;
  for (const MapInstance& instance : map.instances) {
    if (instance.id <= before || instance.id > map.ids_used)
      return fmt::format("instance {} has no id of its own, 1 to {}", instance.id, map.ids_used);
    before = instance.id;
    if (!is_cluster_name(instance.name)) {
      return fmt::format(
          "instance {}: its name must have 1 to 48 lower-case letters, digits and '-'",
          instance.id);
    }
    if (map.find(instance.name) != &instance)
      return fmt::format("two instances have the name {}", instance.name);
    if (instance.weight > kInstanceWeightMax)
      return fmt::format("instance {}: weights are 0 to {}", instance.id, kInstanceWeightMax);
  }
  return {};
}

std::string fault_of_place(const ClusterMap& map, SlotId slot) {
  const SlotPlace& place = map.place(slot);
  const std::size_t count = place.follower_count();
  const auto fault = [&](std::string_view text) {
    return fmt::format("slot {} {}", slot.value, text);
  };
  if (place.owner == 0) return count == 0 ? "" : fault("has followers and no owner");
  if (count >= map.copies) return fault(fmt::format("has more copies than {}", map.copies));
  std::array<InstanceId, kCopiesMax> holders{place.owner};
  std::copy_n(place.followers.begin(), count, holders.begin() + 1);
  for (std::size_t i = 0; i <= count; ++i) {
    if (map.find(holders[i]) == nullptr)
      return fault(fmt::format("is on instance {}, which is not there", holders[i]));
    for (std::size_t j = 0; j < i; ++j)
      if (holders[i] == holders[j])
        return fault(fmt::format("is twice on instance {}", holders[i]));
  }
  return {};
}

}  // namespace

bool SlotPlace::has_follower(InstanceId id) const {
  return id != 0 && std::ranges::find(followers, id) != followers.end();
}

std::size_t SlotPlace::follower_count() const {
  return kFollowersMax - static_cast<std::size_t>(std::ranges::count(followers, InstanceId{0}));
}

void SlotPlace::add_follower(InstanceId id) {
  FR_CHECK(id != 0 && id != owner && !has_follower(id));
  const auto free = std::ranges::find(followers, InstanceId{0});
  FR_CHECK(free != followers.end());
  *free = id;
}

void SlotPlace::drop_follower(InstanceId id) {
  std::fill(std::remove(followers.begin(), followers.end(), id), followers.end(), InstanceId{0});
}

const MapInstance* ClusterMap::find(InstanceId id) const {
  const auto found = std::ranges::lower_bound(instances, id, {}, &MapInstance::id);
  return found != instances.end() && found->id == id ? &*found : nullptr;
}

const MapInstance* ClusterMap::find(std::string_view name) const {
  const auto found = std::ranges::find(instances, name, &MapInstance::name);
  return found != instances.end() ? &*found : nullptr;
}

std::size_t ClusterMap::slots_of(InstanceId owner) const {
  return static_cast<std::size_t>(std::ranges::count(places, owner, &SlotPlace::owner));
}

std::string fault_of(const ClusterMap& map) {
  if (std::string fault = fault_of(map.history); !fault.empty()) return fault;
  if (map.history.earlier.size() > kInstancesMax + kEarlierSpare)
    return "there are too many earlier changes";
  if (map.copies < 1 || map.copies > kCopiesMax)
    return fmt::format("copies are 1 to {}, not {}", kCopiesMax, map.copies);
  if (std::string fault = fault_of_instances(map); !fault.empty()) return fault;
  for (const auto& [slot, id] : map.pins) {
    if (slot.value >= kSlotCount || map.find(id) == nullptr) {
      return fmt::format("slot {} is pinned to instance {}, and one of the two is not there",
                         slot.value, id);
    }
  }
  for (const auto& [slot, end] : map.taken) {
    if (slot.value >= kSlotCount || end.stream == 0)
      return fmt::format("slot {} is taken from no stream", slot.value);
  }
  if (map.places.size() != kSlotCount) return "it does not have every slot once";
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot)
    if (std::string fault = fault_of_place(map, SlotId{slot}); !fault.empty()) return fault;
  return {};
}

}  // namespace frontrow
