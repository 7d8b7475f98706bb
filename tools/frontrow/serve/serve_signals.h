// The signals of `frontrow serve`: SIGINT and SIGTERM drain and end the server, SIGHUP reads the
// keys again, SIGUSR1 and SIGUSR2 are only logged. The serving thread receives them between its
// other work, never in the middle of an operation. Other signals that would end a healthy process
// by default (timers, I/O, real time) are ignored; SIGQUIT and faults keep their default actions.
//
// Made before any other thread, so that all threads inherit the mask and no thread is interrupted.
#pragma once

#include <csignal>

namespace frontrow {

class ServeSignals {
 public:
  // Blocks the signals for this thread and the threads that it starts.
  ServeSignals();

  // True if SIGINT or SIGTERM is pending.
  bool stop_pending() const;
  // Waits for the next signal, at most `timeout_ms`; 0 if none came.
  int next(int timeout_ms) const;

 private:
  sigset_t stop_;
  sigset_t all_;
};

}  // namespace frontrow
