// The commands that change the slot map, and wait until the instances have acted on it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/map_request.h"

namespace frontrow::cluster {

// Shown while a command waits: slots that have moved, of how many, and a note.
using OnProgress =
    std::function<void(std::uint64_t done, std::uint64_t total, const std::string& note)>;

// Changes the map, unless `dry_run`; the text tells the operator the consequences.
Result<std::string> change_map(ConsensusStore& store, const ClusterArgs& args,
                               const MapRequest& request, bool dry_run, const Patience& patience);

// Waits until the instance of a PinSlot owns the slot, or that of a DrainInstance owns none. Fails
// after `limit`, and for any other request. A store that does not answer is asked again.
Result<std::string> await_change(ConsensusStore& store, const ClusterArgs& args,
                                 const MapRequest& request, Duration limit,
                                 const Patience& patience, const OnProgress& on_progress);

}  // namespace frontrow::cluster
