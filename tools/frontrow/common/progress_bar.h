// Progress of long work: a bar on a terminal, a log line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace frontrow {

class ProgressBar {
 public:
  // The argument is the title before the bar, such as "replaying".
  explicit ProgressBar(std::string what);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `total` 0: unknown. `note` is shown after the bar.
  void show(std::uint64_t done, std::uint64_t total, const std::string& note);

 private:
  std::string what_;
  bool is_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point logged_;
};

}  // namespace frontrow
