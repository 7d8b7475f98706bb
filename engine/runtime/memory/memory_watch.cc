#include "engine/runtime/memory/memory_watch.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

namespace frontrow {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr auto kPauseNearTheReserve = std::chrono::milliseconds(20);
// malloc_trim() walks over all free memory under malloc's locks.
constexpr auto kTrimEvery = std::chrono::seconds(5);
// Hysteresis: new work is accepted again once the room above the reserve is 1/8 of the reserve.
constexpr std::uint64_t kReturnShare = 8;

}  // namespace

MemoryWatch::MemoryWatch(MemoryBounds bounds, OnLook on_look)
    : bounds_(std::move(bounds)), on_look_(std::move(on_look)), use_(bounds_.measure()) {}

MemoryWatch::~MemoryWatch() { stop(); }

void MemoryWatch::start() {
  look();
  thread_ = std::thread([this] { run(); });
}

void MemoryWatch::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void MemoryWatch::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause_, [this] { return stopping_; })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

MemoryUse MemoryWatch::measure() {
  MemoryUse use = bounds_.measure();
  if (!use.low() || Steady::now() < trim_again_) return use;
  ::malloc_trim(0);
  trim_again_ = Steady::now() + kTrimEvery;
  return bounds_.measure();
}

void MemoryWatch::look() {
  MemoryUse use = measure();
  low_ = low_ ? use.room_bytes() < use.reserve_bytes / kReturnShare : use.low();
  const std::uint64_t room = low_ ? 0 : std::max<std::uint64_t>(use.room_bytes(), 1);
  pause_ = use.room_bytes() < use.reserve_bytes ? kPauseNearTheReserve : kPause;
  on_look_(use, room);
  const std::lock_guard lock(mutex_);
  use_ = std::move(use);
}

MemoryUse MemoryWatch::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

}  // namespace frontrow
