// One simulated sale: the engine's core, the fans, the clock. One thread.
#pragma once

#include <functional>

#include "tools/frontrow/simulate/report.h"

namespace frontrow::simulate {

// Progress of a run, for a Watcher.
struct Standing {
  const Sample* sample = nullptr;  // the newest
  double part = 0;                 // completed part of the run, 0..1, estimated
  std::uint64_t arrived = 0;
  std::uint64_t fans = 0;
};

struct Watcher {
  // Called each virtual second.
  std::function<void(const Standing&)> show;
  // True to end the run now; called each virtual millisecond.
  std::function<bool()> interrupted;
};

// Plays the sale to its end, to the limit or to the interrupt, and checks it.
SaleRun simulate(const SimulateArgs& args, const Sizes& sizes, const drop::Arrivals::Plan& arrivals,
                 const Watcher& watcher);

}  // namespace frontrow::simulate
