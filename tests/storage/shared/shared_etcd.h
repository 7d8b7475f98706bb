// One etcd of one member for all tests of a process.
#pragma once

#include <memory>

#include "engine/runtime/shared_log/consensus_store.h"

namespace frontrow {

// nullptr: this build or this machine has no etcd.
std::unique_ptr<ConsensusStore> open_shared_etcd();

}  // namespace frontrow
