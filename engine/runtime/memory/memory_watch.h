// Monitors the remaining memory, so that new work is rejected before memory runs out.
//
// A thread of its own measures ten times a second, and fifty times when little more than the
// reserve is left: at 25,000 joins a second of 750 bytes that is less than 1 MiB between
// measurements. The cost for a request is one flag that it reads (Engine::short_of).
//
// Freed memory stays with malloc and counts as used. So malloc returns its free memory to the
// system before new work is rejected, and every few seconds while new work is rejected.
//
//   MemoryWatch watch(MemoryBounds::find(places), on_change);
//   watch.start();  ...  watch.use();  ...  watch.stop();
//
// Threads: use() from any; look() by tests that do not start the thread.
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
  // Called after every measurement, on the watching thread. `room`: bytes above the reserve; 0:
  // reject new work.
  using OnLook = std::function<void(const MemoryUse& use, std::uint64_t room)>;

  MemoryWatch(MemoryBounds bounds, OnLook on_look);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;

  // Measures once before it returns.
  void start();
  void stop();
  void look();
  // The latest measurement.
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
