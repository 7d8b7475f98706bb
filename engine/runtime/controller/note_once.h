// Lines for the operator's log from attempts that fail again several times a second, in each step
// of the controller: a line is written when it differs from the one before. Thread: that of step().
#pragma once

#include <functional>
#include <string>
#include <utility>

namespace frontrow {

class NoteOnce {
 public:
  explicit NoteOnce(std::function<void(const std::string&)> on_note)
      : on_note_(std::move(on_note)) {}

  void note(const std::string& line) {
    if (std::exchange(last_, line) != line) on_note_(line);
  }

 private:
  std::function<void(const std::string&)> on_note_;
  std::string last_;
};

}  // namespace frontrow
