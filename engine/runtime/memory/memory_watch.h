// Looks at the memory that is left, so that new work is refused before it is gone.
//
// A thread of its own measures ten times a second, and fifty times once little more than the
// reserve is left: at 25,000 joins a second of 750 bytes that is less than 1 MiB from one look to
// the next. No request pays for it but by one flag that it reads (Engine::short_of).
//
// Memory that was freed stays with malloc and counts as used. So before new work is refused, and
// every few seconds while it is, what is free is given back to the system first.
//
//   MemoryWatch watch(MemoryBounds::find(places), on_change);
//   watch.start();  ...  watch.use();  ...  watch.stop();
//
// Threads: use() from any; look() by tests that do not start it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/runtime/memory/memory_bounds.h"

namespace frontrow {

class MemoryWatch {
 public:
  // After every look, on the watching thread: `room` bytes are above the reserve; 0: new work is to
  // be refused.
  using OnLook = std::function<void(const MemoryUse& use, std::uint64_t room)>;

  MemoryWatch(MemoryBounds bounds, OnLook on_look);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  // Looks once before it returns.
  void start();
  void stop();
  void look();
  // As it was found last.
  MemoryUse use() const;

 private:
  void run();
  MemoryUse measure();

  MemoryBounds bounds_;
  OnLook on_look_;
  bool low_ = false;
  std::chrono::steady_clock::time_point trim_again_{};
  std::chrono::milliseconds pause_{};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  MemoryUse use_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace frontrow
