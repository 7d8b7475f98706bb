#include "engine/runtime/cluster/slot_map.h"

#include <algorithm>
#include <bit>
#include <string>

#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kDrawSeed = 0x736c6f74;  // "slot"

__extension__ using Wide = unsigned __int128;

// -log2(x / 2^64) for x >= 1, with 32 bits behind the point, exact to the bits that squaring 64-bit
// numbers keeps (Knuth, The Art of Computer Programming 1, 1.2.2, exercise 25): each squaring
// yields one digit of the binary logarithm, 1 if the square reaches 2.
std::uint64_t minus_log2(std::uint64_t x) {
  constexpr int kFractionBits = 32;
  const int leading = std::countl_zero(x);
  std::uint64_t mantissa = x << leading;  // 1.63 bits, from 1 to below 2
  std::uint64_t fraction = 0;
  for (int bit = 0; bit < kFractionBits; ++bit) {
    const auto square = static_cast<Wide>(mantissa) * mantissa;  // 2.126 bits
    const bool two = (square >> 127) != 0;
    fraction = fraction << 1 | (two ? 1 : 0);
    mantissa = static_cast<std::uint64_t>(two ? square >> 64 : square >> 63);
  }
  // log2(x / 2^64) = 63 - leading + fraction - 64
  return (static_cast<std::uint64_t>(leading + 1) << kFractionBits) - fraction;
}

// The smallest draw wins: an exponential variable with the instance's weight as rate. Compared as
// fractions cost / weight.
struct Draw {
  std::uint64_t cost = 0;
  std::uint32_t weight = 0;
  InstanceId id = 0;
  bool beats(const Draw& other) const {
    const auto mine = static_cast<Wide>(cost) * other.weight;
    const auto its = static_cast<Wide>(other.cost) * weight;
    return mine != its ? mine < its : id < other.id;
  }
};

Draw draw(SlotId slot, const SlotMap::Instance& instance) {
  const std::uint64_t random = HashFold(kDrawSeed).add(slot.value).add(instance.id).value();
  return {minus_log2(std::max<std::uint64_t>(random, 1)), instance.weight, instance.id};
}

InstanceId winner(SlotId slot, const std::vector<SlotMap::Instance>& instances) {
  Draw best;
  for (const SlotMap::Instance& instance : instances) {
    if (instance.weight == 0) continue;
    const Draw d = draw(slot, instance);
    if (best.id == 0 || d.beats(best)) best = d;
  }
  return best.id;
}

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
    map.owners_[slot] = winner(SlotId{slot}, map.instances_);
  for (const auto& [slot, id] : pins) {
    if (!map.has(id) || slot.value >= kSlotCount) {
      return Error{"slot " + std::to_string(slot.value) + " is pinned to instance " +
                   std::to_string(id) + ", and one of the two is not there"};
    }
    map.owners_[slot.value] = id;
  }
  HashFold hash(kDrawSeed);
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
