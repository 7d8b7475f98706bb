// Checks of a simulated sale that is over, or stopped at any time: the engine's own invariants in
// every slot, the money, and that the replies to the fans agree with the engine. Walks all slots.
// One thread.
#pragma once

#include "tools/frontrow/simulate/core.h"
#include "tools/frontrow/simulate/crowd.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::simulate {

// Adds one line for each violation.
void check_books(const Core& core, const Crowd& crowd, drop::Violations& violations);

}  // namespace frontrow::simulate
