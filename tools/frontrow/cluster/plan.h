// What a change of a cluster's file would move. Pure; any thread.
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

// Fails where nothing is to be changed, where a change does not fit the file, and where the result
// could not be a cluster. `before` must be one: as parse_cluster_text gives it.
Result<Plan> make_plan(const ClusterFile& before, const Changes& changes);

// A table for people, ending with a line's end.
std::string plan_text(const Plan& plan);
// One object:
//   name, revision {before, after}, mapHash {before, after}: hashes as 16 hexadecimal digits
//   instances [{id, weight {before, after}, slots {before, after}, share {before, after}}]: weight
//     null where the instance is not there; share of all slots, 0 to 1
//   moves [{from, to, slots: [numbers]}], slotsMoved
//   leavingWithSlots [ids]: of instances that can't hand over what they have, as they are gone
std::string plan_json(const Plan& plan);

// "96b1f00c5a1d3e07"
std::string hash_text(const SlotMap& map);

}  // namespace frontrow::cluster
