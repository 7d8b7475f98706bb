// Metric families of prometheus-cpp, filled by hand: a scrape makes them anew from the counters.
#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <span>
#include <vector>

#include "engine/base/histogram.h"

namespace frontrow {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<prometheus::ClientMetric::Label>;

// Appends a family without values. REQUIRES: capacity for one more, since references to the others
// are held.
prometheus::MetricFamily& family(Families& all, const char* name, const char* help,
                                 prometheus::MetricType type);
void add_value(prometheus::MetricFamily& f, Labels labels, double value);

// A family of one value without labels.
void gauge(Families& all, const char* name, const char* help, double value);
void counter(Families& all, const char* name, const char* help, double value);

// Sum of histograms of powers of two; `scale` turns a value into the metric's unit.
void add_histogram(prometheus::MetricFamily& f, Labels labels,
                   std::span<const Histogram* const> parts, double scale);

}  // namespace frontrow
