#include "tools/frontrow/workload/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr double kSpikeFalls = 6;  // the density falls by e^6 over the whole time

template <class T>
bool read_number(std::string_view text, T& out) {
  const auto number = parse_number<T>(trimmed(text));
  if (number) out = *number;
  return number.has_value();
}

bool is_heading(std::string_view line) {
  return std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == ',' || c == ' ' || c == '_';
  });
}

// The error of the line; empty if it was read.
std::string read_step(std::string_view line, ArrivalStep& step) {
  const std::size_t comma = line.find(',');
  if (comma == line.npos) return "is not `seconds,fans`";
  double from_s = 0;
  if (!read_number(line.substr(0, comma), from_s) || !(from_s >= 0) ||
      from_s > static_cast<double>(kArrivalSecondsMax)) {
    return fmt::format("seconds must be a number from 0 to {}", kArrivalSecondsMax);
  }
  if (!read_number(line.substr(comma + 1), step.fans) || step.fans > 100'000'000)
    return "fans must be an integer from 0 to 100000000";
  step.from_ms = std::llround(from_s * 1000);
  return {};
}

// Duration of the step in milliseconds.
std::int64_t length_of(const std::vector<ArrivalStep>& steps, std::size_t step) {
  if (step + 1 < steps.size()) return steps[step + 1].from_ms - steps[step].from_ms;
  return step == 0 ? 1000 : steps[step].from_ms - steps[step - 1].from_ms;
}

}  // namespace

Result<std::vector<ArrivalStep>> parse_arrival_steps(std::string_view text) {
  std::vector<ArrivalStep> steps;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty() || line.front() == '#' || (number == 1 && is_heading(line))) continue;
    ArrivalStep step;
    if (const std::string wrong = read_step(line, step); !wrong.empty())
      return Error{fmt::format("line {}: {}", number, wrong)};
    if (!steps.empty() && step.from_ms <= steps.back().from_ms)
      return Error{fmt::format("line {}: seconds must grow from line to line", number)};
    if (steps.size() == kArrivalStepsMax)
      return Error{fmt::format("more than {} lines", kArrivalStepsMax)};
    steps.push_back(step);
  }
  if (fans_in(steps) == 0) return Error{"no line has fans"};
  return steps;
}

std::uint64_t fans_in(const std::vector<ArrivalStep>& steps) {
  std::uint64_t fans = 0;
  for (const ArrivalStep& step : steps) fans += step.fans;
  return fans;
}

Arrivals::Arrivals(Plan plan) : plan_(std::move(plan)), prng_(plan_.seed) {
  total_ = fans_in(plan_.steps);
  if (plan_.fans > 0) next_ms_ = std::llround(std::ceil(time_of(0)));
}

std::optional<std::int64_t> Arrivals::next_ms() const {
  if (fan_ == plan_.fans) return std::nullopt;
  return next_ms_;
}

void Arrivals::pop() {
  ++fan_;
  if (fan_ < plan_.fans) next_ms_ = std::llround(std::ceil(time_of(fan_)));
}

double Arrivals::time_of(std::uint32_t fan) {
  const auto over = static_cast<double>(plan_.over_ms);
  // Each fan represents the middle of an equal part of the whole.
  const double part = (fan + 0.5) / plan_.fans;
  switch (plan_.shape) {
    case Shape::kSpike:
      return -over / kSpikeFalls * std::log(1 - part * (1 - std::exp(-kSpikeFalls)));
    case Shape::kRamp:
      return over * std::sqrt(part);
    case Shape::kPoisson:
      poisson_ms_ -= over / plan_.fans * std::log(1 - unit(prng_.next()));
      return poisson_ms_;
    case Shape::kCsv:
      break;
  }
  return csv_time(fan);
}

double Arrivals::csv_time(std::uint32_t fan) {
  // Position of the fan among those of the file; unchanged if the counts are equal.
  const double place = (fan + 0.5) / plan_.fans * static_cast<double>(total_);
  while (step_ + 1 < plan_.steps.size() &&
         place >= static_cast<double>(before_step_ + plan_.steps[step_].fans)) {
    before_step_ += plan_.steps[step_].fans;
    ++step_;
  }
  const ArrivalStep& step = plan_.steps[step_];
  const double within =
      (place - static_cast<double>(before_step_)) / static_cast<double>(step.fans);
  return static_cast<double>(step.from_ms) +
         within * static_cast<double>(length_of(plan_.steps, step_));
}

}  // namespace frontrow::drop
