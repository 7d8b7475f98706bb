// What must hold when a simulated sale is over, or stopped anywhere: the engine's own invariants in
// every slot, the money, and that the fans were told what the engine holds. Walks everything. One
// thread.
#pragma once

#include "tools/frontrow/simulate/core.h"
#include "tools/frontrow/simulate/crowd.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::simulate {

// Adds one line for each violation.
void check_books(const Core& core, const Crowd& crowd, drop::Violations& violations);

}  // namespace frontrow::simulate
