#include "tools/serve_signals.h"

#include <pthread.h>

#include <algorithm>
#include <ctime>

namespace frontrow {

ServeSignals::ServeSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&stop_);
  sigaddset(&stop_, SIGINT);
  sigaddset(&stop_, SIGTERM);
  all_ = stop_;
  sigaddset(&all_, SIGHUP);
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
