#include "tests/faults/wall_clock.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>

#include "engine/base/check.h"

namespace frontrow::faults {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariables[] = {"LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE",
                                      "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"};

// As installed by Debian's package libfaketime: below the folder of the machine's architecture.
fs::path find_library() {
  std::error_code error;
  for (fs::directory_iterator at("/usr/lib", error), end; !error && at != end;
       at.increment(error)) {
    const fs::path library = at->path() / "faketime/libfaketimeMT.so.1";
    if (fs::exists(library, error)) return library;
  }
  return {};
}

}  // namespace

WallClock::WallClock() {
  std::string name = (fs::temp_directory_path() / "frontrow-clock-XXXXXX").string();
  FR_CHECK(::mkdtemp(name.data()) != nullptr);
  directory_ = name;
  const fs::path library = find_library();
  if (library.empty()) {
    why_not_ = "the package libfaketime is not installed";
    return;
  }
  set_ahead(0);
  const std::string file = (directory_ / "ahead").string();
  const std::string values[] = {library.string(), file, "1", "1", "1"};
  for (std::size_t i = 0; i < std::size(kVariables); ++i)
    FR_CHECK(::setenv(kVariables[i], values[i].c_str(), 1) == 0);
}

WallClock::~WallClock() {
  for (const char* variable : kVariables) ::unsetenv(variable);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void WallClock::set_ahead(int seconds) {
  const fs::path draft = directory_ / "draft";
  std::ofstream(draft) << fmt::format("{:+d}\n", seconds);
  fs::rename(draft, directory_ / "ahead");  // atomic for readers
}

}  // namespace frontrow::faults
