// The changes of the slot map that an operator may ask for, as pure functions over the map.
//
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "engine/base/result.h"
#include "engine/runtime/membership/cluster_map.h"
#include "tools/frontrow/cluster/target.h"

namespace frontrow::cluster {

struct AddInstance {
  std::string name;
  std::uint32_t weight = 100;
};
struct RemoveInstance {
  std::string name;
};
struct SetWeight {
  std::string name;
  std::uint32_t weight = 100;
};
struct PinSlot {
  Target target;
  std::string name;
};
struct UnpinSlot {
  Target target;
};
struct DrainInstance {
  std::string name;
  bool is_draining = true;
};
struct SetCopies {
  std::uint32_t copies = 2;
};
using MapRequest = std::variant<AddInstance, RemoveInstance, SetWeight, PinSlot, UnpinSlot,
                                DrainInstance, SetCopies>;

// The next map, or one line for the operator: an unknown instance comes with the names of all.
Result<ClusterMap> apply_request(const MapRequest& request, const ClusterMap& map);

// The state that the request asks for: "the weight of box-2 is 50".
std::string request_text(const MapRequest& request);

// The instance of this name, or the error that lists the names.
Result<InstanceId> instance_named(const ClusterMap& map, std::string_view name);

// "box-1", or "instance 7" for an id that the map does not have.
std::string instance_name(const ClusterMap& map, InstanceId id);

// The moves of slots that the change leads to if all instances of the map live, and other effects
// that an operator may not expect. Lines with a newline each.
std::string consequences(const ClusterMap& before, const ClusterMap& after);

}  // namespace frontrow::cluster
