// The signals of `frontrow serve`: SIGINT and SIGTERM ask to drain and end, SIGHUP to read the keys
// again. They are taken when the serving thread has time for them, never in the midst of something.
//
// Made before any other thread is, so that all inherit the mask and none is interrupted.
#pragma once

#include <csignal>

namespace frontrow {

class ServeSignals {
 public:
  // Blocks them for this thread and those that it starts; SIGPIPE is ignored.
  ServeSignals();

  // Whether one that asks to end waits to be taken. A SIGHUP is no reason to.
  bool stop_pending() const;
  // The next one, waited for at most so long; 0 if none came.
  int next(int timeout_ms) const;

 private:
  sigset_t stop_;
  sigset_t all_;
};

}  // namespace frontrow
