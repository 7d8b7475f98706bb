#include "net/metrics/family.h"

#include <cmath>
#include <utility>

#include "engine/base/check.h"

namespace frontrow {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily& family(Families& all, const char* name, const char* help, MetricType type) {
  FR_CHECK(all.size() < all.capacity());
  MetricFamily& f = all.emplace_back();
  f.name = name;
  f.help = help;
  f.type = type;
  return f;
}

void add_value(MetricFamily& f, Labels labels, double value) {
  ClientMetric& m = f.metric.emplace_back();
  m.label = std::move(labels);
  if (f.type == MetricType::Counter) {
    m.counter.value = value;
  } else {
    m.gauge.value = value;
  }
}

void gauge(Families& all, const char* name, const char* help, double value) {
  add_value(family(all, name, help, MetricType::Gauge), {}, value);
}
void counter(Families& all, const char* name, const char* help, double value) {
  add_value(family(all, name, help, MetricType::Counter), {}, value);
}

void add_histogram(MetricFamily& f, Labels labels, std::span<const Histogram* const> parts,
                   double scale) {
  ClientMetric& m = f.metric.emplace_back();
  m.label = std::move(labels);
  std::uint64_t below = 0;
  double sum = 0;
  for (const Histogram* h : parts) sum += static_cast<double>(h->sum());
  for (std::size_t b = 0; b < Histogram::kBuckets; ++b) {
    for (const Histogram* h : parts) below += h->count(b);
    const bool last = b + 1 == Histogram::kBuckets;
    const double bound = last ? INFINITY : scale * static_cast<double>((std::uint64_t{1} << b) - 1);
    m.histogram.bucket.push_back({below, bound});
  }
  m.histogram.sample_count = below;
  m.histogram.sample_sum = sum * scale;
}

}  // namespace frontrow
