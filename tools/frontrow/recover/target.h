// The output directory of a `frontrow recover` command, and the secrets that lie beside the log.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// Creates `to` (0700), whose parent must exist. Refuses a directory that is not empty, is the
// source, or lies inside the source. Does not change the source.
Status make_target(const std::string& to, const std::string& source);

// Copies the server's secrets beside the log, DIR/admin.key and DIR/token.keys, as files that only
// their owner can read. Returns the names of the existing ones.
Result<std::vector<std::string>> copy_secrets(const std::string& source, const std::string& to);
// The line for the operator about the copied secrets.
std::string describe_secrets(const std::vector<std::string>& copied);

// Writes one file atomically: written aside, synced, renamed. The name is durable once the
// directory is synced.
Status write_whole_file(const std::string& path, std::string_view text);

}  // namespace frontrow::recover
