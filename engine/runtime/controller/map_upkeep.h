// Keeps the map complete, beyond moves and takeovers: the stream of this instance, slots that have
// not begun, and followers that are gone.
//
// Thread: that of step().
#pragma once

#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"

namespace frontrow {

class MapUpkeep {
 public:
  // All of them must outlive the object.
  MapUpkeep(NewestMap& map, const KnownMembers& members, const ControllerOptions& options);

  // Whether the slots that the map gives to this instance are in its directory. If it came with a
  // new one, the others first take over what it owned; then its stream begins.
  bool has_begun();
  // Begins slots and refills followers, if that is this instance's task.
  void keep();

 private:
  NewestMap& map_;
  const KnownMembers& members_;
  const ControllerOptions& options_;
  bool waits_for_takeover_ = false;
};

}  // namespace frontrow
