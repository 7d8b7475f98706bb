// A cluster's file as text for people. Pure; any thread.
#pragma once

#include <string>

#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {

// All instances with their addresses, slots and shares, and the pins.
std::string overview_text(const ClusterFile& file, const SlotMap& map);
// The slot and the instance of an entity, such as "concert 7".
std::string whereabouts_text(const ClusterFile& file, const SlotMap& map, const std::string& what,
                             SlotId slot);

}  // namespace frontrow::cluster
