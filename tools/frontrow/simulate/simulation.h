// One simulated sale, put together: the engine's core, the fans, the clock. One thread.
#pragma once

#include <functional>

#include "tools/frontrow/simulate/report.h"

namespace frontrow::simulate {

// Where a run stands; for whoever watches it.
struct Standing {
  const Sample* sample = nullptr;  // the newest
  double part = 0;                 // of the run, 0..1, as far as can be told
  std::uint64_t arrived = 0;
  std::uint64_t fans = 0;
};

struct Watcher {
  // Called each virtual second.
  std::function<void(const Standing&)> show;
  // Whether the run is to end now; asked each virtual millisecond.
  std::function<bool()> interrupted;
};

// Plays the sale to its end, to the limit or to the interrupt, and checks it.
SaleRun simulate(const SimulateArgs& args, const Sizes& sizes, const drop::Arrivals::Plan& arrivals,
                 const Watcher& watcher);

}  // namespace frontrow::simulate
