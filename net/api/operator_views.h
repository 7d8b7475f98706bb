// The API's views of the instance as a whole. The API forwards the text without reading it; the
// implementation reads the counters of all threads (net/metrics).
//
// Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/core/protocol/reply.h"
#include "net/api/history.h"
#include "net/api/service.h"

namespace frontrow {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// One scrape of the metrics. One thread.
class MetricsScrape {
 public:
  virtual ~MetricsScrape() = default;
  // Adds a concert as its slot described it during this scrape. REQUIRES: called before step().
  virtual void add(const ConcertView& concert) = 0;
  // Appends the next piece; false: it was the last. Between steps the thread serves other requests.
  virtual bool step(std::string& out) = 0;
};

class OperatorViews {
 public:
  virtual ~OperatorViews() = default;
  // `concerts`: the approximate number of add() calls.
  virtual std::unique_ptr<MetricsScrape> scrape(std::size_t concerts) const = 0;
  virtual LoadTotals load() const = 0;
  // The body of GET /v1/admin/cluster. False: this is a single instance.
  virtual bool render_cluster(std::string& out, ServiceState state) const = 0;
};

}  // namespace frontrow
