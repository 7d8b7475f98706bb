// apply: the only code that changes a slot. Accepts every event that decide or expire made from the
// same state; recovery calls apply and no other code that changes state. An event that does not fit
// the state is a mistake of the programmer or an unchecked log, and aborts the process.
#pragma once

#include "engine/core/protocol/event.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// `time` is the record's. One thread per slot.
void apply(Slot& slot, const Event& event, Instant time);

// Prefetches the memory that apply will read: memory latency dominates a replay. Each step follows
// pointers that the step before has brought into the cache, so the caller runs the steps in this
// order with some events between them. Changes no state.
enum class PrefetchStep {
  kIndexes,  // indexes of users, and entries found by a number
  kEntries,  // entries that the indexes point to
  kTails     // ends of the entries' own lists
};
void prefetch(const Slot& slot, const Event& event, PrefetchStep step);
void prefetch(const Slot& slot);

// Called by apply only: events of one concert, of wallets.
void apply_to_concert(Concert& concert, const Event& event, Instant time);
void apply_to_wallets(Slot& slot, const Event& event, Instant time);

}  // namespace frontrow
