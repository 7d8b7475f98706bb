#include "tools/frontrow/cli/cli_simulate.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/core/protocol/limits.h"
#include "tools/frontrow/cli/cli_values.h"

namespace frontrow {
namespace {

using drop::Shape;
using simulate::SimulateArgs;

constexpr const char* kSimulateHelp =
    "Play a sale in the engine alone, on virtual time, without disk and network: to size "
    "maxActive,\n"
    "admitPerSecond and the hold time beforehand. Millions of fans take minutes on one core.";

constexpr const char* kSimulateFooter = R"(
Shapes of the arrivals: spike, ramp, poisson, csv:FILE, as of `frontrow drop --help`.

Times are numbers with a unit: 500ms, 60s, 5m, 1h. All but the printed cost are virtual. The time
that a fan thinks is drawn for each step: fixed:5s is always that, uniform:5s evenly between nothing
and twice that, exponential:5s has a long tail; a time alone keeps the spread of the default. Before
a seat is held there are three steps (the date, the seat, the hold), two of them again each time that
another fan was faster; then two more (charge, pay).

--max-active, --admit-per-second and --hold-seconds take several values, separated by commas. Every
combination is played, and a table has one row for each.

Examples:
  frontrow simulate --fans 1000000 --dates 3 --seats 50000
  frontrow simulate --fans 200000 --max-active 1000,5000,20000 --hold-seconds 120,300
  frontrow simulate --fans 13000000 --dates 3 --seats 50000 --arrive 10m --max-active 50000 \
                    --admit-per-second 2000 --json sale.json

Every poll of every fan is played by the engine's own code, and the same seed and options give the
same figures and the same state hash. Afterwards the engine's invariants and all money are checked.

Ctrl-C ends the run and reports what was there until then; a second one ends the program at once.
Progress goes to stderr, the report to stdout.

Exit code: 0 all is as it must be, 1 a violation (the first one is named) or a file that can't be
read or written, 2 a mistake in the command itself, 130 a second Ctrl-C.)";

}  // namespace

struct SimulateCommandLine::Given : OptionAdder {
  SimulateArgs args;
  CLI::App* command = nullptr;
  std::string shape = "spike";
  CLI::Option* fans = nullptr;
  CLI::Option* arrive = nullptr;
  std::vector<std::uint32_t> max_active{2'000};
  std::vector<std::uint32_t> admit_per_second{1'000};
  std::vector<std::uint32_t> hold_s{300};

  void add_crowd();
  void add_sale();
  void add_output();
};

void SimulateCommandLine::Given::add_crowd() {
  begin(command, "The crowd");
  fans = number("--fans", args.fans, "Fans who come", "fans", {1, simulate::kFansMax});
  arrive = duration("--arrive", args.arrive_ms, "Time over which they come; not with csv",
                    {1, 24 * kHourMs});
  text("--shape", shape, "How they come: spike, ramp, poisson or csv:FILE (default spike)",
       "SHAPE");
  think("--think", args.think, "Mean time that a fan takes for each step until a seat is held",
        {0, 10 * 60'000});
  think("--think-pay", args.pay, "Mean time for each of the two steps from there",
        {0, 10 * 60'000});
  percent("--abandon", args.abandon,
          "Go away from the line or the shop, half of them without a word");
  percent("--expire", args.expire, "Let the hold expire, and then try to pay it");
  command
      ->add_flag("--join-keys", args.join_keys,
                 "Joins carry an idempotency key, whose answers are kept: see the memory")
      ->group(group());
  number("--seed", args.seed, "Who the fans are and what they choose: repeats a run", "number",
         {0, INT64_MAX});
  duration("--limit", args.limit_ms,
           "How long the sale may take in virtual time; then it ends as by Ctrl-C",
           {1'000, 18 * kHourMs});
}

void SimulateCommandLine::Given::add_sale() {
  begin(command, "The concert");
  number("--dates", args.dates, "Dates", "dates", {1, kDatesPerConcertMax});
  number("--seats", args.seats, "Seats of each date", "seats", {1, kSeatsPerDateMax});
  numbers("--max-active", max_active, "Fans in the shop at a time", "fans", {1, kMaxActiveMax});
  numbers("--admit-per-second", admit_per_second, "Fans admitted each second at most", "fans",
          {1, kAdmitPerSecondMax});
  numbers("--hold-seconds", hold_s, "How long a seat is held without payment", "seconds",
          {1, kHoldSecondsMax});
  number("--session-seconds", args.session_s, "How long an admitted fan may stay", "seconds",
         {1, kSessionSecondsMax});
  number("--idle-seconds", args.idle_s, "Who does not poll for this long leaves the line",
         "seconds", {1, kIdleSecondsMax});
}

void SimulateCommandLine::Given::add_output() {
  begin(command, "The report");
  text("--json", args.json, "Write all figures, second by second, to this file", "FILE");
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
  const auto shape = parse_shape(g.shape, args.csv);
  if (!shape.ok()) return Error{shape.error()};
  args.shape = *shape;
  if (args.shape == Shape::kCsv) {
    if (g.arrive->count() > 0) return Error{"--arrive: not with csv, whose file has the times"};
    if (g.fans->count() == 0) args.fans = 0;
  }
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
