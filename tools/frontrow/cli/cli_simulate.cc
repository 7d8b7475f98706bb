#include "tools/frontrow/cli/cli_simulate.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/core/protocol/limits.h"
#include "tools/frontrow/cli/cli_crowd.h"

namespace frontrow {
namespace {

using simulate::SimulateArgs;

constexpr const char* kSimulateHelp =
    "Run a sale in the engine alone, in virtual time, without disk and network, to choose\n"
    "maxActive, admitPerSecond and the hold time before a sale. Millions of fans take minutes on\n"
    "one core.";

constexpr const char* kSimulateFooter = R"(
Shapes of the arrivals: spike, ramp, poisson, csv:FILE, as in `frontrow drop --help`.

Times are numbers with a unit: 500ms, 60s, 5m, 1h. All are virtual, except the printed cost of the
run. The thinking time is drawn for each step: fixed:5s is always 5 seconds, uniform:5s is between 0
and 10 seconds, exponential:5s has a long tail; a time alone keeps the default's spread. A fan needs
three steps to hold a seat (date, seat, hold), two of them again each time another fan was faster,
and then two more steps (charge, pay).

--max-active, --admit-per-second and --hold-seconds take several values, separated by commas. Every
combination is run, and the table has one row for each.

Examples:
  frontrow simulate --fans 1000000 --dates 3 --seats 50000
  frontrow simulate --fans 200000 --max-active 1000,5000,20000 --hold-seconds 120,300
  frontrow simulate --fans 50000 --showings 2 --standing 500 --quantity 40 --waitlist 30
  frontrow simulate --fans 13000000 --dates 3 --seats 50000 --arrive 10m --max-active 50000 \
                    --admit-per-second 2000 --json sale.json

Each poll of each fan runs through the engine's own code; the same seed and options give the same
figures and the same state hash. Afterwards the engine's invariants and all money are checked.

Ctrl-C ends the run and reports it so far; a second Ctrl-C ends the program at once. Progress goes
to stderr, the report to stdout.

Exit code:
  0    everything is correct
  1    a violation (the first one is named), or a file that cannot be read or written
  2    a mistake in the command line
  130  a second Ctrl-C)";

}  // namespace

struct SimulateCommandLine::Given : CrowdOptions {
  SimulateArgs args;
  std::vector<std::uint32_t> max_active{2'000};
  std::vector<std::uint32_t> admit_per_second{1'000};
  std::vector<std::uint32_t> hold_s{300};

  void add_crowd();
  void add_sale();
  void add_output();
};

void SimulateCommandLine::Given::add_crowd() {
  begin(command, "The crowd");
  add_arrivals(args, simulate::kFansMax,
               "How arrivals are spread: spike, ramp, poisson or csv:FILE (default spike)");
  think("--think", args.think, "Mean time that a fan needs for each step until a seat is held",
        {0, 10 * 60'000});
  think("--think-pay", args.pay, "Mean time for each of the two steps after the hold",
        {0, 10 * 60'000});
  add_abandon(args.abandon);
  add_expire(args.expire);
  add_quantity(args.quantity);
  add_waitlist(args.waitlist);
  command
      ->add_flag("--join-keys", args.join_keys,
                 "Each join carries an idempotency key; the stored answers take memory")
      ->group(group());
  add_seed(args.seed);
  duration("--limit", args.limit_ms,
           "How long the sale may take in virtual time; then it ends as by Ctrl-C",
           {1'000, 18 * kHourMs});
}

void SimulateCommandLine::Given::add_sale() {
  begin(command, "The concert");
  add_dates(args);
  numbers("--max-active", max_active, kMaxActiveHelp, "fans", {1, kMaxActiveMax});
  numbers("--admit-per-second", admit_per_second, kAdmitPerSecondHelp, "fans",
          {1, kAdmitPerSecondMax});
  numbers("--hold-seconds", hold_s, kHoldSecondsHelp, "seconds", {1, kHoldSecondsMax});
  add_offers(args);
  add_patience(args);
}

void SimulateCommandLine::Given::add_output() {
  begin(command, "The report");
  add_json(args.json, "Write all figures, second by second, to this file as JSON");
}

SimulateCommandLine::SimulateCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand("simulate", kSimulateHelp);
  g.add_crowd();
  g.add_sale();
  g.add_output();
  g.command->footer(kSimulateFooter);
}

SimulateCommandLine::~SimulateCommandLine() = default;

bool SimulateCommandLine::parsed() const { return given_->command->parsed(); }

Result<SimulateArgs> SimulateCommandLine::asked() const {
  const Given& g = *given_;
  SimulateArgs args = g.args;
  if (const Status shape = g.take_shape(args); !shape.ok()) return Error{shape.error()};
  if (const Status dates = g.check_dates(args); !dates.ok()) return Error{dates.error()};
  const std::size_t rows = g.max_active.size() * g.admit_per_second.size() * g.hold_s.size();
  if (rows > simulate::kRowsMax) {
    return Error{fmt::format(
        "--max-active, --admit-per-second, --hold-seconds: {} combinations, at most {} can be "
        "compared",
        rows, simulate::kRowsMax)};
  }
  for (const std::uint32_t max_active : g.max_active) {
    for (const std::uint32_t admit_per_second : g.admit_per_second) {
      for (const std::uint32_t hold_s : g.hold_s)
        args.rows.push_back({max_active, admit_per_second, hold_s});
    }
  }
  return args;
}

}  // namespace frontrow
