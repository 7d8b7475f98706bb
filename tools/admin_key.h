// The secrets of an instance: the operators' key and the keys of the queue tokens.
//
// What is configured is taken. Otherwise they live in the data directory, as DATA_DIR/admin.key and
// DATA_DIR/token.keys, and are generated on the first start: 32 random bytes each, files of mode
// 0600 that appear whole or not at all (written aside, synced, linked into place). A file that
// others can read is refused with the command that repairs it. Instances that are to accept each
// other's tokens need the same token.keys.
//
// token.keys: one "id:secret in hexadecimal" a line, at most two; the first signs. Empty lines and
// lines that begin with # are skipped.
//
// Starting thread only. Makes the data directory (0700) if it is missing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "net/token.h"

namespace frontrow {

// `configured`: ServeConfig::admin_key, empty if none is.
Result<std::string> load_admin_key(const std::filesystem::path& data_dir,
                                   const std::string& configured);

// `configured`: ServeConfig::token_keys, empty if none are.
Result<std::vector<TokenKey>> load_token_keys(const std::filesystem::path& data_dir,
                                              const std::vector<std::string>& configured);

}  // namespace frontrow
