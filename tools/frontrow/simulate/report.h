// Results of simulated sales: one run, or a comparison of several, as text and as JSON. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/frontrow/drop/report.h"
#include "tools/frontrow/simulate/core.h"
#include "tools/frontrow/simulate/crowd.h"
#include "tools/frontrow/simulate/options.h"

namespace frontrow::simulate {

// One virtual second; the last one may be shorter.
struct Sample {
  std::uint32_t at_ms = 0;  // its end
  std::uint64_t arrived = 0;
  std::uint64_t waiting = 0;
  std::uint64_t active = 0;
  std::uint64_t held = 0;
  std::uint64_t sold = 0;
  std::uint64_t requests = 0;  // in this second, as are the polls
  std::uint64_t polls = 0;
};

struct CommandCost {
  const char* name = "";
  std::uint64_t count = 0;
  double seconds = 0;  // CPU
};

// One run. The members down to `samples` depend on the options alone and are the same each time;
// the later ones are measured.
struct SaleRun {
  Sizes sizes;
  drop::Ending ending = drop::Ending::kDone;
  std::uint32_t virtual_ms = 0;
  std::uint64_t seats = 0;
  std::uint64_t unfinished = 0;  // fans
  Instant start;
  CoreFigures core;
  CrowdFigures crowd;
  std::uint64_t commands = 0;
  // The most requests in one second while there were seats, and after the last one was sold.
  std::uint64_t requests_most = 0;
  std::uint64_t requests_most_after = 0;
  std::uint64_t state_hash = 0;
  std::vector<std::string> violations;
  std::uint64_t violation_count = 0;
  std::vector<Sample> samples;

  double wall_s = 0;
  double cpu_s = 0;     // of the whole run, without the checks
  double engine_s = 0;  // part of it in the engine's commands and timers
  double timers_s = 0;  // part of that: admissions and expiries
  double check_s = 0;
  std::vector<CommandCost> costs;  // of the kinds that were used
  std::uint64_t resident_most = 0;
  std::uint64_t resident_before = 0;
  std::uint64_t crowd_bytes = 0;

  bool sold_out() const { return core.sold_last.is_set(); }
  double sold_percent() const;  // of the seats
  // Seconds since the start; empty if the event never happened.
  std::optional<double> seconds_until(Instant at) const;
  // Memory of the engine for each fan.
  double engine_bytes_a_fan() const;
};

struct Report {
  SimulateArgs args;
  std::vector<SaleRun> runs;
  std::uint64_t violations() const;
};

// One run in full, or, if there are several, one row for each.
std::string to_text(const Report& report);
std::string to_json(const Report& report);
// The result of the runs in one sentence.
std::string verdict(const Report& report);

}  // namespace frontrow::simulate
