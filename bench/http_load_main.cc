// http_load: drives a frontrow server (or, with the scenario static, any HTTP/1.1 server) and
// prints its rate, its latency and its CPU time. Exits with 1 when a response was not the expected
// one.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load_scenarios.h"
#include "engine/base/text.h"

namespace {

using frontrow::bench::HttpTarget;
using frontrow::bench::LoadResult;
using frontrow::bench::ScenarioOptions;
using frontrow::bench::ScenarioResult;

std::optional<HttpTarget> target_of(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  HttpTarget target{std::string(url.substr(0, colon)),
                    frontrow::parse_number<std::uint16_t>(url.substr(colon + 1)).value_or(0)};
  if (target.port == 0) return std::nullopt;
  return target;
}

double per(double total, std::uint64_t count) {
  return count == 0 ? 0 : total / static_cast<double>(count);
}

double us(std::int64_t ns) { return static_cast<double>(ns) / 1000; }

void print(std::string_view scenario, const ScenarioOptions& options, const ScenarioResult& result,
           bool as_json) {
  const LoadResult& load = result.load;
  std::string statuses;
  for (const auto& [status, count] : load.statuses) {
    statuses += fmt::format("{}\"{}\":{}", statuses.empty() ? "" : ",", status, count);
  }
  const double rate = load.seconds > 0 ? static_cast<double>(load.answers) / load.seconds : 0;
  const double journeys =
      load.seconds > 0 ? static_cast<double>(result.journeys) / load.seconds : 0;
  const double server_us = per(result.server_cpu_s * 1e6, load.answers);
  const double owner_us = per(result.owner_cpu_s * 1e6, load.answers);
  const double client_us = per(load.client_cpu_s * 1e6, load.answers);
  if (as_json) {
    fmt::print(
        "{{\"scenario\":\"{}\",\"connections\":{},\"pipeline\":{},\"requests\":{},\"seconds\":{:."
        "3f},"
        "\"perSecond\":{:.0f},\"statuses\":{{{}}},\"p50Us\":{:.1f},\"p99Us\":{:.1f},\"p999Us\":{:."
        "1f},"
        "\"maxUs\":{:.1f},\"serverCpuUs\":{:.3f},\"ownerCpuUs\":{:.3f},\"clientCpuUs\":{:.3f},"
        "\"journeysPerSecond\":{:."
        "0f},\"journeys\":{},"
        "\"lastExpiryLateMs\":{:.0f},\"calmP99Us\":{:.1f},\"idleConnectionBytes\":{:.0f}}}\n",
        scenario, options.connections, options.pipeline, load.answers, load.seconds, rate, statuses,
        us(load.latency.quantile(0.5)), us(load.latency.quantile(0.99)),
        us(load.latency.quantile(0.999)), us(load.latency.max()), server_us, owner_us, client_us,
        journeys, result.journeys, result.last_expiry_late_ms, us(result.calm.quantile(0.99)),
        result.idle_connection_bytes);
    return;
  }
  fmt::print("{}: {} requests in {:.2f} s, {:.0f}/s on {} connections, {} in flight on each\n",
             scenario, load.answers, load.seconds, rate, options.connections, options.pipeline);
  fmt::print("  statuses  {}\n", statuses);
  fmt::print("  latency   p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, max {:.0f} us\n",
             us(load.latency.quantile(0.5)), us(load.latency.quantile(0.99)),
             us(load.latency.quantile(0.999)), us(load.latency.max()));
  fmt::print("  CPU       {:.2f} us a request here", client_us);
  if (!options.server_pids.empty()) fmt::print(", {:.2f} us in the server", server_us);
  if (!options.owner_pids.empty()) fmt::print(", {:.2f} us in the owner", owner_us);
  fmt::print("\n");
  if (result.journeys > 0) fmt::print("  journeys  {}, {:.0f}/s\n", result.journeys, journeys);
  if (scenario == "idle")
    fmt::print("  memory    {:.0f} bytes of the server's a connection\n",
               result.idle_connection_bytes);
  if (scenario == "expire")
    fmt::print(
        "  before    p99 {:.0f} us\n"
        "  expiry    all seats seen free {:.0f} ms after the last deadline\n",
        us(result.calm.quantile(0.99)), result.last_expiry_late_ms);
}

std::atomic<bool> phase_ended = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler sets it

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Drives an HTTP server with one thread and tells its rate, latency and CPU time."};
  ScenarioOptions options;
  std::string scenario;
  std::vector<std::string> urls;
  bool as_json = false;
  app.add_option(
         "scenario", scenario,
         "static: GET of one path, of any server; idle: connections that ask once and then "
         "stay; poll: places in line of users, half of "
         "them active; line: the line and its blocks in the cache that the second URL names; "
         "seats: the free seats of a date; "
         "hold: a seat a request, all durable; hold_pay: hold and payment by users who "
         "have the money; journey: join, poll, dates, seats, hold, charge, pay; "
         "expire: polls while holds fall due")
      ->required()
      ->check(CLI::IsMember(
          {"static", "idle", "poll", "line", "seats", "hold", "hold_pay", "journey", "expire"}));
  app.add_option("url", urls,
                 "http://ADDRESS:PORT, the address an IPv4 one; several share the connections")
      ->required();
  app.add_option("--path", options.path, "static: path of the GET")->capture_default_str();
  app.add_option("--connections", options.connections, "Connections")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  app.add_option("--pipeline", options.pipeline, "Requests in flight on each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long to measure at most")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--rate", options.per_second,
                 "Requests a second, each due at its time whatever the answers do; 0: the next "
                 "request follows an answer")
      ->check(CLI::Range(0.0, 10e6))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up_seconds, "Seconds of load before that")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--requests", options.requests_max, "Requests at most, warm-up included")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--users", options.users, "poll, line: users in line")
      ->check(CLI::Range(2, 20'000'000))
      ->capture_default_str();
  app.add_option("--active", options.active, "poll: users of these who are active; 0: half")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--askers", options.askers,
                 "poll: polling users among them, spread over the line; 0: all; line: users "
                 "whose places are compared with the server's")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  app.add_option("--seats-per-date", options.seats_per_date, "hold, seats: seats of a date")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--concerts", options.concerts, "poll, hold, journey: concerts on sale")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seats-per-user", options.seats_per_user,
                 "hold, expire: seats that a user takes")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--concert", options.concert,
                 "hold: one of the concerts is this one; 0: all are new")
      ->capture_default_str();
  app.add_option("--first-date", options.first_date,
                 "hold: the first date with holds, counted from 0")
      ->check(CLI::Range(0, 365))
      ->capture_default_str();
  app.add_option("--spare-dates", options.spare_dates, "hold_pay: dates more, without sales")
      ->check(CLI::Range(0, 365))
      ->capture_default_str();
  app.add_option("--holds", options.holds, "expire: holds that fall due")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--server-pid", options.server_pids,
                 "Reports the CPU time of this process too, or of these together")
      ->allow_extra_args(false);
  app.add_option("--owner-pid", options.owner_pids,
                 "The same of the processes behind the servers: an owner, or a store")
      ->allow_extra_args(false);
  app.add_flag("--json", as_json, "One line of JSON");
  app.footer(
      "The admin key is taken from the environment variable FRONTROW_ADMIN_KEY. SIGUSR1 ends the "
      "warm-up, and the next one the measurement.");
  CLI11_PARSE(app, argc, argv);

  for (const std::string& url : urls) {
    auto target = target_of(url);
    if (!target) {
      fmt::print(stderr, "http_load: the URL must be like http://127.0.0.1:8080\n");
      return 2;
    }
    options.targets.push_back(std::move(*target));
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread sets it
  if (const char* key = std::getenv("FRONTROW_ADMIN_KEY")) options.admin_key = key;
  if (scenario != "static" && options.admin_key.empty()) {
    fmt::print(stderr, "http_load: FRONTROW_ADMIN_KEY is not set\n");
    return 2;
  }
  options.phase_ended = &phase_ended;
  std::signal(SIGUSR1, [](int) { phase_ended.store(true); });
  const ScenarioResult result = frontrow::bench::run_scenario(scenario, options);
  if (!result.load.failure.empty()) {
    fmt::print(stderr, "http_load: {}: {}\n", scenario, result.load.failure);
    return 1;
  }
  print(scenario, options, result, as_json);
  return 0;
}
