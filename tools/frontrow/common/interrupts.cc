#include "tools/frontrow/common/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <utility>

#include "engine/base/check.h"

namespace frontrow::drop {

Interrupts::Interrupts(std::function<void()> first, std::function<void()> last)
    : first_(std::move(first)), last_(std::move(last)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  over_ = ::eventfd(0, EFD_CLOEXEC);
  FR_CHECK(signals_ >= 0 && over_ >= 0);
  thread_ = std::thread([this] { wait(); });
}

Interrupts::~Interrupts() {
  const std::uint64_t one = 1;
  FR_CHECK(::write(over_, &one, sizeof one) == sizeof one);
  thread_.join();
  ::close(signals_);
  ::close(over_);
}

void Interrupts::wait() {
  bool again = false;
  for (;;) {
    pollfd ready[] = {{over_, POLLIN, 0}, {signals_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[0].revents != 0) return;
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof signal) != sizeof signal) continue;
    if (again) {
      last_();
      ::_exit(kExitCode);
    }
    again = true;
    first_();
  }
}

}  // namespace frontrow::drop
