// The scenarios of http_load: what each asks of a frontrow server, what it prepares, and which
// answers it takes. Every scenario is bounded in time and requests and fails at the first answer
// that it does not need.
//
// One thread. Left out: refusals under overload (a 503 fails a run; what is measured here is work
// that is done).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/http_load.h"

namespace frontrow::bench {

struct ScenarioOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string admin_key;
  std::string path = "/livez";  // static
  std::uint32_t connections = 256;
  std::uint32_t pipeline = 1;
  double seconds = 5;
  double warm_up_seconds = 0.5;
  std::uint64_t requests_max = 1'000'000;  // warm-up included
  std::uint32_t users = 10'000;            // poll: half of them active, half waiting
  std::uint32_t concerts = 1;              // hold: requests go to each in turn
  std::uint32_t seats_per_user = 10;       // hold: seats that one user takes, one a request
  std::uint32_t holds = 100'000;           // expire
  int server_pid = 0;                      // 0: its CPU time is not told
};

struct ScenarioResult {
  LoadResult load;
  double server_cpu_s = 0;
  std::uint64_t journeys = 0;      // journey
  double last_expiry_late_ms = 0;  // expire: seats seen free after the last deadline
};

// `scenario` is static, poll, hold, journey or expire. What fails is told in load.failure.
ScenarioResult run_scenario(std::string_view scenario, const ScenarioOptions& options);

}  // namespace frontrow::bench
