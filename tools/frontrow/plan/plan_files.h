// Reading and writing of files as a whole. Blocking; the errors name the file.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace frontrow::plans {

Result<std::string> read_whole_file(const std::string& path);

// Writes PATH.new, syncs it and gives it the file's name.
Status replace_file(const std::string& path, std::string_view text);

}  // namespace frontrow::plans
