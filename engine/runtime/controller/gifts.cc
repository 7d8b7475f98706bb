#include "engine/runtime/controller/gifts.h"

#include <algorithm>
#include <utility>

#include "engine/runtime/membership/map_changes.h"

namespace frontrow {

Gifts::Gifts(NewestMap& map, const KnownMembers& members, const WantedMoves& moves,
             SlotRoles& roles, const Founding& founding, const ControllerOptions& options)
    : map_(map),
      members_(members),
      moves_(moves),
      roles_(roles),
      founding_(founding),
      options_(options) {}

void Gifts::begin(InstanceId to, const std::vector<SlotId>& slots) {
  Gift gift{.to = to, .slots = {}};
  for (const SlotId slot : slots) {
    if (!may_go(slot, to) || gift.slots.size() == kGiftSlotsMax) continue;
    roles_.yield(slot);
    gift.slots.push_back(slot);
  }
  if (!gift.slots.empty()) gifts_.push_back(std::move(gift));
}

bool Gifts::may_go(SlotId slot, InstanceId to) const {
  const bool belongs_there =
      std::ranges::find(moves_.of_owners(), SlotMove{slot, options_.self, to}) !=
      moves_.of_owners().end();
  return slot.value < kSlotCount && belongs_there && roles_.of(slot) == SlotRole::kServing &&
         !founding_.is_unfounded(slot);
}

bool Gifts::give() {
  std::vector<Gift> gifts = std::exchange(gifts_, {});
  bool has_given = false;
  for (Gift& gift : gifts) {
    const bool is_ready = this->is_ready(gift);
    const MapOutcome outcome = is_ready ? hand_over_gift(gift) : MapOutcome::kUnknown;
    gift.is_in_doubt |= is_ready && outcome == MapOutcome::kUnknown;
    if (outcome == MapOutcome::kChanged) {
      has_given = true;
    } else if (outcome == MapOutcome::kUnknown || (gift.is_in_doubt && !map_.supersede())) {
      // The change may come into the map later: tried again, and not served meanwhile.
      gifts_.push_back(std::move(gift));
    } else {
      keep(gift);
    }
  }
  return has_given;
}

bool Gifts::is_ready(const Gift& gift) const {
  return std::ranges::all_of(gift.slots,
                             [this](SlotId slot) { return roles_.of(slot) == SlotRole::kYielded; });
}

MapOutcome Gifts::hand_over_gift(const Gift& gift) {
  const std::uint64_t group = options_.journal->last_group();
  const Living living = members_.living();
  const MapOutcome outcome =
      map_.change("hand over", [&](const ClusterMap& map) -> Result<ClusterMap> {
        if (!living.contains(gift.to)) return Error{"the other instance is gone"};
        auto next = hand_over(map, gift.slots, options_.self, gift.to, living);
        if (!next.ok()) return next;
        for (const SlotId slot : gift.slots) {
          next->taken.erase(slot);
          if (roles_.has_yielded_state(slot)) next->taken[slot] = {options_.stream, group};
        }
        return next;
      });
  if (outcome == MapOutcome::kChanged) given_count_ += gift.slots.size();
  return outcome;
}

// Serves the slots again that are still this instance's.
void Gifts::keep(const Gift& gift) {
  for (const SlotId slot : gift.slots) {
    // The change has taken effect: the next step adopts it.
    if (map_->place(slot).owner != options_.self) continue;
    roles_.serve(slot, roles_.take_yielded(slot));
  }
}

void Gifts::drop(SlotId slot) {
  for (Gift& gift : gifts_) std::erase(gift.slots, slot);
  std::erase_if(gifts_, [](const Gift& gift) { return gift.slots.empty(); });
}

}  // namespace frontrow
