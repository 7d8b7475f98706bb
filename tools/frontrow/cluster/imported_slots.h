// The owners of slots in directories that are imported together: that of a single instance, or
// those of all instances of a stopped static cluster.
//
// A slot's owner is the instance whose directory has the slot's newest state (recover/gathering.h).
// In a static cluster a handover may be half done: the slot is sealed for an instance that may have
// gone on with it. If that instance's directory is among the others and has no newer state, the
// sealed state is the newest one.
//
// A directory has no record of its own instance's number, only of the numbers of others: those that
// it gave slots to or got slots from, and those that had begun. Its own number follows from a
// handover on which two directories agree, or because no other number is left.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/types.h"
#include "tools/frontrow/recover/gathering.h"

namespace frontrow::cluster {

struct ImportedSlots {
  // By slot, the index of the directory. None: no directory has begun the slot.
  std::vector<std::optional<std::size_t>> owners;
  std::size_t half_done = 0;  // sealed, and in no other directory

  std::size_t slots_of(std::optional<std::size_t> directory) const;
};

// Fails, in one line with a remedy, if the newest state of a slot is in none of the
// directories or can't be told, and if a directory is not of such an instance.
Result<ImportedSlots> find_owners(const recover::Gathered& gathered);

}  // namespace frontrow::cluster
