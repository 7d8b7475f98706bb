// Carries out wanted moves towards this instance, once the slots are warm here: so no complete copy
// is given up for an incomplete one. A slot of another owner is asked for, and its owner changes
// the map (gifts.h); a follower of another instance is replaced by this one in the map.
//
// Thread: that of ClusterController::step().
#pragma once

#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/wanted_moves.h"

namespace frontrow {

void ask_for_slots(const ClusterMap& map, const WantedMoves& moves,
                   const ControllerOptions& options);
void replace_followers(NewestMap& map, const WantedMoves& moves, const ControllerOptions& options);

}  // namespace frontrow
