// Environment variables of the long tests.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace frontrow::cluster {

// The number in an environment variable, or `otherwise` if it is not set.
inline std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

}  // namespace frontrow::cluster
