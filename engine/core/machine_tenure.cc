// Records of ownership changes. The decisions are made by slot migration
// (engine/runtime/shard/handover.h).
#include <fmt/format.h>

#include "engine/core/apply.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/machine.h"

namespace frontrow {

void Machine::seal(Slot& slot, InstanceId to, std::uint64_t map, Instant now, Effects& out) {
  log_alone(slot, SlotSealed{to, map}, now, out);
}

void Machine::release(Slot& slot, Instant now, Effects& out) {
  log_alone(slot, SlotReleased{slot.tenure.peer}, now, out);
}

void Machine::open(Slot& slot, std::uint64_t map, Instant now, Effects& out) {
  log_alone(slot, SlotOpened{map}, now, out);
}

void Machine::note_begun(Slot& slot, InstanceId instance, Instant now, Effects& out) {
  log_alone(slot, InstanceBegan{instance}, now, out);
}

void Machine::log_alone(Slot& slot, Event event, Instant now, Effects& out) {
  out.clear();
  apply(slot, event, now);
  out.events.push_back(std::move(event));
  finish(slot, now, out);
}

Status Machine::adopt(Slot& slot, const SlotAdopted& as, std::vector<SlotPart>&& parts, Instant now,
                      Effects& out) {
  out.clear();
  apply(slot, as, now);
  out.events.push_back(as);
  for (SlotPart& part : parts) {
    if (Status loaded = load_state_part(part.part, slot); !loaded.ok()) return loaded;
    out.events.push_back(std::move(part));
  }
  if (slot.seq != as.seq || slot.state_hash() != as.hash) {
    return Error{fmt::format("it is at sequence {} with state hash {:016x}, not at {} with {:016x}",
                             slot.seq, slot.state_hash(), as.seq, as.hash)};
  }
  finish(slot, std::max(now, slot.time), out);
  return {};
}

}  // namespace frontrow
