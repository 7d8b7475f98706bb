// Messages between the controllers of two instances (cluster_controller.h), over the links. A lost
// one costs time only.
#pragma once

#include <variant>
#include <vector>

#include "engine/core/protocol/types.h"

namespace frontrow {

struct WantSlots {
  std::vector<SlotId> slots;  // warm at the sender, to which they belong
};
// For the caller of ClusterController::take(): a step is due at once.
struct MapChanged {};

using ControlMessage = std::variant<WantSlots, MapChanged>;

}  // namespace frontrow
