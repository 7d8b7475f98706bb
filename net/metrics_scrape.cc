#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>
#include <tuple>
#include <utility>

#include "net/metrics.h"
#include "net/metrics_families.h"

namespace frontrow {
namespace {

std::size_t lines_of(const prometheus::ClientMetric& metric) {
  return std::max<std::size_t>(1, metric.histogram.bucket.size());
}

// Without the HELP and TYPE lines, for the rest of a family whose first part has them.
std::string_view without_comments(std::string_view text) {
  while (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  return text;
}

}  // namespace

ConcertSums::ConcertSums(const ConcertView& c)
    : concert(c.concert),
      waiting(c.waiting),
      active(c.active),
      joined(c.joined),
      revenue(c.revenue.minor) {
  for (const ConcertDateRef& date : c.dates) {
    seats[0] += date->free;
    seats[1] += date->held;
    seats[2] += date->sold;
    seats[3] += date->blocked;
  }
}

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
    std::nth_element(busiest.begin(), end, busiest.end(),
                     [](const ConcertSums& a, const ConcertSums& b) {
                       return std::tuple(a.waiting + a.active, a.joined, b.concert) >
                              std::tuple(b.waiting + b.active, b.joined, a.concert);
                     });
    busiest.erase(end, busiest.end());
  }
  std::ranges::sort(busiest, {}, &ConcertSums::concert);
}

struct MetricsScrape::State {
  std::size_t part = 0;
  std::vector<prometheus::MetricFamily> families;  // of the part before
  std::size_t family = 0;
  std::size_t metric = 0;  // of that family
};

MetricsScrape::MetricsScrape(const MetricsSource& source, std::vector<ConcertSums> concerts)
    : source_(source),
      concerts_(std::move(concerts), source.concerts_max),
      state_(std::make_unique<State>()) {}

MetricsScrape::~MetricsScrape() = default;

bool MetricsScrape::step(std::string& out) {
  State& s = *state_;
  if (s.family == s.families.size()) {
    if (s.part == kMetricsParts) return false;
    s.families = metric_families(s.part++, source_, concerts_);
    s.family = s.metric = 0;
    return true;
  }
  std::ostringstream text;
  std::string piece;
  std::size_t lines = 0;
  while (s.family < s.families.size() && lines < kLinesAStep) {
    prometheus::MetricFamily& family = s.families[s.family];
    const bool is_first = s.metric == 0;
    prometheus::MetricFamily some{family.name, family.help, family.type, {}};
    while (s.metric < family.metric.size() && lines < kLinesAStep) {
      lines += lines_of(family.metric[s.metric]);
      some.metric.push_back(std::move(family.metric[s.metric++]));
    }
    text.str({});
    prometheus::TextSerializer().Serialize(text, {some});
    piece = text.str();
    out += is_first ? std::string_view(piece) : without_comments(piece);
    if (s.metric < family.metric.size()) break;
    ++s.family;
    s.metric = 0;
  }
  return true;
}

}  // namespace frontrow
