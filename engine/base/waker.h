// Wakes a thread that sleeps in its I/O loop, once per batch: only the first thread that gives work
// to a sleeping thread makes a system call.
//
//   sleeper:  prepare(); if (there is work) cancel(); else wait for fd() to be readable; woken();
//   others:   put work into the sleeper's intake; wake();
#pragma once

#include <atomic>

namespace frontrow {

class Waker {
 public:
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  int fd() const { return fd_; }  // an eventfd
  void wake();                    // any thread
  // Sleeper's thread. After prepare() every wake() reaches the descriptor.
  void prepare() { asleep_.store(true, std::memory_order_seq_cst); }
  void cancel() { asleep_.store(false, std::memory_order_relaxed); }
  // Drains the descriptor once it was readable.
  void woken();

 private:
  int fd_;
  std::atomic<bool> asleep_{false};
};

}  // namespace frontrow
