// The metric families of one instance, in parts that are gathered and rendered one after the other.
#pragma once

#include <prometheus/metric_family.h>

#include <cstddef>
#include <vector>

#include "net/metrics/metrics.h"

namespace frontrow {

inline constexpr std::size_t kMetricsParts = 4;
// REQUIRES: part < kMetricsParts.
std::vector<prometheus::MetricFamily> metric_families(std::size_t part, const MetricsSource& source,
                                                      const ConcertMetrics& concerts);

}  // namespace frontrow
