// Serves the slots that the map gives to this instance, once their state is here. The state of a
// slot comes from one of these:
//
//   the own stream, as it was recovered
//   the own stream, once more: the slot was given away and came back
//   the copy of another stream, of which the map names the end: the slot was taken over
//   that copy and the own stream: the slot was taken over before a restart, and had no snapshot yet
//
// Thread: that of step(); taken_count() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "engine/core/state/slot.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/controller/catch_up.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/founding.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/slot_roles.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow {

class OwnedSlots {
 public:
  // All of them must outlive the object.
  OwnedSlots(Engine& engine, const NewestMap& map, SlotRoles& roles, Founding& founding,
             CatchUp& catch_up, const ControllerOptions& options);

  // The slots that are not served yet.
  void serve();

  // Slots that were served from copies since the start.
  std::uint64_t taken_count() const { return taken_count_.load(); }

 private:
  std::optional<StreamEnd> end_of_tenure(const Slot* state) const;
  void serve_again(const std::vector<SlotId>& slots);
  void close_gaps(const FoundingBase& base, const std::vector<SlotId>& slots);
  void serve_taken(const StreamEnd& end, const std::vector<SlotId>& slots);
  void note_lost(SlotId slot);

  Engine& engine_;
  const NewestMap& map_;
  SlotRoles& roles_;
  Founding& founding_;
  CatchUp& catch_up_;
  const ControllerOptions& options_;
  std::set<SlotId> lost_;  // slots with a gap that can't be recovered
  std::atomic<std::uint64_t> taken_count_{0};
};

}  // namespace frontrow
