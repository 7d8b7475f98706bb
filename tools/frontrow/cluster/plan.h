// The slot moves that a change of a cluster's file causes. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {

struct Plan {
  ClusterFile before;
  ClusterFile after;  // one revision up
  SlotMap map_before;
  SlotMap map_after;
  std::map<std::pair<InstanceId, InstanceId>, std::vector<SlotId>> moves;  // from, to

  std::size_t slots_moved() const;
};

// Fails if there is no change, if a change does not fit the file, or if the result is not a valid
// cluster. `before` must be valid, as returned by parse_cluster_text().
Result<Plan> make_plan(const ClusterFile& before, const Changes& changes);

// A table for people, ending with a newline.
std::string plan_text(const Plan& plan);
// One object:
//   name, revision {before, after}, mapHash {before, after}: hashes as 16 hexadecimal digits
//   instances [{id, weight {before, after}, slots {before, after}, share {before, after}}]: weight
//     null where the file lacks the instance; share of all slots, 0 to 1
//   moves [{from, to, slots: [numbers]}], slotsMoved
//   leavingWithSlots [ids]: removed instances that still own slots and can no longer migrate them
std::string plan_json(const Plan& plan);

// "96b1f00c5a1d3e07"
std::string hash_text(const SlotMap& map);

}  // namespace frontrow::cluster
