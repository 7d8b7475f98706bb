#include "engine/runtime/cluster/slot_map.h"

#include <algorithm>
#include <span>
#include <string>

#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kMapSeed = 0x736c6f74;  // "slot"

Status check(const std::vector<SlotMap::Instance>& sorted) {
  if (sorted.empty()) return Error{"the map names no instance"};
  if (sorted.size() > kInstancesMax)
    return Error{"the map names more than " + std::to_string(kInstancesMax) + " instances"};
  bool weighs = false;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const std::string name = "instance " + std::to_string(sorted[i].id);
    if (sorted[i].id < 1 || sorted[i].id > kInstanceIdMax)
      return Error{name + ": ids are 1 to " + std::to_string(kInstanceIdMax)};
    if (i > 0 && sorted[i].id == sorted[i - 1].id) return Error{name + " is there twice"};
    if (sorted[i].weight > kInstanceWeightMax)
      return Error{name + ": weights are 0 to " + std::to_string(kInstanceWeightMax)};
    weighs |= sorted[i].weight != 0;
  }
  if (!weighs) return Error{"no instance of the map has a weight"};
  return {};
}

}  // namespace

Result<SlotMap> SlotMap::make(std::uint64_t revision, std::vector<Instance> instances,
                              const Pins& pins) {
  std::sort(instances.begin(), instances.end(),
            [](const Instance& a, const Instance& b) { return a.id < b.id; });
  if (Status status = check(instances); !status.ok()) return Error{status.error()};
  SlotMap map;
  map.revision_ = revision;
  map.instances_ = std::move(instances);
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot)
    rank_instances(SlotId{slot}, map.instances_, std::span(&map.owners_[slot], 1));
  for (const auto& [slot, id] : pins) {
    if (!map.has(id) || slot.value >= kSlotCount) {
      return Error{"slot " + std::to_string(slot.value) + " is pinned to instance " +
                   std::to_string(id) + ", and one of the two is not there"};
    }
    map.owners_[slot.value] = id;
  }
  HashFold hash(kMapSeed);
  hash.add(revision);
  for (const InstanceId owner : map.owners_) hash.add(owner);
  map.hash_ = hash.value();
  return map;
}

bool SlotMap::has(InstanceId id) const {
  return std::any_of(instances_.begin(), instances_.end(),
                     [id](const Instance& instance) { return instance.id == id; });
}

SlotId SlotMap::first_slot_of(InstanceId id) const {
  const auto found = std::find(owners_.begin(), owners_.end(), id);
  FR_CHECK(found != owners_.end());
  return SlotId{static_cast<std::uint16_t>(found - owners_.begin())};
}

std::size_t SlotMap::slots_of(InstanceId id) const {
  return static_cast<std::size_t>(std::count(owners_.begin(), owners_.end(), id));
}

std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> moves_between(
    const SlotMap& before, const SlotMap& after) {
  std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> moves;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    const std::pair ends{before.owner(SlotId{slot}), after.owner(SlotId{slot})};
    if (ends.first != ends.second) moves[ends].push_back(SlotId{slot});
  }
  return moves;
}

}  // namespace frontrow
