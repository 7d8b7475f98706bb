// The metrics of one instance in Prometheus text form, through prometheus-cpp's model and
// serializer. The threads count into plain counters of their own (api_stats.h, worker.h,
// journal_pump.h); a scrape adds up.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/reply.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/rehearsal.h"
#include "net/api_stats.h"
#include "net/key_ring.h"
#include "net/link_summary.h"

namespace frontrow {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// Where the numbers are. Filled before the threads start; then only read.
struct MetricsSource {
  Engine* engine = nullptr;
  const KeyRing* keys = nullptr;
  std::vector<const ApiStats*> edges;
  std::vector<const ThreadLinks*> links;  // empty: a single instance
  std::function<JournalSpace()> journal_space;
  RecoveryReport recovery;
  const RehearsalStats* rehearsal = nullptr;
};

// `concerts`: what their slots said during this scrape.
void append_metrics(std::string& out, const MetricsSource& source,
                    std::span<const ConcertView> concerts);

}  // namespace frontrow
