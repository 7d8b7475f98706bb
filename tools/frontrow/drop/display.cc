#include "tools/frontrow/drop/display.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "tools/frontrow/drop/report.h"

namespace frontrow::drop {
namespace {

constexpr std::size_t kColumns = 100;

std::size_t columns_of(int terminal) {
  winsize size{};
  if (::ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return kColumns;
  return size.ws_col;
}

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
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(width));
  return cut(left + std::string(filled, '#') + std::string(width - filled, '.') + right, columns) +
         "\n" +
         cut(fmt::format("  arrived {}  waiting {}  active {}  held {}  sold {}  told to wait {}  "
                         "errors {}",
                         grouped(s.arrived), grouped(s.server.waiting), grouped(s.server.active),
                         grouped(s.server.held), grouped(s.server.sold),
                         grouped(state.told_to_wait), grouped(state.errors)),
             columns);
}

Display::Display() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Display::~Display() {
  if (shown_) std::fputs("\n", stderr);
}

void Display::show(const DisplayState& state) {
  if (!is_terminal_) {
    std::fputs((structured_line(state) + "\n").c_str(), stderr);
    return;
  }
  // Moves to the first of the two lines; the rest of each line is cleared.
  std::string lines = terminal_lines(state, columns_of(STDERR_FILENO) - 1);
  lines.insert(lines.find('\n'), "\x1b[K");
  std::fputs(((shown_ ? "\r\x1b[1A" : "") + lines + "\x1b[K").c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void Display::say(const std::string& line) {
  std::fputs(((shown_ ? "\n" : "") + line + "\n").c_str(), stderr);
  shown_ = false;
}

}  // namespace frontrow::drop
