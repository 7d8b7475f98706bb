#include "engine/runtime/controller/bridges.h"

#include <iterator>
#include <set>
#include <utility>

namespace frontrow {

Bridges::Bridges(SlotRoles& roles, CatchUp& catch_up, const ControllerOptions& options)
    : roles_(roles), catch_up_(catch_up), options_(options) {}

Bridges::NewestGroups Bridges::newest_groups() const {
  NewestGroups newest;
  options_.on_follower([&](Follower& f) {
    for (const FollowedStream& stream : f.streams()) newest[stream.stream] = stream.newest;
  });
  return newest;
}

std::map<std::uint64_t, SlotSet> Bridges::sources() const {
  std::map<std::uint64_t, SlotSet> sources;
  for (const auto& [slot, bridge] : bridges_) {
    if (bridge.from.stream != options_.stream) sources[bridge.from.stream].set(slot.value);
  }
  return sources;
}

void Bridges::note_map(const ClusterMap& before, const ClusterMap& next) {
  for (std::uint16_t id = 0; id < kSlotCount; ++id) note_move(SlotId{id}, before, next);
}

void Bridges::note_move(SlotId slot, const ClusterMap& before, const ClusterMap& next) {
  const SlotPlace& place = next.place(slot);
  const auto taken = next.taken.find(slot);
  const bool is_bridged = taken != next.taken.end() && place.owner != options_.self &&
                          place.has_follower(options_.self);
  if (!is_bridged) {
    bridges_.erase(slot);
    return;
  }
  const InstanceId owner_before = before.place(slot).owner;
  if (owner_before == 0 || owner_before == place.owner) return;
  const std::uint64_t to = next.find(place.owner)->stream;
  const auto copied = copied_.find(to);
  Bridge bridge{.to = to,
                .from = taken->second,
                .after = copied == copied_.end() ? 0 : copied->second,
                .state = {}};
  if (bridge.from.stream == options_.stream) {
    bridge.state = roles_.take_yielded(slot);
    if (bridge.state == nullptr) return;
  }
  bridges_[slot] = std::move(bridge);
}

void Bridges::build() {
  if (bridges_.empty() || !take_states_of_copies()) return;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::map<SlotId, std::unique_ptr<Slot>>> ready;
  for (auto& [slot, bridge] : bridges_) {
    if (bridge.state != nullptr)
      ready[{bridge.to, bridge.after}].emplace(slot, std::move(bridge.state));
  }
  options_.on_follower([&](Follower& f) {
    for (auto& [target, states] : ready) f.adopt(target.first, states, target.second);
  });
  for (auto each = bridges_.begin(); each != bridges_.end();) {
    auto& [slot, bridge] = *each;
    const auto states = ready.find({bridge.to, bridge.after});
    const bool was_ready = states != ready.end() && !bridge.state;
    if (was_ready && !states->second.contains(slot)) {
      each = bridges_.erase(each);
      continue;
    }
    if (was_ready) bridge.state = std::move(states->second[slot]);  // its copy has not begun
    ++each;
  }
}

// Takes the states of moved slots out of copies that have all of them.
bool Bridges::take_states_of_copies() {
  std::set<StreamEnd> ends;
  for (const auto& [slot, bridge] : bridges_) {
    if (bridge.state == nullptr) ends.insert(bridge.from);
  }
  for (const StreamEnd& end : ends) {
    if (!catch_up_.to(end)) return false;
  }
  options_.on_follower([&](Follower& f) {
    for (auto each = bridges_.begin(); each != bridges_.end();) {
      auto& [slot, bridge] = *each;
      const bool is_warm = f.is_warm(bridge.from.stream, slot);
      if (bridge.state == nullptr && is_warm) bridge.state = f.give(bridge.from.stream, slot);
      // Without a state the new owner's snapshot is waited for.
      each = bridge.state == nullptr ? bridges_.erase(each) : std::next(each);
    }
  });
  return true;
}

}  // namespace frontrow
