// Snapshots of slots on their ways: from an owner's messages into memory, from memory into the
// archive of a copy, and from a copy into the archive of the own stream (founding).
//
// Thread: one, the copy thread (copies.h).
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/copies.h"
#include "engine/runtime/replication/copy_messages.h"

namespace frontrow {

// Fails if the parts do not lead to the sequence and the state hash of the head.
Status load_snapshot(const SnapshotHead& head, std::span<const SharedBytes> parts, Slot& slot);

// The slot's state as of the group. `time`: of its newest record, by the clock of the stream's
// instance (SnapshotHead::time).
Status write_snapshot(Archive& archive, SlotId id, const Slot& slot, std::uint64_t group,
                      Instant time);

// Writes snapshots of slots, as of the end of a copied stream, to the archive of the own stream, in
// which their records go on after `own_group`. Durable on return. The copy keeps no snapshot of
// them. Fails if the copy does not lead to the state of each.
Status found_slots(Copies& copies, const StreamEnd& end, std::span<const SlotId> slots,
                   Archive& own, std::uint64_t own_group);

}  // namespace frontrow
