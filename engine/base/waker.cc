#include "engine/base/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "engine/base/check.h"

namespace frontrow {

Waker::Waker() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { FR_CHECK(fd_ >= 0); }

Waker::~Waker() { close(fd_); }

void Waker::wake() {
  // Pairs with prepare(): either the sleeper sees the work, or this thread sees the sleep flag.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!asleep_.load(std::memory_order_relaxed) || !asleep_.exchange(false)) return;
  const std::uint64_t one = 1;
  FR_CHECK(write(fd_, &one, sizeof one) == sizeof one);
}

void Waker::woken() {
  std::uint64_t count = 0;
  if (read(fd_, &count, sizeof count) < 0) return;  // EAGAIN: another event ended the sleep
}

}  // namespace frontrow
