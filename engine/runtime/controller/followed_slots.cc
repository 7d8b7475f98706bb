#include "engine/runtime/controller/followed_slots.h"

#include <utility>

namespace frontrow {

FollowedSlots::FollowedSlots(const NewestMap& map, const KnownMembers& members,
                             const WantedMoves& moves, const SlotRoles& roles,
                             const Bridges& bridges, const ControllerOptions& options)
    : map_(map),
      members_(members),
      moves_(moves),
      roles_(roles),
      bridges_(bridges),
      options_(options) {}

void FollowedSlots::want(SlotsByStream& wanted, SlotId slot, InstanceId owner) const {
  const std::uint64_t stream = map_->find(owner)->stream;
  if (stream != 0) wanted[stream].set(slot.value);
}

FollowedSlots::SlotsByStream FollowedSlots::wanted() const {
  SlotsByStream wanted;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotPlace& place = map_->places[id];
    if (place.owner != options_.self && place.has_follower(options_.self))
      want(wanted, SlotId{id}, place.owner);
  }
  for (const SlotMove& move : moves_.of_owners()) {
    if (move.to == options_.self && !members_.is_draining()) want(wanted, move.slot, move.from);
  }
  for (const SlotMove& move : moves_.of_followers()) {
    if (move.to == options_.self && !members_.is_draining())
      want(wanted, move.slot, map_->place(move.slot).owner);
  }
  for (const auto& [stream, slots] : bridges_.sources()) wanted[stream] |= slots;
  // Slots that the map has given to this instance, whose state is to come from a copy.
  for (const auto& [slot, end] : map_->taken) {
    if (map_->place(slot).owner == options_.self && roles_.of(slot) == SlotRole::kNone)
      wanted[end.stream].set(slot.value);
  }
  return wanted;
}

void FollowedSlots::update() {
  SlotsByStream wanted = this->wanted();
  for (const auto& [stream, slots] : followed_) wanted.try_emplace(stream);
  if (wanted == followed_) return;
  options_.on_follower([&](Follower& follower) {
    for (const auto& [stream, slots] : wanted) {
      const auto before = followed_.find(stream);
      if (before == followed_.end() || before->second != slots) follower.follow(stream, slots);
    }
  });
  std::erase_if(wanted, [](const auto& each) { return each.second.none(); });
  followed_ = std::move(wanted);
}

}  // namespace frontrow
