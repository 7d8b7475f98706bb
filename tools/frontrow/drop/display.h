// Live display of the run on stderr: two lines that are overwritten on a terminal, one line of
// key=value pairs a second elsewhere. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/drop/tally.h"

namespace frontrow::drop {

struct DisplayState {
  const Sample* sample = nullptr;  // the newest
  std::uint64_t fans = 0;          // expected
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
  std::uint64_t told_to_wait = 0;
};

// key=value pairs, without a newline.
std::string structured_line(const DisplayState& state);
// The two lines for a terminal of `columns` columns; no line is longer.
std::string terminal_lines(const DisplayState& state, std::size_t columns);

class Display {
 public:
  void show(const DisplayState& state);
  // Prints a line of its own, above the display.
  void say(const std::string& line) { lines_.say(line); }

 private:
  LiveLines lines_;
};

}  // namespace frontrow::drop
