// Takes the slots of departed instances over that this instance follows: seals the departed one's
// stream, catches up with its end, and changes the map in one transaction. That expects the stream
// sealed as it was read, and the member record as it was when the instance departed.
//
// Threads: that of step(); count() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <vector>

#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/controller/catch_up.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

class Takeovers {
 public:
  // All of them must outlive the object.
  Takeovers(SharedLog& log, NewestMap& map, const KnownMembers& members, CatchUp& catch_up,
            const ControllerOptions& options);

  // True: the instance is gone, and the map has changed; its slots are to be served. `instance` is
  // not one of *map, which is replaced.
  bool take_over(const MapInstance& instance);

  // Takeovers since the start.
  std::uint64_t count() const { return count_.load(); }

 private:
  bool take_over(const MapInstance& dead, std::vector<MapExpectation> expected);
  bool is_gone(const MapInstance& instance);
  bool has_all(const Follower& follower, std::uint64_t stream, SlotId slot) const;
  std::vector<SlotId> complete_slots_of(const MapInstance& dead) const;
  std::set<SlotId> drop_incomplete(std::uint64_t stream, std::vector<SlotId>& slots) const;

  SharedLog& log_;
  NewestMap& map_;
  const KnownMembers& members_;
  CatchUp& catch_up_;
  const ControllerOptions& options_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace frontrow
