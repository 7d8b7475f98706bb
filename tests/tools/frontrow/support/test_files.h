// Files with a mode, and secrets, for tests of the programs.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/support/temp_directory.h"

namespace frontrow {

// Digits of a secret that the check for known secrets accepts.
inline const std::string kSecretDigits =
    "9c41f0b75e2d8a3361c7d4500f9eb82a73e0156bd98c4f2a0b67e1c3a5d49f80";

inline void write_file(const std::filesystem::path& path, std::string_view text,
                       mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary) << text;
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace frontrow
