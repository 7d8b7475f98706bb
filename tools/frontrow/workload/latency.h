// Times in buckets narrower than 1/128 of their value, in the manner of HdrHistogram: the error of
// a quantile is below 0.8 %, the memory is fixed, and histograms can be added up. Microseconds. One
// thread. (Neither Debian 12 nor 13 has the C library of that name, and the server's own histogram,
// engine/base/histogram.h, has one bucket a power of two: too coarse for a p99.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace frontrow::drop {

class LatencyHistogram {
 public:
  static constexpr std::int64_t kMaxUs = (std::int64_t{1} << 36) - 1;  // 19 hours

  // Values below 0 count as 0, values above kMaxUs as kMaxUs.
  void add(std::int64_t us);
  void merge(const LatencyHistogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::int64_t max_us() const { return max_us_; }
  double mean_us() const;
  // The upper edge of the bucket that holds the quantile (0..1), at most max_us(); 0 if empty.
  std::int64_t quantile_us(double quantile) const;

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::size_t kBuckets = (36 - kSubBits + 1) << kSubBits;
  static std::size_t bucket_of(std::uint64_t us);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_us_ = 0;
  std::int64_t max_us_ = 0;
};

}  // namespace frontrow::drop
