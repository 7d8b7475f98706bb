#include <prometheus/text_serializer.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "net/metrics/metrics.h"
#include "net/metrics/metrics_families.h"

namespace frontrow {
namespace {

std::size_t lines_of(const prometheus::ClientMetric& metric) {
  return std::max<std::size_t>(1, metric.histogram.bucket.size());
}

// Removes the HELP and TYPE lines, for the rest of a family whose first piece has them.
std::string_view without_comments(std::string_view text) {
  while (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text;
}

}  // namespace

ConcertMetrics::ConcertMetrics(std::vector<ConcertSums> concerts, std::size_t concerts_max)
    : busiest(std::move(concerts)), count(busiest.size()) {
  for (const ConcertSums& c : busiest) {
    all.waiting += c.waiting;
    all.active += c.active;
    all.joined += c.joined;
    all.revenue += c.revenue;
    for (std::size_t s = 0; s < all.seats.size(); ++s) all.seats[s] += c.seats[s];
  }
  if (count > concerts_max) {
    const auto end = busiest.begin() + static_cast<std::ptrdiff_t>(concerts_max);
    std::nth_element(busiest.begin(), end, busiest.end(), is_busier);
    busiest.erase(end, busiest.end());
  }
  std::ranges::sort(busiest, {}, &ConcertSums::concert);
}

namespace {

class PrometheusScrape final : public MetricsScrape {
 public:
  PrometheusScrape(const MetricsSource& source, std::size_t concerts) : source_(source) {
    sums_.reserve(concerts);
  }

  void add(const ConcertView& concert) override { sums_.emplace_back(concert); }
  // Appends pieces of about kLinesAStep lines at most.
  bool step(std::string& out) override;

 private:
  static constexpr std::size_t kLinesAStep = 250;

  const MetricsSource& source_;
  std::vector<ConcertSums> sums_;
  std::optional<ConcertMetrics> concerts_;  // of sums_, from the first step on
  std::size_t part_ = 0;
  std::vector<prometheus::MetricFamily> families_;  // of the part gathered last
  std::size_t family_ = 0;
  std::size_t metric_ = 0;  // of that family
};

bool PrometheusScrape::step(std::string& out) {
  if (!concerts_) {
    concerts_.emplace(std::move(sums_), source_.concerts_max);
    return true;
  }
  if (family_ == families_.size()) {
    if (part_ == kMetricsParts) return false;
    families_ = metric_families(part_++, source_, *concerts_);
    family_ = metric_ = 0;
    return true;
  }
  std::ostringstream text;
  std::string piece;
  std::size_t lines = 0;
  while (family_ < families_.size() && lines < kLinesAStep) {
    prometheus::MetricFamily& family = families_[family_];
    const bool is_first = metric_ == 0;
    prometheus::MetricFamily some{family.name, family.help, family.type, {}};
    while (metric_ < family.metric.size() && lines < kLinesAStep) {
      lines += lines_of(family.metric[metric_]);
      some.metric.push_back(std::move(family.metric[metric_++]));
    }
    text.str({});
    prometheus::TextSerializer().Serialize(text, {some});
    piece = text.str();
    out += is_first ? std::string_view(piece) : without_comments(piece);
    if (metric_ < family.metric.size()) break;
    ++family_;
    metric_ = 0;
  }
  return true;
}

}  // namespace

LoadTotals MetricsViews::load() const {
  LoadTotals totals;
  for (const ApiStats* edge : source_.edges) {
    for (const auto& by_status : edge->answers) {
      for (std::size_t s = 0; s < by_status.size(); ++s) {
        totals.requests += by_status[s].get();
        if (kCountedStatuses[s] >= 500) totals.errors += by_status[s].get();
      }
    }
    for (const Histogram& latency : edge->latency_us) {
      for (std::size_t b = 0; b < Histogram::kBuckets; ++b)
        totals.latency_us[b] += latency.count(b);
    }
  }
  return totals;
}

std::unique_ptr<MetricsScrape> MetricsViews::scrape(std::size_t concerts) const {
  return std::make_unique<PrometheusScrape>(source_, concerts);
}

}  // namespace frontrow
