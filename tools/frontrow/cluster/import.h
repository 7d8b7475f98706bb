// `frontrow cluster import`: the data directory of a single instance becomes the first of a new
// cluster.
//
// In this order, so that an interrupted call is finished by the next one: the directory is read as
// at a start, and kept from being opened; the store gets the state of its stream, at its position;
// the map gets the instance with all slots, if the stream's state is still that one; the directory
// gets the identity of the cluster.
#pragma once

#include <string>

#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {

// The map in which the instance owns all slots, which are in this stream; the same map if it does
// already. Fails if another instance owns a slot, or this one with another stream.
Result<ClusterMap> with_imported(const ClusterMap& map, const std::string& instance,
                                 std::uint64_t stream);

// The text for the operator. Nothing is written with args.dry_run.
Result<std::string> import_into(ConsensusStore& store, const ImportArgs& args,
                                const Patience& patience);

}  // namespace frontrow::cluster
