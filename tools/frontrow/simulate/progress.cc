#include "tools/frontrow/simulate/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace frontrow::simulate {
namespace {

using drop::grouped;

constexpr std::chrono::seconds kLineEvery{1};
constexpr std::chrono::milliseconds kBarEvery{100};
constexpr std::uint64_t kParts = 1'000;
// Columns of the bar beside title and note: its frame, the percentage, the seconds.
constexpr std::size_t kBarColumns = 64;

// Fills the rest of the terminal's line, so that no line wraps and no old text remains.
std::string fit(std::string note, std::size_t title_columns) {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  const std::size_t columns = known ? size.ws_col : 100;
  const std::size_t used = title_columns + kBarColumns;
  note.resize(columns > used ? columns - used : 0, ' ');
  return note;
}

}  // namespace

std::string structured_line(const std::string& title, const Standing& standing, double wall_s) {
  const Sample& s = *standing.sample;
  return fmt::format(
      "simulate run=\"{}\" wall={:.1f} t={:.1f} arrived={} waiting={} active={} held={} sold={} "
      "requests_per_s={} polls_per_s={}",
      title, wall_s, s.at_ms / 1000.0, standing.arrived, s.waiting, s.active, s.held, s.sold,
      s.requests, s.polls);
}

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void Progress::begin(std::string title) {
  title_ = std::move(title);
  began_ = shown_ = Clock::now();
  if (is_terminal_) bar_ = std::make_unique<ProgressBar>(title_);
}

void Progress::show(const Standing& standing) {
  const auto now = Clock::now();
  if (is_terminal_) {
    if (now - shown_ < kBarEvery) return;
    shown_ = now;
    const Sample& s = *standing.sample;
    const auto part = static_cast<std::uint64_t>(standing.part * static_cast<double>(kParts));
    bar_->show(
        part, kParts,
        fit(fmt::format("at {:.0f} s: {} sold, {} wait, {} inside, {} of {} came", s.at_ms / 1000.0,
                        grouped(s.sold), grouped(s.waiting), grouped(s.active),
                        grouped(standing.arrived), grouped(standing.fans)),
            title_.size()));
    return;
  }
  if (now - shown_ < kLineEvery) return;
  shown_ = now;
  const double wall_s = std::chrono::duration<double>(now - began_).count();
  std::fputs((structured_line(title_, standing, wall_s) + "\n").c_str(), stderr);
}

}  // namespace frontrow::simulate
