// `frontrow cluster import`: the data directory of a single instance, or the directories of all
// instances of a static cluster, become the first ones of a new cluster.
//
// In this order, so that an interrupted call is finished by the next one: the directories are read
// as at a start, and kept from being opened; the store gets the state of each stream, at its
// position; the map gets the instances with their slots at once, if the states of the streams are
// still those; each directory gets the identity of the cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/cluster/imported_slots.h"

namespace frontrow::cluster {

struct ImportedInstance {
  std::string name;
  std::uint64_t stream = 0;
  StreamPosition end;
};

// The map in which the instances own their slots, which are in their streams; the same map if it
// has slots and all of these streams already. Fails if it has slots otherwise. The instances are in
// the order of the directories in `slots`.
Result<ClusterMap> with_imported(const ClusterMap& map,
                                 const std::vector<ImportedInstance>& instances,
                                 const ImportedSlots& slots);

// The text for the operator. Nothing is written with args.dry_run.
Result<std::string> import_into(ConsensusStore& store, const ImportArgs& args,
                                const Patience& patience);

}  // namespace frontrow::cluster
