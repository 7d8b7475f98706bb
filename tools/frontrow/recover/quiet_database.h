// Suppression of RocksDB's own messages. One thread.
#pragma once

#include <spdlog/spdlog.h>

namespace frontrow::recover {

// While this object lives, RocksDB logs only critical errors: after damage it would repeat at every
// key the message that the command prints once, and a follower would warn about its own memory
// only.
class QuietDatabase {
 public:
  QuietDatabase() : level_(spdlog::get_level()) { spdlog::set_level(spdlog::level::critical); }
  ~QuietDatabase() { spdlog::set_level(level_); }
  QuietDatabase(const QuietDatabase&) = delete;
  QuietDatabase& operator=(const QuietDatabase&) = delete;

 private:
  spdlog::level::level_enum level_;
};

}  // namespace frontrow::recover
