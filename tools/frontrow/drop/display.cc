#include "tools/frontrow/drop/display.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/frontrow/drop/report.h"

namespace frontrow::drop {
namespace {

std::string cut(std::string line, std::size_t columns) {
  if (line.size() > columns) line.resize(columns);
  return line;
}

double per_second(std::uint64_t count, const Sample& sample) {
  return sample.length_ms == 0 ? 0 : static_cast<double>(count) * 1000 / sample.length_ms;
}

}  // namespace

std::string structured_line(const DisplayState& state) {
  const Sample& s = *state.sample;
  return fmt::format(
      "drop t={:.1f} arrived={} waiting={} active={} held={} sold={} bought={} done={} "
      "requests_per_s={:.0f} p50_ms={:.3f} p99_ms={:.3f} told_to_wait={} errors={}",
      s.at_ms / 1000.0, s.arrived, s.server.waiting, s.server.active, s.server.held, s.server.sold,
      s.bought, state.done, per_second(s.answers, s), s.p50_us / 1000.0, s.p99_us / 1000.0,
      state.told_to_wait, state.errors);
}

std::string terminal_lines(const DisplayState& state, std::size_t columns) {
  const Sample& s = *state.sample;
  const double part =
      state.fans == 0
          ? 0
          : std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.fans));
  const std::string left = fmt::format("{:6.1f} s [", s.at_ms / 1000.0);
  const std::string right = fmt::format("] {:3.0f} % of {} fans done, {:.0f} req/s, p50 {}, p99 {}",
                                        part * 100, grouped(state.fans), per_second(s.answers, s),
                                        time_text(s.p50_us), time_text(s.p99_us));
  const std::size_t used = left.size() + right.size();
  const std::size_t width = columns > used + 10 ? std::min<std::size_t>(columns - used, 40) : 10;
  return cut(left + bar_text(part, width) + right, columns) + "\n" +
         cut(fmt::format("  arrived {}  waiting {}  active {}  held {}  sold {}  told to wait {}  "
                         "errors {}",
                         grouped(s.arrived), grouped(s.server.waiting), grouped(s.server.active),
                         grouped(s.server.held), grouped(s.server.sold),
                         grouped(state.told_to_wait), grouped(state.errors)),
             columns);
}

void Display::show(const DisplayState& state) {
  if (lines_.on_terminal()) {
    lines_.show(terminal_lines(state, lines_.columns()));
  } else {
    lines_.say(structured_line(state));
  }
}

}  // namespace frontrow::drop
