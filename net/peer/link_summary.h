// The links of an instance for operators: for GET /v1/admin/cluster and for /metrics. Sums up the
// counters of all threads (peer_stats.h) by peer.
//
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/runtime/cluster/peer_name.h"
#include "net/peer/peer_stats.h"

namespace frontrow {

struct LinkSummary {
  InstanceId peer = 0;
  PeerName name;
  bool up = false;
  Instant since;             // up: start of this link
  std::uint64_t rtt_us = 0;  // up: round trip, smoothed
  std::uint64_t connections = 0;
  std::uint64_t outstanding = 0, unanswered = 0, output_bytes = 0;
  std::uint64_t requests_out = 0, requests_in = 0, messages_out = 0, messages_in = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint64_t refused_overloaded = 0, refused_unavailable = 0, outcome_unknown = 0;
  std::uint64_t copied_out = 0, copied_in = 0;
  std::uint64_t refused_late = 0, messages_dropped = 0, handshakes_refused = 0;
  std::string last_refusal;  // empty: no refusal since the link was up
};

// One summary for every other instance of the cluster, by id.
std::vector<LinkSummary> summarize_links(const PeerNames& peers,
                                         const std::vector<const ThreadLinks*>& threads);

}  // namespace frontrow
