#include "engine/runtime/membership/placement.h"

#include <algorithm>

namespace frontrow {

Placement::Placement(const ClusterMap& map) : copies_(map.copies), pins_(map.pins) {
  for (const MapInstance& instance : map.instances) {
    if (instance.is_draining) continue;
    instances_.push_back({instance.id, instance.weight});
    if (instance.weight == 0) reserve_.push_back({instance.id, 1});
  }
}

Placement::Placement(const ClusterMap& map, const Living& living) : Placement(map) {
  const auto is_gone = [&](const WeightedInstance& i) { return !living.contains(i.id); };
  std::erase_if(instances_, is_gone);
  std::erase_if(reserve_, is_gone);
}

std::size_t Placement::rank(SlotId slot, std::span<InstanceId> best) const {
  const std::size_t weighted = rank_instances(slot, instances_, best);
  return weighted + rank_instances(slot, reserve_, best.subspan(weighted));
}

std::vector<InstanceId> Placement::order(SlotId slot) const {
  std::vector<InstanceId> order(instances_.size());
  order.resize(rank(slot, order));
  return order;
}

InstanceId Placement::pinned(SlotId slot) const {
  const auto pin = pins_.find(slot);
  if (pin == pins_.end()) return 0;
  const auto found = std::ranges::find(instances_, pin->second, &WeightedInstance::id);
  return found != instances_.end() ? found->id : InstanceId{0};
}

InstanceId Placement::owner(SlotId slot) const {
  if (const InstanceId id = pinned(slot); id != 0) return id;
  InstanceId best = 0;
  rank_instances(slot, instances_, {&best, 1});
  return best;
}

SlotPlace Placement::place(SlotId slot) const {
  SlotPlace place{.owner = owner(slot)};
  if (place.owner == 0) return place;
  std::array<InstanceId, kCopiesMax> best{};
  for (std::size_t i = 0, count = rank(slot, best); i < count; ++i) {
    if (best[i] != place.owner && place.follower_count() + 1 < copies_) place.add_follower(best[i]);
  }
  return place;
}

std::vector<SlotPlace> Placement::places() const {
  std::vector<SlotPlace> places(kSlotCount);
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) places[slot] = place(SlotId{slot});
  return places;
}

std::vector<SlotMove> moves_wanted(const ClusterMap& map, const Living& living,
                                   std::span<const SlotPlace> places) {
  std::vector<SlotMove> moves;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    const InstanceId from = map.place(SlotId{slot}).owner;
    if (!living.contains(from)) continue;
    const InstanceId to = places[slot].owner;
    if (to != 0 && to != from) moves.push_back({SlotId{slot}, from, to});
  }
  return moves;
}

std::vector<SlotMove> moves_wanted(const ClusterMap& map, const Living& living) {
  return moves_wanted(map, living, Placement(map, living).places());
}

std::vector<SlotMove> follower_moves_wanted(const ClusterMap& map, const Living& living,
                                            std::span<const SlotPlace> places) {
  std::vector<SlotMove> moves;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    const SlotPlace& now = map.place(SlotId{slot});
    if (!living.contains(now.owner)) continue;
    const SlotPlace& wanted = places[slot];
    if (wanted.owner != now.owner) continue;
    SlotPlace missing = wanted;
    for (const InstanceId follower : now.followers) missing.drop_follower(follower);
    std::size_t next = 0;
    for (const InstanceId follower : now.followers) {
      if (next == missing.follower_count()) break;
      if (!living.contains(follower) || wanted.has_follower(follower)) continue;
      moves.push_back({SlotId{slot}, follower, missing.followers[next++]});
    }
  }
  return moves;
}

std::vector<SlotMove> follower_moves_wanted(const ClusterMap& map, const Living& living) {
  return follower_moves_wanted(map, living, Placement(map, living).places());
}

}  // namespace frontrow
