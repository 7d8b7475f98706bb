// The metrics of one instance in Prometheus text form, through prometheus-cpp's model and
// serializer, and its links as JSON. Each thread counts in plain counters of its own (api_stats.h,
// worker.h, journal_pump.h); a scrape sums them up.
//
// A scrape is rendered in steps, between which its thread serves other requests. Only the busiest
// concerts have metrics of their own; sums cover all concerts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/runtime/instance/cluster_instance.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/memory/memory_bounds.h"
#include "engine/runtime/recovery/recovery.h"
#include "net/api/api_stats.h"
#include "net/api/concert_sums.h"
#include "net/api/operator_views.h"
#include "net/auth/key_ring.h"
#include "net/peer/link_summary.h"

namespace frontrow {

class Engine;
struct CheckpointStats;

// The sources of the numbers. Filled before the threads start, then read-only.
struct MetricsSource {
  std::string version = "unknown";  // of the program
  std::string commit = {};          // that it was built from; empty: not known
  Engine* engine = nullptr;
  const KeyRing* keys = nullptr;
  std::vector<const ApiStats*> edges;
  // One of several instances; null: a single one.
  std::function<ClusterReport()> cluster;
  std::vector<const ThreadLinks*> links;
  std::function<JournalSpace()> journal_space;
  std::function<MemoryUse()> memory;  // null: no memory metrics
  RecoveryReport recovery;
  const CheckpointStats* checkpoints = nullptr;
  std::size_t concerts_max = 100;  // concerts with metrics of their own
};

// The busiest concerts (users waiting and active, then numbers drawn) by id, and sums over all.
struct ConcertMetrics {
  ConcertMetrics(std::vector<ConcertSums> concerts, std::size_t concerts_max);

  std::vector<ConcertSums> busiest;
  ConcertSums all;
  std::size_t count = 0;
};

class MetricsViews final : public OperatorViews {
 public:
  // source must outlive the views.
  explicit MetricsViews(const MetricsSource& source) : source_(source) {}

  std::unique_ptr<MetricsScrape> scrape(std::size_t concerts) const override;
  LoadTotals load() const override;
  bool render_cluster(std::string& out, ServiceState state) const override;

 private:
  const MetricsSource& source_;
};

}  // namespace frontrow
