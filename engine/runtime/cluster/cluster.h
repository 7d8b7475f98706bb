// An instance's view of a static cluster, whose instances compute the owner of each slot from a
// file.
#pragma once

#include <string>

#include "engine/runtime/cluster/links.h"
#include "engine/runtime/cluster/slot_map.h"

namespace frontrow {

// Fixed for the life of an instance.
struct ClusterView {
  std::string name;     // of the cluster: instances of different clusters reject each other
  InstanceId self = 0;  // in the map
  SlotMap map;
};

}  // namespace frontrow
