// How a `frontrow recover` command ends that could not do its work.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace frontrow::recover {

// Prints `recover COMMAND: MESSAGE` for the operator. Returns the exit code of the process.
inline int fail(std::string_view command, const std::string& what, int code = 1) {
  fmt::print(stderr, "recover {}: {}\n", command, what);
  return code;
}

}  // namespace frontrow::recover
