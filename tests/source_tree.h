// Files of the source tree that tests compare with what the program does: documents and samples.
#pragma once

#include <filesystem>

namespace frontrow {

inline std::filesystem::path source_tree() {
  return std::filesystem::path(__FILE__).parent_path().parent_path();
}

}  // namespace frontrow
