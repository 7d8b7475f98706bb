// Ctrl-C and SIGTERM. The first one asks for an orderly end; the second one ends the process at
// once with 130, whatever it is doing: waiting for a server, checking the books, writing a report.
//
// The signals are blocked in the thread that makes this object and in those that it makes from then
// on; a thread of its own waits for them and calls back. Made once, before all other threads.
#pragma once

#include <functional>
#include <thread>

namespace frontrow::drop {

class Interrupts {
 public:
  static constexpr int kExitCode = 130;

  // Both are called on the thread of this object: `first` may only tell another thread, `last` does
  // what must be done before the end.
  Interrupts(std::function<void()> first, std::function<void()> last);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

 private:
  void wait();

  std::function<void()> first_;
  std::function<void()> last_;
  int signals_ = -1;  // descriptors
  int over_ = -1;
  std::thread thread_;
};

}  // namespace frontrow::drop
