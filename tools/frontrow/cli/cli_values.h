// Option types of `drop` and `simulate`: numbers and times with bounds. Help text and error message
// of an option name its bounds.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow {

inline constexpr std::int64_t kHourMs = 3'600'000;

// "500ms", "60s", "5m", "1h" in milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text);
std::string duration_text(std::int64_t ms);
// Parses the whole text as an integer.
std::optional<std::int64_t> parse_integer(std::string_view text);

struct Bounds {
  std::int64_t min;
  std::int64_t max;
};

// Adds options to a command, group by group. Parsing the command line rejects a value out of its
// bounds. The variables that the options are bound to must live until then.
class OptionAdder {
 public:
  void begin(CLI::App* command, std::string group);
  CLI::App* command() { return command_; }
  const std::string& group() const { return group_; }

  template <class T>
  CLI::Option* number(const char* flag, T& value, const char* help, const char* unit,
                      Bounds bounds) {
    return integer(
        flag, [&value](std::int64_t read) { value = static_cast<T>(read); },
        static_cast<std::int64_t>(value), help, unit, bounds);
  }
  // "N" or "N,N,...": replaces `values`, whose content on entry is the default.
  CLI::Option* numbers(const char* flag, std::vector<std::uint32_t>& values, const char* help,
                       const char* unit, Bounds bounds);
  CLI::Option* duration(const char* flag, std::int64_t& ms, const char* help, Bounds bounds_ms);
  // "TIME" or "SPREAD:TIME".
  CLI::Option* think(const char* flag, drop::ThinkTime& think, const char* help, Bounds bounds_ms);
  // A percentage of the fans.
  void percent(const char* flag, double& value, const char* help);
  CLI::Option* text(const char* flag, std::string& value, const char* help, const char* type);

 private:
  // `take` parses and stores the value, or throws the CLI error that rejects the command line.
  CLI::Option* parsed(const char* flag, const char* type, const std::string& help,
                      std::function<void(const std::string&)> take);
  CLI::Option* integer(const char* flag, std::function<void(std::int64_t)> take,
                       std::int64_t by_default, const char* help, const char* unit, Bounds bounds);

  CLI::App* command_ = nullptr;
  std::string group_;
};

}  // namespace frontrow
