// `frontrow cluster init`: creates a cluster without instances in the consensus store.
#pragma once

#include <cstdint>
#include <string>

#include "tools/frontrow/cluster/access.h"

namespace frontrow::cluster {

// The text for the operator, with the next steps. Fails if the cluster exists.
Result<std::string> create(ConsensusStore& store, const ClusterArgs& args, std::uint32_t copies,
                           const Patience& patience);

}  // namespace frontrow::cluster
