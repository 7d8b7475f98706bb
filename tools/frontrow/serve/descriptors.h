// Distribution of the descriptors that the process may have: the log, the threads and the links to
// peers are served first, clients get the rest. A log that can't open a file ends the process, but
// a client with a 503 retries. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/result.h"

namespace frontrow {

struct DescriptorNeeds {
  std::uint32_t connections = 0;  // as configured
  std::uint32_t reserved = 0;     // over that, for health and operators
  std::uint32_t ops = 0;          // of the operators' listener
  std::uint32_t refusals = 0;     // of one thread, as configured
  std::uint32_t threads = 0;
  std::uint32_t listeners = 0;  // addresses, including the one for peers
  std::uint32_t peers = 0;
};

struct DescriptorShares {
  std::uint32_t connections = 0;
  std::uint32_t refusals = 0;  // of one thread
  int database_files = 0;
  std::size_t wanted = 0;  // descriptors for the full configuration
};

// The error is a line for the operator: too few descriptors to serve any client.
Result<DescriptorShares> share_descriptors(const DescriptorNeeds& needs, std::size_t allowed);

}  // namespace frontrow
