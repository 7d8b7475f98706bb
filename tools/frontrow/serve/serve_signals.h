// The signals of `frontrow serve`: SIGINT and SIGTERM ask to drain and end, SIGHUP to read the keys
// again, SIGUSR1 and SIGUSR2 for nothing, which is logged. They are taken when the serving thread
// has time for them, never in the midst of something. Others that end a process by default though
// nothing is wrong with it (timers, I/O, real time) are ignored; SIGQUIT and faults are as they
// were.
//
// Made before any other thread is, so that all inherit the mask and none is interrupted.
#pragma once

#include <csignal>

namespace frontrow {

class ServeSignals {
 public:
  // Blocks them for this thread and those that it starts.
  ServeSignals();

  // Whether one that asks to end waits to be taken. Any other is no reason to.
  bool stop_pending() const;
  // The next one, waited for at most so long; 0 if none came.
  int next(int timeout_ms) const;

 private:
  sigset_t stop_;
  sigset_t all_;
};

}  // namespace frontrow
