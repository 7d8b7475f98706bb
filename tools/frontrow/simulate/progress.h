// Live progress of the runs on stderr: a bar on a terminal, a line of key=value pairs a second
// elsewhere. One thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/simulate/simulation.h"

namespace frontrow::simulate {

// key=value pairs, without a newline. `wall_s`: since the run began.
std::string structured_line(const std::string& title, const Standing& standing, double wall_s);

class Progress {
 public:
  // A new run: "row 3 of 9".
  void begin(std::string title);
  void show(const Standing& standing);
  // Ends the run: its last line is not overwritten any more.
  void end() { bar_.reset(); }

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::optional<ProgressBar> bar_;
  Clock::time_point began_;
  Clock::time_point shown_;
};

}  // namespace frontrow::simulate
