// Opens the consensus store of a cluster, for the server and for the commands of an operator. The
// only place of the program that knows which store it is.
//
// Any thread.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/shared_log/consensus_store.h"
#include "tools/frontrow/config/store_config.h"

namespace frontrow {

// Does not wait for a member. The error is a line for the operator: a malformed endpoint, a file
// that can't be read, a program that was built without etcd.
Result<std::unique_ptr<ConsensusStore>> open_store(const StoreConfig& config,
                                                   Duration deadline = seconds(1));

// The endpoints as a list, for messages: "10.0.0.1:2379, 10.0.0.2:2379".
std::string endpoints_text(const StoreConfig& config);

}  // namespace frontrow
