// The end of a stream for a slot: the slot's state as of this group of the stream.
#pragma once

#include <cstdint>

namespace frontrow {

struct StreamEnd {
  std::uint64_t stream = 0;
  std::uint64_t group = 0;
  auto operator<=>(const StreamEnd&) const = default;
};

}  // namespace frontrow
