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

Result<drop::Shape> parse_shape(const std::string& text, std::string& csv) {
  constexpr std::string_view kCsv = "csv:";
  if (text == "spike") return drop::Shape::kSpike;
  if (text == "ramp") return drop::Shape::kRamp;
  if (text == "poisson") return drop::Shape::kPoisson;
  if (!text.starts_with(kCsv) || text.size() == kCsv.size()) {
    return Error{
        fmt::format("--shape: must be spike, ramp, poisson or csv:FILE, not \"{}\"", text)};
  }
  csv = text.substr(kCsv.size());
  return drop::Shape::kCsv;
}

void OptionAdder::begin(CLI::App* command, std::string group) {
  command_ = command;
  group_ = std::move(group);
}

CLI::Option* OptionAdder::integer(const char* flag, std::function<void(std::int64_t)> take,
                                  std::int64_t by_default, const char* help, const char* unit,
                                  Bounds bounds) {
  const std::string described =
      fmt::format("{} ({}, {} to {}, default {})", help, unit, bounds.min, bounds.max, by_default);
  return command_
      ->add_option_function<std::string>(
          flag,
          [take = std::move(take), bounds, flag](const std::string& given) {
            take(read_integer(flag, given, bounds));
          },
          described)
      ->type_name("N")
      ->group(group_);
}

CLI::Option* OptionAdder::numbers(const char* flag, std::vector<std::uint32_t>& values,
                                  const char* help, const char* unit, Bounds bounds) {
  const std::string described = fmt::format("{} ({}, {} to {}, default {})", help, unit, bounds.min,
                                            bounds.max, fmt::join(values, ","));
  return command_
      ->add_option_function<std::string>(
          flag,
          [&values, bounds, flag](const std::string& given) {
            values.clear();
            std::string_view rest = given;
            for (bool more = true; more;) {
              const std::size_t comma = rest.find(',');
              values.push_back(
                  static_cast<std::uint32_t>(read_integer(flag, rest.substr(0, comma), bounds)));
              more = comma != rest.npos;
              if (more) rest.remove_prefix(comma + 1);
            }
          },
          described)
      ->type_name("N[,N...]")
      ->group(group_);
}

CLI::Option* OptionAdder::duration(const char* flag, std::int64_t& ms, const char* help,
                                   Bounds bounds) {
  const std::string range =
      fmt::format("{} to {}", duration_text(bounds.min), duration_text(bounds.max));
  return command_
      ->add_option_function<std::string>(
          flag,
          [&ms, bounds, range, flag](const std::string& given) {
            const auto read = parse_duration(given);
            if (!read || *read < bounds.min || *read > bounds.max)
              throw CLI::ValidationError(
                  flag,
                  fmt::format("must be a time with its unit from {}, not \"{}\"", range, given));
            ms = *read;
          },
          fmt::format("{} (time, {}, default {})", help, range, duration_text(ms)))
      ->type_name("TIME")
      ->group(group_);
}

CLI::Option* OptionAdder::think(const char* flag, drop::ThinkTime& think, const char* help,
                                Bounds bounds) {
  const std::string range =
      fmt::format("{} to {}", duration_text(bounds.min), duration_text(bounds.max));
  return command_
      ->add_option_function<std::string>(
          flag,
          [&think, bounds, range, flag](const std::string& given) {
            std::string_view time = given;
            const std::size_t colon = time.find(':');
            bool known = colon == time.npos;
            for (const auto& [name, spread] : kSpreads) {
              if (known || time.substr(0, colon) != name) continue;
              think.spread = spread;
              known = true;
              time.remove_prefix(colon + 1);
            }
            const auto read = parse_duration(time);
            if (!known || !read || *read < bounds.min || *read > bounds.max)
              throw CLI::ValidationError(
                  flag, fmt::format("must be a time with its unit from {}, or fixed:TIME, "
                                    "uniform:TIME or exponential:TIME, not \"{}\"",
                                    range, given));
            think.mean_ms = *read;
          },
          fmt::format("{} (time, {}, default {})", help, range, think_text(think)))
      ->type_name("[SPREAD:]TIME")
      ->group(group_);
}

void OptionAdder::percent(const char* flag, double& value, const char* help) {
  command_
      ->add_option_function<std::string>(
          flag,
          [&value, flag](const std::string& given) {
            const auto read = parse_number<double>(given);
            if (!read || !(*read >= 0) || *read > 100)
              throw CLI::ValidationError(
                  flag, fmt::format("must be a number from 0 to 100, not \"{}\"", given));
            value = *read;
          },
          fmt::format("{} (per cent of the fans, 0 to 100, default {})", help, value))
      ->type_name("PERCENT")
      ->group(group_);
}

CLI::Option* OptionAdder::text(const char* flag, std::string& value, const char* help,
                               const char* type) {
  return command_->add_option(flag, value, help)->type_name(type)->group(group_);
}

}  // namespace frontrow
