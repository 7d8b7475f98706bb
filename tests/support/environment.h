// Environment variables of the long tests.
#pragma once

#include <stdlib.h>

#include <cstdint>

namespace frontrow {

// The number in an environment variable, or `otherwise` if it is not set.
inline std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* given = ::secure_getenv(name);
  return given == nullptr ? otherwise : ::strtoull(given, nullptr, 10);
}

}  // namespace frontrow
