// The position of a stream: its newest group, or any other one.
//
// A group's chain hash covers the chain hash of the group before, so a position stands for the
// whole stream up to it. Threads: a value.
#pragma once

#include <cstdint>

namespace frontrow {

// A new stream is at number 0, hash 0.
struct ChainPosition {
  std::uint64_t stream = 0;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
  std::uint64_t hash = 0;
};

}  // namespace frontrow
