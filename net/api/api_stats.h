// Counters of one thread's API; written by that thread, read by the thread that renders metrics.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/histogram.h"
#include "net/api/api_routes.h"

namespace frontrow {

// Response statuses with a counter each; other statuses count under the last entry.
inline constexpr std::array<int, 23> kCountedStatuses = {200, 201, 204, 304, 400, 401, 403, 404,
                                                         405, 406, 408, 409, 410, 412, 413, 415,
                                                         422, 429, 500, 501, 503, 505, 0};
constexpr std::size_t status_index(int status) {
  for (std::size_t i = 0; i + 1 < kCountedStatuses.size(); ++i) {
    if (kCountedStatuses[i] == status) return i;
  }
  return kCountedStatuses.size() - 1;
}

struct ApiStats {
  std::array<std::array<Counter, kCountedStatuses.size()>, kRouteCount> answers;
  std::array<Histogram, kRouteCount> latency_us;
  Counter streams;
  Counter requests_open;
  // Counters of the HTTP server of the same thread, copied once a turn.
  Counter connections, connections_accepted, connections_refused, connections_evicted,
      connections_shed, timeouts, bytes_in, bytes_out, refused_unparsed, unsent_bytes;
};

}  // namespace frontrow
