// A directory below $TMPDIR (or /tmp) for one measurement, removed at its end. The measurement
// includes the sync of that file system.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "engine/base/check.h"

namespace frontrow {

class BenchDirectory {
 public:
  BenchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "frontrow-bench-XXXXXX").string();
    FR_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    std::filesystem::create_directory(path());
  }
  BenchDirectory(const BenchDirectory&) = delete;
  BenchDirectory& operator=(const BenchDirectory&) = delete;
  ~BenchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path() const { return path_ + "/data"; }

 private:
  std::string path_;
};

}  // namespace frontrow
