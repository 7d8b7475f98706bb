#include "tools/frontrow/simulate/simulate.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>

#include "tools/frontrow/common/interrupts.h"
#include "tools/frontrow/simulate/progress.h"
#include "tools/frontrow/simulate/simulation.h"
#include "tools/frontrow/workload/files.h"

namespace frontrow::simulate {
namespace {

std::string title_of(const SimulateArgs& args, std::size_t row) {
  if (args.rows.size() == 1) return "simulating";
  return fmt::format("row {} of {}", row + 1, args.rows.size());
}

}  // namespace

int run(const SimulateArgs& args) {
  std::atomic<bool> interrupted = false;
  const drop::Interrupts interrupts([&interrupted] { interrupted = true; }, [] {});
  Report report{.args = args};
  auto arrivals =
      drop::plan_arrivals({args.shape, args.csv, args.fans, args.arrive_ms, args.seed, kFansMax});
  if (!arrivals.ok()) {
    std::fputs(fmt::format("frontrow: {}\n", arrivals.error()).c_str(), stderr);
    return 1;
  }
  report.args.fans = arrivals->fans;
  Progress progress;
  const Watcher watcher{[&progress](const Standing& standing) { progress.show(standing); },
                        [&interrupted] { return interrupted.load(); }};
  for (std::size_t row = 0; row < args.rows.size() && !interrupted; ++row) {
    progress.begin(title_of(args, row));
    report.runs.push_back(simulate(args, args.rows[row], *arrivals, watcher));
    progress.end();
  }
  std::fputs(to_text(report).c_str(), stdout);
  std::fflush(stdout);
  const bool written = args.json.empty() || drop::write_file(args.json, to_json(report));
  if (report.violations() > 0) {
    std::fputs(fmt::format("frontrow: {}\n", verdict(report)).c_str(), stderr);
    return 1;
  }
  return written ? 0 : 1;
}

}  // namespace frontrow::simulate
