#include "tools/frontrow/cli/cli_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "engine/base/text.h"

namespace frontrow {
namespace {

using drop::Spread;

constexpr std::array<std::pair<std::string_view, Spread>, 3> kSpreads = {
    {{"fixed", Spread::kFixed},
     {"uniform", Spread::kUniform},
     {"exponential", Spread::kExponential}}};

std::string think_text(const drop::ThinkTime& think) {
  return fmt::format("{}:{}", kSpreads[static_cast<std::size_t>(think.spread)].first,
                     duration_text(think.mean_ms));
}

// Reads an integer within the bounds; throws the CLI error that rejects the command line.
std::int64_t read_integer(const char* flag, std::string_view text, Bounds bounds) {
  const auto read = parse_integer(text);
  if (!read || *read < bounds.min || *read > bounds.max)
    throw CLI::ValidationError(flag, fmt::format("must be an integer from {} to {}, not \"{}\"",
                                                 bounds.min, bounds.max, text));
  return *read;
}

std::optional<std::int64_t> parse_duration_within(std::string_view text, Bounds bounds_ms) {
  const auto read = parse_duration(text);
  return read && *read >= bounds_ms.min && *read <= bounds_ms.max ? read : std::nullopt;
}

std::string range_text(Bounds bounds_ms) {
  return fmt::format("{} to {}", duration_text(bounds_ms.min), duration_text(bounds_ms.max));
}

// The error that rejects the command line; `or_else` names other forms that the option takes.
CLI::ValidationError not_a_time(const char* flag, Bounds bounds_ms, const char* or_else,
                                const std::string& given) {
  return CLI::ValidationError(
      flag, fmt::format("must be a time with its unit from {}{}, not \"{}\"", range_text(bounds_ms),
                        or_else, given));
}

// Cuts "SPREAD:" off the text. `by_default` if there is no colon, none for an unknown name.
std::optional<Spread> take_spread(std::string_view& text, Spread by_default) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return by_default;
  for (const auto& [name, spread] : kSpreads) {
    if (text.substr(0, colon) != name) continue;
    text.remove_prefix(colon + 1);
    return spread;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  return parse_number<std::int64_t>(text);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::string_view unit = text;
  const auto number = take_number<std::int64_t>(unit);
  if (!number || *number < 0 || *number > 1'000'000'000) return std::nullopt;
  if (unit == "ms") return number;
  if (unit == "s") return *number * 1'000;
  if (unit == "m") return *number * 60'000;
  if (unit == "h") return *number * kHourMs;
  return std::nullopt;
}

std::string duration_text(std::int64_t ms) {
  if (ms % kHourMs == 0 && ms > 0) return fmt::format("{}h", ms / kHourMs);
  if (ms % 60'000 == 0 && ms > 0) return fmt::format("{}m", ms / 60'000);
  if (ms % 1'000 == 0) return fmt::format("{}s", ms / 1'000);
  return fmt::format("{}ms", ms);
}

void OptionAdder::begin(CLI::App* command, std::string group) {
  command_ = command;
  group_ = std::move(group);
}

CLI::Option* OptionAdder::parsed(const char* flag, const char* type, const std::string& help,
                                 std::function<void(const std::string&)> take) {
  return command_->add_option_function<std::string>(flag, std::move(take), help)
      ->type_name(type)
      ->group(group_);
}

CLI::Option* OptionAdder::integer(const char* flag, std::function<void(std::int64_t)> take,
                                  std::int64_t by_default, const char* help, const char* unit,
                                  Bounds bounds) {
  return parsed(
      flag, "N",
      fmt::format("{} ({}, {} to {}, default {})", help, unit, bounds.min, bounds.max, by_default),
      [take = std::move(take), bounds, flag](const std::string& given) {
        take(read_integer(flag, given, bounds));
      });
}

CLI::Option* OptionAdder::numbers(const char* flag, std::vector<std::uint32_t>& values,
                                  const char* help, const char* unit, Bounds bounds) {
  return parsed(flag, "N[,N...]",
                fmt::format("{} ({}, {} to {}, default {})", help, unit, bounds.min, bounds.max,
                            fmt::join(values, ",")),
                [&values, bounds, flag](const std::string& given) {
                  values.clear();
                  std::string_view rest = given;
                  for (bool more = true; more;) {
                    const std::size_t comma = rest.find(',');
                    values.push_back(static_cast<std::uint32_t>(
                        read_integer(flag, rest.substr(0, comma), bounds)));
                    more = comma != rest.npos;
                    if (more) rest.remove_prefix(comma + 1);
                  }
                });
}

CLI::Option* OptionAdder::duration(const char* flag, std::int64_t& ms, const char* help,
                                   Bounds bounds) {
  return parsed(
      flag, "TIME",
      fmt::format("{} (time, {}, default {})", help, range_text(bounds), duration_text(ms)),
      [&ms, bounds, flag](const std::string& given) {
        const auto read = parse_duration_within(given, bounds);
        if (!read) throw not_a_time(flag, bounds, "", given);
        ms = *read;
      });
}

CLI::Option* OptionAdder::think(const char* flag, drop::ThinkTime& think, const char* help,
                                Bounds bounds) {
  return parsed(
      flag, "[SPREAD:]TIME",
      fmt::format("{} (time, {}, default {})", help, range_text(bounds), think_text(think)),
      [&think, bounds, flag](const std::string& given) {
        std::string_view time = given;
        const auto spread = take_spread(time, think.spread);
        const auto read = parse_duration_within(time, bounds);
        if (!spread || !read)
          throw not_a_time(flag, bounds, ", or fixed:TIME, uniform:TIME or exponential:TIME",
                           given);
        think = {*spread, *read};
      });
}

void OptionAdder::percent(const char* flag, double& value, const char* help) {
  parsed(flag, "PERCENT",
         fmt::format("{} (per cent of the fans, 0 to 100, default {})", help, value),
         [&value, flag](const std::string& given) {
           const auto read = parse_number<double>(given);
           if (!read || !(*read >= 0) || *read > 100)
             throw CLI::ValidationError(
                 flag, fmt::format("must be a number from 0 to 100, not \"{}\"", given));
           value = *read;
         });
}

CLI::Option* OptionAdder::text(const char* flag, std::string& value, const char* help,
                               const char* type) {
  return command_->add_option(flag, value, help)->type_name(type)->group(group_);
}

}  // namespace frontrow
