// Conditions that hold in every slot after every step. Scans the whole slot: for tests and
// recovery, not for serving. The slot's thread.
#pragma once

#include <string>
#include <vector>

#include "engine/core/state/slot.h"

namespace frontrow {

// One line per violation, naming the concert, user, seat or hold; empty if the slot is consistent.
std::vector<std::string> check_invariants(const Slot& slot);

// The state hash computed from scratch, to compare with the maintained one.
StateHash recompute_hash(const Slot& slot);

}  // namespace frontrow
