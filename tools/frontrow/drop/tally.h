// Counters of a run: totals, and one sample a second. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/frontrow/common/latency.h"
#include "tools/frontrow/workload/answer.h"
#include "tools/frontrow/workload/fan.h"
#include "tools/frontrow/workload/waiting.h"

namespace frontrow::drop {

inline constexpr std::size_t kStatusMax = 600;

// The server's own figures, from the operator's view.
struct ServerFigures {
  std::uint64_t waiting = 0;
  std::uint64_t active = 0;
  std::uint64_t held = 0;  // seats
  std::uint64_t sold = 0;
};

// Classes of status codes, one chart series each.
enum class StatusClass : std::uint8_t { kOk, kConflict, kOther4xx, kWait, kServerError, kFault };
inline constexpr std::size_t kStatusClasses = 6;
const char* name_of(StatusClass status_class);

// One second; the last one may be shorter.
struct Sample {
  std::uint32_t at_ms = 0;  // its end
  std::uint32_t length_ms = 0;
  std::uint64_t arrived = 0;  // so far, as are the next two
  std::uint64_t admitted = 0;
  std::uint64_t bought = 0;
  std::uint64_t answers = 0;  // in this second, as are the following members
  std::uint32_t p50_us = 0;
  std::uint32_t p90_us = 0;
  std::uint32_t p99_us = 0;
  std::uint32_t max_us = 0;
  std::array<std::uint32_t, kStatusClasses> classes{};
  ServerFigures server;  // newest at the end of the second
};

// Counters of one target.
struct TargetTally {
  std::uint64_t requests = 0;  // sent
  std::uint64_t answers = 0;
  std::array<std::uint64_t, kFaults> faults{};
  LatencyHistogram latency;

  std::uint64_t errors() const;  // faults that were not intended
};

struct Tally {
  std::uint64_t arrived = 0;
  std::uint64_t joined = 0;
  std::uint64_t admitted = 0;
  std::uint64_t holds = 0;
  std::uint64_t conflicts = 0;  // 409: another user got the seat, or there were too few
  std::uint64_t bought = 0;     // fans
  std::uint64_t seats = 0;      // that they bought
  std::int64_t revenue = 0;     // acknowledged payments, minor units
  std::uint64_t requests = 0;   // sent
  std::uint64_t answers = 0;
  std::uint64_t told_429 = 0;  // with Retry-After, obeyed
  std::uint64_t told_503 = 0;
  std::uint64_t replayed = 0;       // stored answers
  std::uint64_t repeated = 0;       // requests repeated because no response came
  std::uint64_t server_errors = 0;  // 5xx without Retry-After
  std::uint64_t unreadable = 0;
  std::array<std::uint64_t, kStatusMax> statuses{};
  // Part of `statuses` that no fan should get: 5xx without Retry-After, and meaningless responses.
  std::array<std::uint64_t, kStatusMax> unexpected_statuses{};
  std::array<std::uint64_t, kFaults> faults{};
  std::array<std::uint64_t, kOutcomes> outcomes{};
  std::array<LatencyHistogram, kAsks> latency;  // by kind of request, from the due time
  LatencyHistogram all_latency;
  LatencyHistogram send_lag;   // from the due time until sent
  LatencyHistogram line_time;  // from the arrival until the reply that admits
  LatencyHistogram shop_time;  // from then until paid
  WaitlistFigures waitlist;
  std::vector<Sample> samples;
  std::vector<TargetTally> targets;

  // Unintended faults and unexpected responses.
  std::uint64_t errors() const;
  // Unexpected responses.
  std::uint64_t unexpected() const;
};

StatusClass class_of(Fault fault, int status, bool told_to_wait);

}  // namespace frontrow::drop
