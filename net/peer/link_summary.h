// The links of an instance as operators see them: for GET /v1/admin/cluster and for /metrics. What
// the threads count each for itself (peer_stats.h) is added up by peer.
//
// Any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/runtime/cluster/cluster.h"
#include "net/peer/peer_stats.h"

namespace frontrow {

// One of a thread's: its links by peer.
using ThreadLinks = std::map<InstanceId, PeerStats>;

struct LinkSummary {
  InstanceId peer = 0;
  bool up = false;
  Instant since;             // up: of this link
  std::uint64_t rtt_us = 0;  // up: there and back, smoothed
  std::uint64_t connections = 0;
  std::uint64_t outstanding = 0, asked = 0, output_bytes = 0;
  std::uint64_t requests_out = 0, requests_in = 0, messages_out = 0, messages_in = 0;
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint64_t refused_overloaded = 0, refused_unavailable = 0, outcome_unknown = 0;
  std::uint64_t refused_late = 0, messages_dropped = 0, handshakes_refused = 0;
  std::string last_refusal;  // empty: none since it was up last
};

// One for every other instance of the map, by id.
std::vector<LinkSummary> summarize_links(const ClusterView& cluster,
                                         const std::vector<const ThreadLinks*>& threads);

}  // namespace frontrow
