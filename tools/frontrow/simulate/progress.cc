#include "tools/frontrow/simulate/progress.h"

#include <fmt/format.h>

#include <cstdio>

namespace frontrow::simulate {
namespace {

using drop::grouped;

constexpr std::chrono::seconds kLineEvery{1};
constexpr std::chrono::milliseconds kBarEvery{100};
constexpr std::uint64_t kParts = 1'000;

}  // namespace

std::string structured_line(const std::string& title, const Standing& standing, double wall_s) {
  const Sample& s = *standing.sample;
  return fmt::format(
      "simulate run=\"{}\" wall={:.1f} t={:.1f} arrived={} waiting={} active={} held={} sold={} "
      "requests_per_s={} polls_per_s={}",
      title, wall_s, s.at_ms / 1000.0, standing.arrived, s.waiting, s.active, s.held, s.sold,
      s.requests, s.polls);
}

void Progress::begin(std::string title) {
  title_ = std::move(title);
  began_ = shown_ = Clock::now();
  bar_.emplace(title_);
}

void Progress::show(const Standing& standing) {
  const auto now = Clock::now();
  if (bar_->on_terminal()) {
    if (now - shown_ < kBarEvery) return;
    shown_ = now;
    const Sample& s = *standing.sample;
    bar_->show(static_cast<std::uint64_t>(standing.part * static_cast<double>(kParts)), kParts,
               fmt::format("at {:.0f} s: {} sold, {} wait, {} inside, {} of {} came",
                           s.at_ms / 1000.0, grouped(s.sold), grouped(s.waiting), grouped(s.active),
                           grouped(standing.arrived), grouped(standing.fans)));
    return;
  }
  if (now - shown_ < kLineEvery) return;
  shown_ = now;
  const double wall_s = std::chrono::duration<double>(now - began_).count();
  std::fputs((structured_line(title_, standing, wall_s) + "\n").c_str(), stderr);
}

}  // namespace frontrow::simulate
