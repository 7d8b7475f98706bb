// A histogram of microseconds or counts in powers of two, written by one thread and read by any.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace frontrow {

class Histogram {
 public:
  static constexpr std::size_t kBuckets = 32;  // bucket i counts values of bit width i: below 2^i

  void add(std::uint64_t value) {
    const std::size_t bucket = std::min<std::size_t>(std::bit_width(value), kBuckets - 1);
    bump(counts_[bucket], 1);
    bump(sum_, value);
  }
  std::uint64_t count(std::size_t bucket) const {
    return counts_[bucket].load(std::memory_order_relaxed);
  }
  std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  // With one writer no read-modify-write is needed.
  static void bump(std::atomic<std::uint64_t>& at, std::uint64_t by) {
    at.store(at.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
};

// A number written by one thread and read by any.
class Counter {
 public:
  void add(std::uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace frontrow
