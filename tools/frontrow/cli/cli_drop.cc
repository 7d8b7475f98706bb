#include "tools/frontrow/cli/cli_drop.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/base/ids.h"
#include "engine/core/protocol/limits.h"
#include "tools/frontrow/cli/cli_crowd.h"

namespace frontrow {
namespace {

using drop::DropArgs;

constexpr const char* kDropHelp =
    "Load-test a ticket drop: many fans buy tickets from a running server, or from a server that\n"
    "this command starts. Progress is shown, and afterwards the responses that the fans got are\n"
    "compared with the server's books.";

constexpr const char* kDropFooter = R"(
Shapes of the arrivals:
  spike      most fans arrive at the start, and ever fewer later
  ramp       the rate of arrivals rises from the start to the end
  poisson    fans arrive independently of each other, at an even rate
  csv:FILE   lines of `seconds,fans`: that many fans from that second until the next line's.
             Without --fans the file also gives their number, with --fans only the shape

Durations are numbers with a unit: 500ms, 60s, 5m, 1h.

Latency counts from the moment at which a request was due, so a stall of the server is visible in
it. Responses 429 and 503 are retried after the time in Retry-After, and counted apart. A 409 means
that another fan was faster.

Examples:
  frontrow drop --fans 1000 --arrive 5s
  frontrow drop --fans 100000 --arrive 20s --connections 5000 --html drop.html
  FRONTROW_ADMIN_KEY=... frontrow drop --target http://10.0.0.7:8080 --fans 50000 --json drop.json
  frontrow drop --fans 10000 --arrive 10s --attack 10000
  frontrow drop --dates 2 --showings 2 --standing 500 --quantity 40
  frontrow drop --shape csv:last-sale.csv --abandon 15 --double-click 10

With --attack each fan and bot has an address in X-Forwarded-For, so a target must trust this machine
(http.trusted_proxies). The server that is started does, and asks for challenges, a twenty-fifth as
hard as by default, as the bots' hashes are. Fans solve challenges wherever a target asks for them.

Seats that come back after the crowd has gone are sold to the fans of --waitlist. The run ends when
all seats are sold, or when no seat can come back and no fan on the waitlist can have one that is
free.

Ctrl-C stops the arrivals; the run so far is checked and reported. Ctrl-C during the check skips the
rest of the check. A second Ctrl-C ends the program at once. Progress goes to stderr, the report to
stdout.

Exit code:
  0    everything is correct
  1    a violation (the first one is named), an unexpected response, fans who got no response at
       all, or the run could not be made or checked
  2    a mistake in the command line
  130  a second Ctrl-C
Requests without a response (refused, reset, closed, timeout) are counted and sent again; by
themselves they are no failure.)";

}  // namespace

struct DropCommandLine::Given : CrowdOptions {
  DropArgs args;
  std::vector<std::string> targets;
  std::int64_t concert = 0;

  void add_crowd();
  void add_target();
  void add_sale();
  void add_shares();
  void add_attack();
  void add_output();
};

void DropCommandLine::Given::add_crowd() {
  begin(command, "The crowd");
  add_arrivals(args, drop::kFansMax,
               "How arrivals are spread: spike, ramp, poisson or csv:FILE, see below (default "
               "spike)");
  duration("--think", args.think_ms, "Mean time between two requests of a fan in the shop",
           {0, 10 * 60'000});
  command
      ->add_flag("--stay", args.stay,
                 "Fans stay in the line after the sell-out; by default they notice it and leave")
      ->group(group());
  number("--connections", args.connections, "Connections that all fans share", "connections",
         {1, 25'000});
  duration("--timeout", args.timeout_ms, "How long one request may take", {100, 10 * 60'000});
  duration("--limit", args.limit_ms, "How long the whole run may take; then it ends as by Ctrl-C",
           {1'000, 6 * kHourMs});
  add_seed(args.seed);
}

void DropCommandLine::Given::add_target() {
  begin(command, "The server");
  command
      ->add_option("--target", targets,
                   "Server to test, http://host:port; may be given more than once: all instances "
                   "of a cluster. Without it the command starts and stops a server")
      ->type_name("URL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(group());
  text("--admin-key", args.admin_key,
       "Operators' key of the targets; safer in the environment as FRONTROW_ADMIN_KEY", "KEY");
  number("--concert", concert, "", "", {1, kConcertIdMax})
      ->description(fmt::format("Buy tickets of this concert; others may buy too (id, 1 to {}, "
                                "default: a new concert)",
                                kConcertIdMax));
  number("--server-threads", args.server_threads, "Threads of the server that is started",
         "threads", {1, 64});
  text("--data-dir", args.data_dir,
       "Data directory of the server that is started, kept afterwards; by default a temporary "
       "one, removed afterwards",
       "DIR");
}

void DropCommandLine::Given::add_sale() {
  begin(command, "The new concert");
  auto& sale = args.sale;
  add_dates(sale);
  number("--price", sale.price, "Price of a seat", "minor units", {1, kPriceMax});
  number("--max-active", sale.max_active, kMaxActiveHelp, "fans", {1, kMaxActiveMax});
  number("--admit-per-second", sale.admit_per_second, kAdmitPerSecondHelp, "fans",
         {1, kAdmitPerSecondMax});
  add_patience(sale);
  number("--hold-seconds", sale.hold_s, kHoldSecondsHelp, "seconds", {1, kHoldSecondsMax});
  add_offers(sale);
}

void DropCommandLine::Given::add_shares() {
  begin(command, "Shares of the fans with a special behaviour, drawn independently");
  auto& shares = args.shares;
  add_abandon(shares.abandon);
  percent("--retry", shares.retry,
          "Lose the connection once after each POST, and send it again with the same idempotency "
          "key");
  percent("--double-click", shares.double_click,
          "Send each hold, charge and payment twice at once, with the same idempotency key");
  percent("--two-tabs", shares.two_tabs,
          "Join, poll, hold and pay from two tabs at once, with different idempotency keys");
  add_expire(shares.expire);
  add_quantity(shares.quantity);
  add_waitlist(shares.waitlist);
}

void DropCommandLine::Given::add_attack() {
  begin(command, "Bots beside the fans, from four addresses");
  auto& attack = args.attack;
  number("--attack", attack.bots,
         "Bots that join as fast as they can under names of their own, and buy; 0: no attack",
         "bots", {0, drop::kFansMax});
  number("--attack-rate", attack.rate,
         "Further requests of bots: polls without a pause, holds that are released at once, forged "
         "tokens",
         "requests a second", {0, 1'000'000});
  number("--attack-hashes", attack.hashes,
         "Hashes that the bots' machine computes for challenges; the own server's challenges take "
         "1000 on average",
         "a second", {1, 1'000'000'000});
  command
      ->add_flag("--bare", attack.bare,
                 "The server that is started has neither limits nor challenges against the bots")
      ->group(group());
}

void DropCommandLine::Given::add_output() {
  begin(command, "The report");
  add_json(args.json, "Write all figures to this file as JSON");
  text("--html", args.html, "Write a self-contained HTML page with charts to this file", "FILE");
}

DropCommandLine::DropCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand("drop", kDropHelp);
  g.add_crowd();
  g.add_target();
  g.add_sale();
  g.add_shares();
  g.add_attack();
  g.add_output();
  g.command->footer(kDropFooter);
}

DropCommandLine::~DropCommandLine() = default;

bool DropCommandLine::parsed() const { return given_->command->parsed(); }

Result<DropArgs> DropCommandLine::asked(const std::string& admin_key_env) const {
  const Given& g = *given_;
  DropArgs args = g.args;
  if (const Status shape = g.take_shape(args); !shape.ok()) return Error{shape.error()};
  if (const Status dates = g.check_dates(args.sale); !dates.ok()) return Error{dates.error()};
  if (g.concert != 0) args.concert = static_cast<std::uint32_t>(g.concert);
  if (!admin_key_env.empty()) args.admin_key = admin_key_env;
  for (const std::string& target : g.targets) {
    const auto url = drop::parse_url(target);
    if (!url.ok()) return Error{fmt::format("--target: \"{}\" {}", target, url.error())};
    args.targets.push_back(*url);
  }
  if (args.targets.empty()) {
    if (args.concert && args.data_dir.empty())
      return Error{"--concert: needs --target, or --data-dir with this concert in it"};
    return args;
  }
  if (args.admin_key.empty())
    return Error{"--target: needs the operators' key, in FRONTROW_ADMIN_KEY or --admin-key"};
  if (!args.data_dir.empty()) {
    return Error{
        "--data-dir: cannot be combined with --target; it is for a server that is started"};
  }
  return args;
}

}  // namespace frontrow
