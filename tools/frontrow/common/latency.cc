#include "tools/frontrow/common/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace frontrow {

// Up to 2^kSubBits a bucket is one unit wide; above, each power of two has 2^kSubBits
// buckets, numbered without a gap.
std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  if (value < 1U << kSubBits) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
  return (std::size_t{shift} << kSubBits) + (value >> shift);
}

std::uint64_t LatencyHistogram::upper_edge(std::size_t bucket) {
  if (bucket < 2U << kSubBits) return bucket;
  const std::size_t shift = (bucket >> kSubBits) - 1;
  const std::uint64_t lower = ((bucket & ((1U << kSubBits) - 1)) | 1U << kSubBits) << shift;
  return lower + (std::uint64_t{1} << shift) - 1;
}

void LatencyHistogram::add(std::int64_t value) {
  value = std::clamp<std::int64_t>(value, 0, kMax);
  ++counts_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  sum_ += static_cast<std::uint64_t>(value);
  max_ = std::max(max_, value);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

void LatencyHistogram::clear() { *this = {}; }

double LatencyHistogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::int64_t LatencyHistogram::quantile(double part) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(static_cast<std::int64_t>(upper_edge(i)), max_);
  }
  return max_;
}

}  // namespace frontrow
