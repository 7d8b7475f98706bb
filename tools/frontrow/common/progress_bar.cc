#include "tools/frontrow/common/progress_bar.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace frontrow {
namespace {

constexpr std::size_t kBarWidth = 40;
constexpr std::size_t kColumns = 100;  // of a terminal that does not report its width
constexpr std::chrono::seconds kLogEvery{5};

void print(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string bar_text(double part, std::size_t width) {
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(width));
  return std::string(filled, '#') + std::string(width - filled, '.');
}

LiveLines::LiveLines() : on_terminal_(::isatty(STDERR_FILENO) == 1) {}

LiveLines::~LiveLines() {
  if (shown_) print("\n");
}

std::size_t LiveLines::columns() const {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20;
  return (known ? size.ws_col : kColumns) - 1;
}

void LiveLines::show(const std::string& lines) {
  constexpr std::string_view kClearRest = "\x1b[K";
  const auto above = std::count(lines.begin(), lines.end(), '\n');
  std::string text;
  if (shown_) text += above > 0 ? fmt::format("\r\x1b[{}A", above) : "\r";
  for (const char c : lines) {
    if (c == '\n') text += kClearRest;
    text += c;
  }
  print(text.append(kClearRest));
  shown_ = true;
}

void LiveLines::say(const std::string& line) {
  print((shown_ ? "\n" : "") + line + "\n");
  shown_ = false;
}

ProgressBar::ProgressBar(std::string title)
    : title_(std::move(title)), begin_(std::chrono::steady_clock::now()), logged_(begin_) {}

void ProgressBar::show(std::uint64_t done, std::uint64_t total, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double part =
      total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  if (on_terminal()) {
    const std::string line = fmt::format("{} [{}] {:3.0f} % {:.1f} s {}", title_,
                                         bar_text(part, kBarWidth), part * 100, seconds, note);
    lines_.show(line.substr(0, lines_.columns()));
  } else if (now - logged_ >= kLogEvery) {
    logged_ = now;
    spdlog::info("{}: {:.0f} % after {:.1f} s, {}", title_, part * 100, seconds, note);
  }
}

}  // namespace frontrow
