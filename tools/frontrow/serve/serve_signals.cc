#include "tools/frontrow/serve/serve_signals.h"

#include <pthread.h>

#include <algorithm>
#include <ctime>

namespace frontrow {

ServeSignals::ServeSignals() {
  // SIGXFSZ: if it is ignored, the write fails, and its error names the cause.
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT})
    std::signal(signal, SIG_IGN);
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) std::signal(signal, SIG_IGN);
  sigemptyset(&stop_);
  sigaddset(&stop_, SIGINT);
  sigaddset(&stop_, SIGTERM);
  all_ = stop_;
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&all_, signal);
  pthread_sigmask(SIG_BLOCK, &all_, nullptr);
}

bool ServeSignals::stop_pending() const {
  sigset_t pending;
  sigpending(&pending);
  sigandset(&pending, &pending, &stop_);
  return sigisemptyset(&pending) == 0;
}

int ServeSignals::next(int timeout_ms) const {
  const timespec time{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  return std::max(sigtimedwait(&all_, nullptr, &time), 0);
}

}  // namespace frontrow
