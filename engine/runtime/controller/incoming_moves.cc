#include "engine/runtime/controller/incoming_moves.h"

#include <map>
#include <utility>
#include <vector>

#include "engine/runtime/controller/gifts.h"
#include "engine/runtime/membership/map_changes.h"

namespace frontrow {
namespace {

// Slots with a state that are asked for together. Those without a state cost little.
constexpr std::size_t kGiftSlots = 64;
static_assert(kGiftSlots <= kGiftSlotsMax);
// Slots whose follower is replaced in one change of the map.
constexpr std::size_t kReplacedSlots = 512;

}  // namespace

void ask_for_slots(const ClusterMap& map, const WantedMoves& moves,
                   const ControllerOptions& options) {
  std::map<InstanceId, std::vector<SlotId>> wanted;
  std::map<InstanceId, std::size_t> with_state;
  options.on_follower([&](Follower& f) {
    for (const SlotMove& move : moves.of_owners()) {
      const MapInstance* const owner = map.find(move.from);
      if (move.to != options.self || owner == nullptr) continue;
      std::vector<SlotId>& slots = wanted[move.from];
      const bool has_state = f.has_state(owner->stream, move.slot);
      if (slots.size() == kGiftSlotsMax || !f.is_warm(owner->stream, move.slot)) continue;
      if (!has_state || with_state[move.from] < kGiftSlots) slots.push_back(move.slot);
      with_state[move.from] += has_state ? 1 : 0;
    }
  });
  for (auto& [owner, slots] : wanted) {
    if (!slots.empty()) options.send(owner, WantSlots{std::move(slots)});
  }
}

void replace_followers(NewestMap& map, const WantedMoves& moves, const ControllerOptions& options) {
  std::vector<SlotMove> ready;
  options.on_follower([&](Follower& f) {
    for (const SlotMove& move : moves.of_followers()) {
      if (move.to != options.self || ready.size() == kReplacedSlots) continue;
      const MapInstance* const owner = map->find(map->place(move.slot).owner);
      if (owner != nullptr && f.is_warm(owner->stream, move.slot)) ready.push_back(move);
    }
  });
  if (ready.empty()) return;
  const ClusterMap seen = *map;
  map.change("replace followers", [&](const ClusterMap& newest) -> Result<ClusterMap> {
    ClusterMap next = newest;
    for (const SlotMove& move : ready) {
      if (newest.place(move.slot) != seen.place(move.slot)) continue;
      auto replaced = replace_follower(std::move(next), {&move.slot, 1}, move.from, move.to);
      if (!replaced.ok()) return replaced;
      next = std::move(*replaced);
    }
    return next;
  });
}

}  // namespace frontrow
