#include "storage/local/rocks_logger.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace frontrow {
namespace {

class RocksLogger final : public rocksdb::Logger {
 public:
  RocksLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list args) override {
    Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, args);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list args) override {
    if (level < GetInfoLogLevel()) return;
    std::array<char, 1024> text;  // longer messages are cut
    if (std::vsnprintf(text.data(), text.size(), format, args) < 0) return;
    spdlog::log(level_of(level), "rocksdb: {}", std::string_view(text.data()));
  }
  // Drops the dump of all options at open.
  void LogHeader(const char*, va_list) override {}

 private:
  static spdlog::level::level_enum level_of(rocksdb::InfoLogLevel level) {
    switch (level) {
      case rocksdb::InfoLogLevel::WARN_LEVEL:
        return spdlog::level::warn;
      case rocksdb::InfoLogLevel::ERROR_LEVEL:
      case rocksdb::InfoLogLevel::FATAL_LEVEL:
        return spdlog::level::err;
      default:
        return spdlog::level::debug;
    }
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_logger() { return std::make_shared<RocksLogger>(); }

}  // namespace frontrow
