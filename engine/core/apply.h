// apply: the only way in which a slot changes. Total for events that decide or expire made from the
// same state; recovery enters here and nowhere else. An event that does not fit is a mistake of the
// programmer or a log that was not checked, and crashes.
#pragma once

#include "engine/core/protocol/event.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// `time` is the record's. One thread per slot.
void apply(Slot& slot, const Event& event, Instant time);

// Brings into the cache what apply will look for: a replay waits for memory more than for anything
// else. What is looked for hangs on one another, so it is asked for in steps, in this order and
// with some events between them. Of no effect otherwise.
enum class PrefetchStep {
  kIndexes,  // of users; and what is found by a number
  kEntries,  // what the indexes say
  kTails     // where the entries' own lists end
};
void prefetch(const Slot& slot, const Event& event, PrefetchStep step);
void prefetch(const Slot& slot);

// Used by apply only: events of one concert, of wallets, of the directory.
void apply_to_concert(Concert& concert, const Event& event, Instant time);
void apply_to_wallets(Slot& slot, const Event& event, Instant time);

}  // namespace frontrow
