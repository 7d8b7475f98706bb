#include "tools/frontrow/common/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

TEST(LatencyHistogram, empty_has_no_quantiles) {
  const LatencyHistogram h;
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.quantile(0.99), 0);
  EXPECT_EQ(h.mean(), 0);
}

TEST(LatencyHistogram, small_values_are_exact) {
  LatencyHistogram h;
  for (int us = 1; us <= 100; ++us) h.add(us);
  EXPECT_EQ(h.quantile(0), 1);
  EXPECT_EQ(h.quantile(0.5), 50);
  EXPECT_EQ(h.quantile(0.99), 99);
  EXPECT_EQ(h.quantile(1), 100);
  EXPECT_EQ(h.mean(), 50.5);
}

// Compares with the sorted values.
TEST(LatencyHistogram, quantiles_are_off_by_less_than_a_hundredth) {
  Prng prng(7);
  std::vector<std::int64_t> values;
  LatencyHistogram h;
  for (int i = 0; i < 50'000; ++i) {
    const auto value = static_cast<std::int64_t>(
        std::exp(static_cast<double>(prng.below(20'000)) / 1000));  // 1 us to 8 min
    values.push_back(value);
    h.add(value);
  }
  std::sort(values.begin(), values.end());
  for (const double quantile : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * 50'000)) - 1;
    const auto exact = static_cast<double>(values[rank]);
    const auto told = static_cast<double>(h.quantile(quantile));
    EXPECT_GE(told, exact) << quantile;
    EXPECT_LE(told, exact * 1.008) << quantile;
  }
  EXPECT_EQ(h.max(), values.back());
}

TEST(LatencyHistogram, values_out_of_range_count_at_the_edge) {
  LatencyHistogram h;
  h.add(-5);
  EXPECT_EQ(h.max(), 0);
  h.add(LatencyHistogram::kMax + 1);
  EXPECT_EQ(h.quantile(1), LatencyHistogram::kMax);
  EXPECT_EQ(h.count(), 2U);
}

TEST(LatencyHistogram, merged_is_as_if_added_to_one) {
  LatencyHistogram a;
  LatencyHistogram b;
  LatencyHistogram both;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).add(i * 37);
    both.add(i * 37);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.quantile(0.9), both.quantile(0.9));
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.mean(), both.mean());
  a.clear();
  EXPECT_EQ(a.count(), 0U);
  EXPECT_EQ(a.quantile(1), 0);
}

}  // namespace
}  // namespace frontrow
