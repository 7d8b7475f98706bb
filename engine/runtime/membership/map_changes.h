// The changes of the slot map: pure functions from a map to the next one, for
// ClusterMapStore::change(). Each keeps all places that it need not change, and leaves revision and
// author to the store. A result that equals the map means that there is nothing to do; an error
// means that the map does not permit the change.
//
// A slot that has begun always has an owner: no change takes it away, also if the owner and all
// followers are gone. Only an instance with a copy takes a slot over, since another one would begin
// it anew in silence.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/result.h"
#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/membership/placement.h"

namespace frontrow {

// By the operator ---------------------------------------------------------------------------------

// Adds an instance under the lowest id that was never used. Slots come to it by moves_wanted().
// Fails if an instance has the name.
Result<ClusterMap> add_instance(ClusterMap map, std::string_view name, std::uint32_t weight);
Result<ClusterMap> set_weight(ClusterMap map, InstanceId id, std::uint32_t weight);
Result<ClusterMap> set_draining(ClusterMap map, InstanceId id, bool is_draining);
// Fails while the instance owns a slot. Its copies are given up and its pins removed.
Result<ClusterMap> remove_instance(ClusterMap map, InstanceId id);
Result<ClusterMap> pin_slot(ClusterMap map, SlotId slot, InstanceId id);
Result<ClusterMap> unpin_slot(ClusterMap map, SlotId slot);
// Fewer copies drop the last followers; more are filled by refill_followers().
Result<ClusterMap> set_copies(ClusterMap map, std::uint32_t copies);

// By the instances --------------------------------------------------------------------------------

// The instance's slots are in this stream from here on: it has a new data directory. Fails while it
// owns a slot, which is in the stream before.
Result<ClusterMap> begin_stream(ClusterMap map, InstanceId id, std::uint64_t stream);

// Gives the slots that have not begun to the living instances, by placement. Fails if none of them
// may get slots.
Result<ClusterMap> begin_slots(ClusterMap map, const Living& living);

// Gives slots of `dead`, which `taker` follows, to `taker`. `dead` no longer follows any slot.
Result<ClusterMap> take_over(ClusterMap map, InstanceId dead, InstanceId taker,
                             std::span<const SlotId> slots);

// A live move: gives slots of `from` to `to`, which has copied them. The followers are the best of
// the instances that have a copy, `from` among them: living ones first, then by placement. So
// `from` follows if it belongs there, or if its copy is needed until another one is complete.
Result<ClusterMap> hand_over(ClusterMap map, std::span<const SlotId> slots, InstanceId from,
                             InstanceId to, const Living& living);

// Replaces the follower `from` of the slots by `to`, which has copied them.
Result<ClusterMap> replace_follower(ClusterMap map, std::span<const SlotId> slots, InstanceId from,
                                    InstanceId to);

// Replaces followers that are missing or not alive by the next living instances by placement. A
// dead follower for which there is no replacement stays, as its copy may come back; slots whose
// owner is dead stay as they are, as there is no owner to copy from.
Result<ClusterMap> refill_followers(ClusterMap map, const Living& living);

}  // namespace frontrow
