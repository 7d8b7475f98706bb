// RocksDB's own messages kept back. One thread.
#pragma once

#include <spdlog/spdlog.h>

namespace frontrow::recover {

// While it lives, RocksDB says nothing below an error that ends the process: behind damage it would
// repeat at every key what the command says once, and a follower would warn of what only concerns
// its own memory.
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
