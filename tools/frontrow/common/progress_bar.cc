#include "tools/frontrow/common/progress_bar.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace frontrow {
namespace {

constexpr std::size_t kWidth = 40;
constexpr std::chrono::seconds kLogEvery{5};

}  // namespace

ProgressBar::ProgressBar(std::string what)
    : what_(std::move(what)),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      begin_(std::chrono::steady_clock::now()),
      logged_(begin_) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::fputs("\n", stderr);
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total, const std::string& note) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double part =
      total == 0 ? 0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  if (is_terminal_) {
    const auto filled = static_cast<std::size_t>(part * kWidth);
    const std::string line =
        fmt::format("\r{} [{}{}] {:3.0f} % {:.1f} s {}", what_, std::string(filled, '#'),
                    std::string(kWidth - filled, '.'), part * 100, seconds, note);
    std::fputs(line.c_str(), stderr);
    shown_ = true;
  } else if (now - logged_ >= kLogEvery) {
    logged_ = now;
    spdlog::info("{}: {:.0f} % after {:.1f} s, {}", what_, part * 100, seconds, note);
  }
}

}  // namespace frontrow
