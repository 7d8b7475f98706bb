// Handling of Ctrl-C and SIGTERM. The first signal asks for an orderly end. The second one ends the
// process at once with 130, also while it waits for a server, checks the books or writes a report.
//
// The signals are blocked in the thread that makes this object and in the threads that it creates
// afterwards; a thread of its own waits for them and runs the callbacks. Made once, before all
// other threads.
#pragma once

#include <functional>
#include <thread>

namespace frontrow::drop {

class Interrupts {
 public:
  static constexpr int kExitCode = 130;

  // Both callbacks run on the thread of this object: `first` may only notify another thread, `last`
  // does the work that must precede the end.
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
