// The directory that a command of the recovery tool writes into, and what lies beside the log.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// Makes `to` (0700), whose parent must exist. Refuses one that is not empty, or that is the
// source or lies inside it. Nothing of the source is touched.
Status make_target(const std::string& to, const std::string& source);

// Copies what the server keeps beside the log, DIR/admin.key and DIR/token.keys, as files that only
// their owner can read. Returns the names of those that were there.
Result<std::vector<std::string>> copy_secrets(const std::string& source, const std::string& to);
// The line about them for the operator.
std::string describe_secrets(const std::vector<std::string>& copied);

// One file, whole or not at all: written aside, synced, given its name. The name is durable once
// the directory is synced.
Status write_whole_file(const std::string& path, std::string_view text);

}  // namespace frontrow::recover
