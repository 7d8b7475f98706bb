// `frontrow cluster show`: the slot map as text. Pure functions.
#pragma once

#include <string>

#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/membership/cluster_record.h"

namespace frontrow::cluster {

// All instances with their slots, and the pins.
std::string overview_text(const ClusterRecord& record, const ClusterMap& map);

// "concert 7: slot 301, owner box-1, followers box-2". `what`: the beginning of the
// line; may be empty.
std::string whereabouts_text(const ClusterMap& map, const std::string& what, SlotId slot);

}  // namespace frontrow::cluster
