#include "tools/frontrow/cli/cli_drop.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/base/ids.h"
#include "engine/core/protocol/limits.h"
#include "tools/frontrow/cli/cli_values.h"

namespace frontrow {
namespace {

using drop::DropArgs;
using drop::Shape;

constexpr const char* kDropHelp =
    "Load-test a ticket drop: play fans against a running sale, or a server of its own, show how "
    "it\n"
    "goes, and check afterwards that what the fans were told agrees with the server's books.";

constexpr const char* kDropFooter = R"(
Shapes of the arrivals:
  spike      most come at the start, and ever fewer later
  ramp       more and more come
  poisson    independent of each other, at an even rate
  csv:FILE   lines of `seconds,fans`: so many fans from that second until the next line's.
             Without --fans as many come as the file says; with it the file gives only the shape

Durations are numbers with a unit: 500ms, 60s, 5m, 1h.

Latency is counted from the moment at which a request was meant to be sent, so that a server that
stalls is seen to stall. 429 and 503 with Retry-After are obeyed, and counted apart; a 409 means
that another fan was faster.

Examples:
  frontrow drop --fans 1000 --arrive 5s
  frontrow drop --fans 100000 --arrive 20s --connections 5000 --html drop.html
  FRONTROW_ADMIN_KEY=... frontrow drop --target http://10.0.0.7:8080 --fans 50000 --json drop.json
  frontrow drop --shape csv:last-sale.csv --abandon 15 --double-click 10

Ctrl-C ends the arrivals, and what was seen until then is reported and checked; while the books are
checked it leaves that. A second one ends the program at once. Progress goes to stderr, the report
to stdout.

Exit code: 0 all is as it must be, 1 a violation (the first one is named), an unexpected
response, fans who never got any, or the run could not be made or checked, 2 a mistake in the
command itself, 130 a second Ctrl-C. Requests without an answer (refused, reset, closed, timeout) are
counted and asked again, and are no failure by themselves.)";

}  // namespace

struct DropCommandLine::Given : OptionAdder {
  DropArgs args;
  std::string shape = "spike";
  CLI::App* command = nullptr;
  std::vector<std::string> targets;
  CLI::Option* fans = nullptr;
  CLI::Option* arrive = nullptr;
  std::int64_t concert = 0;

  void add_crowd();
  void add_target();
  void add_sale();
  void add_shares();
  void add_output();
};

void DropCommandLine::Given::add_crowd() {
  begin(command, "The crowd");
  fans = number("--fans", args.fans, "Fans who come", "fans", {1, drop::kFansMax});
  arrive = duration("--arrive", args.arrive_ms, "Time over which they come; not with csv",
                    {1, 24 * kHourMs});
  text("--shape", shape,
       "How they come: spike, ramp, poisson or csv:FILE, see below (default spike)", "SHAPE");
  duration("--think", args.think_ms, "Mean time that a fan takes for each step in the shop",
           {0, 10 * 60'000});
  command
      ->add_flag("--stay", args.stay,
                 "Fans in the line stay there after the sell-out; otherwise word of it spreads "
                 "and they leave")
      ->group(group());
  number("--connections", args.connections, "Connections on which all fans' requests are sent",
         "connections", {1, 25'000});
  duration("--timeout", args.timeout_ms, "How long one request may take", {100, 10 * 60'000});
  duration("--limit", args.limit_ms, "How long the whole run may take; then it ends as by Ctrl-C",
           {1'000, 6 * kHourMs});
  number("--seed", args.seed, "Who the fans are and what they choose: repeats a run", "number",
         {0, INT64_MAX});
}

void DropCommandLine::Given::add_target() {
  begin(command, "The server");
  command
      ->add_option("--target", targets,
                   "Server to play against, http://host:port; give it once for each instance. "
                   "Without it a server of its own is started and ended")
      ->type_name("URL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group());
  text("--admin-key", args.admin_key,
       "The targets' operators' key; better in the environment as FRONTROW_ADMIN_KEY", "KEY");
  number("--concert", concert, "", "", {1, kConcertIdMax})
      ->description(fmt::format("Play against this concert, where others may buy too (id, 1 to {}, "
                                "default one that is created)",
                                kConcertIdMax));
  number("--server-threads", args.server_threads, "Threads of the own server", "threads", {1, 64});
  text("--data-dir", args.data_dir,
       "Data directory of the own server, which stays; otherwise a temporary one that goes", "DIR");
}

void DropCommandLine::Given::add_sale() {
  begin(command, "The concert that is created");
  auto& sale = args.sale;
  number("--dates", sale.dates, "Dates", "dates", {1, kDatesPerConcertMax});
  number("--seats", sale.seats, "Seats of each date", "seats", {1, kSeatsPerDateMax});
  number("--price", sale.price, "Price of a seat", "minor units", {1, kPriceMax});
  number("--max-active", sale.max_active, "Fans in the shop at a time", "fans", {1, kMaxActiveMax});
  number("--admit-per-second", sale.admit_per_second, "Fans admitted each second at most", "fans",
         {1, kAdmitPerSecondMax});
  number("--session-seconds", sale.session_s, "How long an admitted fan may stay", "seconds",
         {1, kSessionSecondsMax});
  number("--idle-seconds", sale.idle_s, "Who does not poll for this long leaves the line",
         "seconds", {1, kIdleSecondsMax});
  number("--hold-seconds", sale.hold_s, "How long a seat is held without payment", "seconds",
         {1, kHoldSecondsMax});
}

void DropCommandLine::Given::add_shares() {
  begin(command, "How fans behave; the shares overlap by chance");
  auto& shares = args.shares;
  percent("--abandon", shares.abandon,
          "Go away from the line or the shop, half of them without a word");
  percent("--retry", shares.retry,
          "Lose the connection once after each POST, and ask again with the same idempotency key");
  percent("--double-click", shares.double_click,
          "Send each hold, charge and payment twice at once, with the same idempotency key");
  percent("--two-tabs", shares.two_tabs,
          "Join, poll, hold and pay from two tabs at once, with different idempotency keys");
  percent("--expire", shares.expire, "Let the hold expire, and then try to pay it");
}

void DropCommandLine::Given::add_output() {
  begin(command, "The report");
  text("--json", args.json, "Write all figures to this file", "FILE");
  text("--html", args.html, "Write one page with charts to this file; it needs nothing else",
       "FILE");
}

DropCommandLine::DropCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand("drop", kDropHelp);
  g.add_crowd();
  g.add_target();
  g.add_sale();
  g.add_shares();
  g.add_output();
  g.command->footer(kDropFooter);
}

DropCommandLine::~DropCommandLine() = default;

bool DropCommandLine::parsed() const { return given_->command->parsed(); }

Result<DropArgs> DropCommandLine::asked(const std::string& admin_key_env) const {
  const Given& g = *given_;
  DropArgs args = g.args;
  const auto shape = parse_shape(g.shape, args.csv);
  if (!shape.ok()) return Error{shape.error()};
  args.shape = *shape;
  if (args.shape == Shape::kCsv) {
    if (g.arrive->count() > 0) return Error{"--arrive: not with csv, whose file has the times"};
    if (g.fans->count() == 0) args.fans = 0;
  }
  if (g.concert != 0) args.concert = static_cast<std::uint32_t>(g.concert);
  if (!admin_key_env.empty()) args.admin_key = admin_key_env;
  for (const std::string& target : g.targets) {
    const auto url = drop::parse_url(target);
    if (!url.ok()) return Error{fmt::format("--target: \"{}\" {}", target, url.error())};
    args.targets.push_back(*url);
  }
  if (args.targets.empty()) {
    if (args.concert && args.data_dir.empty())
      return Error{"--concert: needs --target, or --data-dir with that concert in it"};
    return args;
  }
  if (args.admin_key.empty())
    return Error{"--target: needs the operators' key, in FRONTROW_ADMIN_KEY or --admin-key"};
  if (!args.data_dir.empty()) return Error{"--data-dir: is of the own server, not with --target"};
  return args;
}

}  // namespace frontrow
