#include "engine/runtime/controller/wanted_moves.h"

#include <utility>

namespace frontrow {

void WantedMoves::update(const ClusterMap& map, const Living& living, const Living& staying) {
  if (revision_ == map.revision() && living_ == living && staying_ == staying) return;
  revision_ = map.revision();
  living_ = living;
  staying_ = staying;
  if (Placement placement(map, staying); placement != placement_) {
    placement_ = std::move(placement);
    places_ = placement_.places();
  }
  owners_ = moves_wanted(map, living, places_);
  followers_ = follower_moves_wanted(map, living, places_);
  // A stop is short: new copies of all that the instance follows would outlast it.
  if (living != staying) followers_.clear();
}

}  // namespace frontrow
