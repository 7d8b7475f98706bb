// The scenarios of http_load: requests to a frontrow server, their preparation, and the accepted
// responses. Every scenario is bounded in time and requests and fails at the first unexpected
// response.
//
// One thread. Left out: refusals under overload (a 503 fails a run; the scenarios measure completed
// work).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/http_load.h"

namespace frontrow::bench {

struct ScenarioOptions {
  std::vector<HttpTarget> targets;  // a server, or several of one sale; line: and its cache
  std::string admin_key;
  std::string path = "/livez";  // static
  std::uint32_t connections = 256;
  std::uint32_t pipeline = 1;
  double seconds = 5;
  double per_second = 0;  // requests at this rate (open loop); 0: as fast as responses arrive
  double warm_up_seconds = 0.5;
  // Ends the warm-up or the measurement under way once it is set.
  std::atomic<bool>* phase_ended = nullptr;
  std::uint64_t requests_max = 1'000'000;  // warm-up included
  std::uint32_t users = 10'000;            // poll, line: in line
  std::uint32_t active = 0;                // poll: active users among them; 0: half
  // poll: polling users among them, spread evenly; 0: all. line: those whose places are compared.
  std::uint32_t askers = 0;
  std::uint32_t concerts = 1;              // poll, hold: requests go to each in turn
  std::uint32_t seats_per_date = 100'000;  // hold, seats
  std::uint32_t seats_per_user = 10;       // hold: seats that one user takes, one a request
  std::uint32_t concert = 0;               // hold: one of the concerts is this one; 0: all are new
  std::uint32_t first_date = 0;            // hold: the first one with holds, counted from 0
  std::uint32_t spare_dates = 0;           // hold_pay: dates more, without sales
  std::uint32_t holds = 100'000;           // expire
  std::vector<int> server_pids;            // none: their CPU time is not reported
  std::vector<int> owner_pids;             // the same of the processes behind them
};

struct ScenarioResult {
  LoadResult load;
  double server_cpu_s = 0;
  double owner_cpu_s = 0;
  std::uint64_t journeys = 0;        // journey; hold_pay: pairs; line: places that were compared
  double idle_connection_bytes = 0;  // idle: private memory of the server
  LatencyHistogram calm;             // expire: latency of the polls before the first deadline
  double last_expiry_late_ms = 0;    // expire: all seats seen free, after the last deadline
};

// `scenario` is static, idle, poll, line, seats, hold, hold_pay, journey or expire. load.failure
// holds the reason of a failed run.
ScenarioResult run_scenario(std::string_view scenario, const ScenarioOptions& options);

}  // namespace frontrow::bench
