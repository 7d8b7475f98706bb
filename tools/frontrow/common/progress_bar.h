// Progress of long work on stderr: lines that are overwritten on a terminal, a line now and then
// elsewhere. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace frontrow {

// A bar of `width` characters, of which `part`, 0..1, is filled: "####......".
std::string bar_text(double part, std::size_t width);

// Lines on a terminal that are overwritten.
class LiveLines {
 public:
  LiveLines();
  // The last lines stay.
  ~LiveLines();
  LiveLines(const LiveLines&) = delete;
  LiveLines& operator=(const LiveLines&) = delete;

  bool on_terminal() const { return on_terminal_; }
  // Of a line that does not wrap.
  std::size_t columns() const;
  // Overwrites the lines of the call before, which were as many; no line wraps. Not called without
  // a terminal.
  void show(const std::string& lines);
  // Prints a line of its own, on a terminal or elsewhere, after the shown lines, which stay.
  void say(const std::string& line);

 private:
  bool on_terminal_;
  bool shown_ = false;
};

// A bar on a terminal, a log line every few seconds elsewhere.
class ProgressBar {
 public:
  // The argument is the title before the bar, such as "replaying".
  explicit ProgressBar(std::string title);

  bool on_terminal() const { return lines_.on_terminal(); }
  // `total` 0: unknown. `note` is shown after the bar.
  void show(std::uint64_t done, std::uint64_t total, const std::string& note);

 private:
  std::string title_;
  LiveLines lines_;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point logged_;
};

}  // namespace frontrow
