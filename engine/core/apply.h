// apply: the only way in which a slot changes. Total for events that decide or expire made from the
// same state; recovery enters here and nowhere else. An event that does not fit is a mistake of the
// programmer or a log that was not checked, and crashes.
#pragma once

#include "engine/core/event.h"
#include "engine/core/slot.h"

namespace frontrow {

// `time` is the record's. One thread per slot.
void apply(Slot& slot, const Event& event, Instant time);

// Brings into the cache what apply will look for first: a replay waits for memory more than for
// anything else. Of no effect otherwise.
void prefetch(const Slot& slot, const Event& event);

// Used by apply only: events of one concert, of wallets, of the directory.
void apply_to_concert(Concert& concert, const Event& event, Instant time);
void apply_to_wallets(Slot& slot, const Event& event, Instant time);

template <class... F>
struct Match : F... {
  using F::operator()...;
};
template <class... F>
Match(F...) -> Match<F...>;

}  // namespace frontrow
