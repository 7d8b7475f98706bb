#include "engine/runtime/controller/map_upkeep.h"

#include <fmt/format.h>

#include <utility>

#include "engine/runtime/membership/map_changes.h"

namespace frontrow {

MapUpkeep::MapUpkeep(NewestMap& map, const KnownMembers& members, const ControllerOptions& options)
    : map_(map), members_(members), options_(options) {}

bool MapUpkeep::has_begun() {
  // It was removed from the cluster.
  if (map_->find(options_.self) == nullptr) return false;
  const auto is_here = [this] { return map_->find(options_.self)->stream == options_.stream; };
  if (is_here()) return true;
  if (const std::size_t count = map_->slots_of(options_.self); count > 0) {
    if (!std::exchange(waits_for_takeover_, true)) {
      options_.on_note(fmt::format(
          "this data directory is new: {} slots of this instance are in stream {:016x}, and are "
          "served when the instances with their copies have taken them over",
          count, map_->find(options_.self)->stream));
    }
    return false;
  }
  map_.change("begin a stream", [this](const ClusterMap& map) {
    return begin_stream(map, options_.self, options_.stream);
  });
  return is_here();
}

void MapUpkeep::keep() {
  const Living living = members_.living();
  // One instance is enough, and two do no harm.
  if (living.empty() || *living.begin() != options_.self) return;
  const auto begin = [&](const ClusterMap& map) { return begin_slots(map, living); };
  const auto refill = [&](const ClusterMap& map) { return refill_followers(map, living); };
  if (map_.is_needed(begin) && options_.may_begin_slots()) map_.change("begin slots", begin);
  if (map_.is_needed(refill)) map_.change("refill followers", refill);
}

}  // namespace frontrow
