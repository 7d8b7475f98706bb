// The root of the source tree, for tests that compare its documents and samples with the program.
#pragma once

#include <filesystem>

namespace frontrow {

inline std::filesystem::path source_tree() {
  return std::filesystem::path(__FILE__).parent_path().parent_path();
}

}  // namespace frontrow
