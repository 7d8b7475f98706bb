// Passes RocksDB's own messages to the process's spdlog logger. RocksDB never opens a LOG file of
// its own: Debian's build asserts that writing one can't fail.
//
// Threads: any; spdlog's logger is thread-safe. Warnings and errors only.
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace frontrow {

std::shared_ptr<rocksdb::Logger> make_rocks_logger();

}  // namespace frontrow
