// Options of the kind that `drop` and `simulate` have: numbers and times within bounds, that say
// so in their help and in their one line of refusal.
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
// The whole text as an integer.
std::optional<std::int64_t> parse_integer(std::string_view text);

// spike, ramp, poisson or csv:FILE; `csv` gets the file's name. Anything else is refused in the
// words of --shape.
Result<drop::Shape> parse_shape(const std::string& text, std::string& csv);

struct Bounds {
  std::int64_t min;
  std::int64_t max;
};

// Adds options to a command, group by group. A value that is out of its bounds is refused while
// the command line is parsed; what the options are bound to must live until then.
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
  // "N" or "N,N,...": one after the other in `values`, whose content is the default.
  CLI::Option* numbers(const char* flag, std::vector<std::uint32_t>& values, const char* help,
                       const char* unit, Bounds bounds);
  CLI::Option* duration(const char* flag, std::int64_t& ms, const char* help, Bounds bounds_ms);
  // "TIME" or "SPREAD:TIME".
  CLI::Option* think(const char* flag, drop::ThinkTime& think, const char* help, Bounds bounds_ms);
  // Of the fans.
  void percent(const char* flag, double& value, const char* help);
  CLI::Option* text(const char* flag, std::string& value, const char* help, const char* type);

 private:
  CLI::Option* integer(const char* flag, std::function<void(std::int64_t)> take,
                       std::int64_t by_default, const char* help, const char* unit, Bounds bounds);

  CLI::App* command_ = nullptr;
  std::string group_;
};

}  // namespace frontrow
