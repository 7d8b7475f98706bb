// Times in buckets narrower than 1/128 of their value, in the manner of HdrHistogram: the error of
// a quantile is below 0.8 %, the memory is fixed, and histograms can be added up. The unit is that
// of the values: microseconds in the program, nanoseconds in bench/http_load.h. One thread.
// (Neither Debian 12 nor 13 has the C library of that name, and the server's own histogram,
// engine/base/histogram.h, has one bucket a power of two: too coarse for a p99.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace frontrow {

class LatencyHistogram {
 public:
  static constexpr unsigned kValueBits = 40;
  // 12 days of microseconds, 18 minutes of nanoseconds.
  static constexpr std::int64_t kMax = (std::int64_t{1} << kValueBits) - 1;

  // Values below 0 count as 0, values above kMax as kMax.
  void add(std::int64_t value);
  void merge(const LatencyHistogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  double mean() const;
  // The upper edge of the bucket that holds the quantile `part`, 0..1, at most max(); 0 if empty.
  std::int64_t quantile(double part) const;

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr std::size_t kBuckets = (kValueBits - kSubBits + 1) << kSubBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace frontrow
