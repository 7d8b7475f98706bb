#include "bench/load_scenarios.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "bench/load_scripts.h"
#include "bench/load_setup.h"

namespace frontrow::bench {
namespace {

constexpr std::uint32_t kSeatsPerDate = 100'000;  // the most
constexpr std::uint32_t kDatesMax = 366;
constexpr std::uint32_t kExpireHoldSeconds = 10;
constexpr double kExpireSliceSeconds = 0.02;
constexpr std::int64_t kCalmNs = 3'000'000'000;  // before the first hold falls due
constexpr double kExpirePatienceSeconds = 60;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// User and system time of a process so far; 0 when no process is named.
double cpu_seconds_of(int pid) {
  if (pid == 0) return 0;
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) throw SetupError(fmt::format("there is no process {}", pid));
  // The fields 14 and 15, counted from the 3rd, which follows the name.
  const char* at = text.c_str() + name_end + 1;
  for (int skipped = 0; skipped < 11; ++skipped)
    at = std::find(at + 1, text.c_str() + text.size(), ' ');
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  const auto first = std::from_chars(at + 1, text.c_str() + text.size(), user);
  std::from_chars(first.ptr + 1, text.c_str() + text.size(), system);
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double cpu_seconds_of(const std::vector<int>& pids) {
  double sum = 0;
  for (const int pid : pids) sum += cpu_seconds_of(pid);
  return sum;
}

// Private memory of the process (RssAnon).
std::int64_t resident_bytes_of(int pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8)) * 1024;
  }
  throw SetupError(fmt::format("there is no process {}", pid));
}

// Connects, warms up, measures.
ScenarioResult measure(const ScenarioOptions& options, LoadScript& script) {
  HttpLoad load(options.targets, options.connections, options.pipeline);
  if (const std::string why = load.connect(); !why.empty()) throw SetupError(why);
  ScenarioResult result;
  std::uint64_t left = options.requests_max;
  if (options.warm_up_seconds > 0) {
    result.load =
        load.run(script, {options.warm_up_seconds, left, options.per_second, options.phase_ended});
    if (!result.load.failure.empty()) return result;
    left -= result.load.answers;
    if (options.phase_ended != nullptr) options.phase_ended->store(false);
  }
  const double cpu_begin = cpu_seconds_of(options.server_pids);
  const double owner_cpu_begin = cpu_seconds_of(options.owner_pids);
  result.load = load.run(script, {options.seconds, left, options.per_second, options.phase_ended});
  result.server_cpu_s = cpu_seconds_of(options.server_pids) - cpu_begin;
  result.owner_cpu_s = cpu_seconds_of(options.owner_pids) - owner_cpu_begin;
  return result;
}

ScenarioResult run_static(const ScenarioOptions& options) {
  std::string request;
  append_request(request, request_head("GET", options.path, {}), {});
  Repeat script({request}, 200);
  return measure(options, script);
}

std::vector<std::string> polls_of(const std::vector<Fan>& fans) {
  std::vector<std::string> requests;
  for (const Fan& fan : fans) {
    append_request(
        requests.emplace_back(),
        request_head("GET", fmt::format("/v1/concerts/{}/queue/token", fan.concert), fan.token),
        {});
  }
  return requests;
}

// Connections that stay idle after one response: measures the server's memory for each.
ScenarioResult run_idle(const ScenarioOptions& options) {
  if (options.server_pids.size() != 1) throw SetupError("idle needs one --server-pid");
  constexpr useconds_t kSettle = 500'000;
  const std::int64_t before = resident_bytes_of(options.server_pids[0]);
  HttpLoad load(options.targets, options.connections, 1);
  if (const std::string why = load.connect(); !why.empty()) throw SetupError(why);
  std::string request;
  append_request(request, request_head("GET", options.path, {}), {});
  Repeat script({request}, 200);
  ScenarioResult result;
  result.load = load.run(script, {.requests = options.connections});
  usleep(kSettle);
  result.idle_connection_bytes =
      static_cast<double>(resident_bytes_of(options.server_pids[0]) - before) / options.connections;
  return result;
}

ScenarioResult run_poll(const ScenarioOptions& options) {
  const std::uint32_t active =
      options.active != 0 ? options.active : std::max(options.users / 2, 1U);
  const auto of_each = static_cast<std::uint32_t>(divide_up(active, options.concerts));
  std::vector<std::uint32_t> concerts;
  concerts.reserve(options.concerts);
  for (std::uint32_t i = 0; i < options.concerts; ++i)
    concerts.push_back(create_concert(options, {.max_active = of_each}));
  const std::uint32_t askers = options.askers != 0 ? options.askers : options.users;
  const std::uint32_t step = std::max(options.users / askers, 1U);
  Repeat script(polls_of(join_fans(options, concerts, {options.users, active, step})), 200);
  return measure(options, script);
}

// As docs/API.md says it ("The line behind a cache").
std::uint64_t position_in(std::string_view block, std::uint64_t bit) {
  const std::string_view text = json_field(block, "bits");
  std::vector<unsigned char> bits(text.size());
  EVP_DecodeBlock(bits.data(), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  const auto is_set = [&bits](std::uint64_t at) { return bits.at(at / 8) >> at % 8 & 1; };
  if (!is_set(bit)) return 0;
  std::uint64_t position = json_number(block, "waitingBefore") + 1;
  for (std::uint64_t before = 0; before < bit; ++before) position += is_set(before);
  return position;
}

// All users wait. Clients read the line and the blocks in turn from a cache in front of the server.
// Afterwards the positions of some users are computed from the cache and compared with the
// server's.
ScenarioResult run_line(const ScenarioOptions& options) {
  if (options.targets.size() != 2) throw SetupError("line needs the server and the cache");
  ScenarioOptions server = options;
  ScenarioOptions cache = options;
  server.targets = {options.targets[0]};
  cache.targets = {options.targets[1]};
  const std::uint32_t concert = create_concert(server, {.max_active = 1});
  const std::uint32_t step = std::max(options.users / std::max(options.askers, 1U), 1U);
  const std::vector<Fan> fans = join_fans(server, {concert}, {options.users, 1, step});
  const std::string line = fmt::format("/v1/concerts/{}/line", concert);
  const std::uint64_t block_places =
      json_number(ask_once(server, 200, request_head("GET", line, {}), {}), "blockPlaces");
  std::vector<std::string> looks;
  for (std::uint64_t block = 0; block * block_places < options.users; ++block) {
    append_request(looks.emplace_back(), request_head("GET", line, {}), {});
    append_request(looks.emplace_back(),
                   request_head("GET", fmt::format("{}/blocks/{}", line, block), {}), {});
  }
  Repeat script(std::move(looks), 200);
  ScenarioResult result = measure(cache, script);
  // No user enters or leaves, so that also an old copy has the present places.
  for (const Fan& fan : fans) {
    const std::string entry = ask_once(
        server, 200,
        request_head("GET", fmt::format("/v1/concerts/{}/queue/token", concert), fan.token), {});
    if (json_field(entry, "state") != "waiting") continue;
    const std::uint64_t place = json_number(entry, "number");
    const std::string block = ask_once(
        cache, 200,
        request_head("GET", fmt::format("{}/blocks/{}", line, (place - 1) / block_places), {}), {});
    const std::uint64_t position = position_in(block, (place - 1) % block_places);
    if (position != json_number(entry, "position"))
      throw SetupError(fmt::format("place {} is {} by the cache, and {}", place, position, entry));
    ++result.journeys;
  }
  return result;
}

// Every seat of the date is free, which makes the response as long as possible.
ScenarioResult run_seats(const ScenarioOptions& options) {
  constexpr std::uint32_t kReaders = 1000;
  const std::uint32_t concert = create_concert(options, {.seats_per_date = options.seats_per_date});
  std::vector<std::string> requests;
  for (const Fan& fan : join_fans(options, {concert}, {kReaders, kReaders})) {
    const std::string path =
        fmt::format("/v1/concerts/{}/dates/{}/seats", fan.concert, date_text(0));
    append_request(requests.emplace_back(), request_head("GET", path, fan.token), {});
  }
  Repeat script(std::move(requests), 200);
  return measure(options, script);
}

ScenarioResult run_hold(const ScenarioOptions& options) {
  const std::uint64_t per_concert = divide_up(options.requests_max, options.concerts);
  const std::uint64_t dates = options.first_date + divide_up(per_concert, options.seats_per_date);
  if (dates > kDatesMax) throw SetupError("that many seats need more concerts");
  std::vector<std::uint32_t> concerts;
  concerts.reserve(options.concerts);
  if (options.concert != 0) concerts.push_back(options.concert);
  while (concerts.size() < options.concerts) {
    concerts.push_back(create_concert(options, {.dates = static_cast<std::uint32_t>(dates),
                                                .seats_per_date = options.seats_per_date,
                                                .seats_per_user = options.seats_per_user}));
  }
  const auto users =
      static_cast<std::uint32_t>(divide_up(per_concert, options.seats_per_user) * options.concerts);
  Holds script(join_fans(options, concerts, {users, users}),
               {options.concerts, options.seats_per_date, per_concert, options.first_date});
  return measure(options, script);
}

// Charges the wallets of all users before the measurement begins.
ScenarioResult run_hold_pay(ScenarioOptions options) {
  options.pipeline = 1;
  const auto users = static_cast<std::uint32_t>(divide_up(options.requests_max, 2));
  const std::uint64_t dates = divide_up(users, kSeatsPerDate);
  if (dates + options.spare_dates > kDatesMax)
    throw SetupError(fmt::format("at most {} requests",
                                 2ULL * (kDatesMax - options.spare_dates) * kSeatsPerDate));
  const std::uint32_t concert =
      create_concert(options, {.dates = static_cast<std::uint32_t>(dates) + options.spare_dates,
                               .seats_per_date = kSeatsPerDate});
  const std::vector<Fan> fans = join_fans(options, {concert}, {users, users});
  charge_fans(options, fans);
  HoldsPaid script(fans, kSeatsPerDate, options.connections);
  ScenarioResult result = measure(options, script);
  result.journeys = result.load.answers / 2;
  return result;
}

ScenarioResult run_journey(ScenarioOptions options) {
  options.pipeline = 1;
  constexpr std::uint32_t kRequestsPerJourney = 7;
  const std::uint64_t journeys = options.requests_max / kRequestsPerJourney + options.connections;
  const std::uint64_t concerts_needed =
      divide_up(journeys, std::uint64_t{kDatesMax} * Journeys::kSeatsPerDate);
  std::vector<std::uint32_t> concerts;
  for (std::uint64_t i = 0; i < std::max<std::uint64_t>(concerts_needed, options.concerts); ++i) {
    concerts.push_back(
        create_concert(options, {.dates = kDatesMax, .seats_per_date = Journeys::kSeatsPerDate}));
  }
  Journeys script(concerts, kDatesMax, options.connections);
  // No warm-up, so that the counted journeys are those of the counted requests.
  options.warm_up_seconds = 0;
  ScenarioResult result = measure(options, script);
  result.journeys = script.done();
  return result;
}

std::uint64_t free_seats(const ScenarioOptions& options, std::uint32_t concert) {
  const std::string body =
      ask_once(options, 200, request_head("GET", fmt::format("/v1/concerts/{}", concert), {}), {});
  return json_number(body, "seatsAvailable");
}

// Holds expire while users poll. The latency of the polls, compared with that of the seconds
// before, shows whether the server stalls.
ScenarioResult run_expire(const ScenarioOptions& options) {
  if (options.holds > kSeatsPerDate)
    throw SetupError(fmt::format("at most {} holds", kSeatsPerDate));
  const std::uint32_t concert = create_concert(options, {.seats_per_date = kSeatsPerDate,
                                                         .hold_seconds = kExpireHoldSeconds,
                                                         .seats_per_user = options.seats_per_user});
  const auto users = static_cast<std::uint32_t>(divide_up(options.holds, options.seats_per_user));
  const std::vector<Fan> fans = join_fans(options, {concert}, {users, users});
  HttpLoad load(options.targets, options.connections, options.pipeline);
  if (const std::string why = load.connect(); !why.empty()) throw SetupError(why);
  Holds holds(fans, {1, kSeatsPerDate, options.holds});
  ScenarioResult result;
  result.load = load.run(holds, {});
  if (!result.load.failure.empty()) return result;
  const std::int64_t last_due = monotonic_ns() + std::int64_t{kExpireHoldSeconds} * 1'000'000'000;
  const auto first_due = last_due - static_cast<std::int64_t>(result.load.seconds * 1e9);
  while (monotonic_ns() < first_due - kCalmNs) usleep(10'000);

  // One poll a connection in a slice, so that the thread has time to read the free seats in
  // between.
  Repeat polls(polls_of(fans), 200);
  LoadResult all;
  const double rate = options.per_second;
  const double cpu_begin = cpu_seconds_of(options.server_pids);
  while (all.failure.empty()) {
    LoadResult slice = load.run(polls, {.seconds = kExpireSliceSeconds, .per_second = rate});
    if (monotonic_ns() < first_due) {
      result.calm.merge(slice.latency);
      all.failure = slice.failure;
      continue;
    }
    all.latency.merge(slice.latency);
    all.answers += slice.answers;
    all.seconds += slice.seconds;
    all.client_cpu_s += slice.client_cpu_s;
    for (const auto& [status, count] : slice.statuses) all.statuses[status] += count;
    all.failure = slice.failure;
    const std::int64_t now = monotonic_ns();
    if (free_seats(options, concert) == kSeatsPerDate) {
      result.last_expiry_late_ms = static_cast<double>(now - last_due) / 1e6;
      break;
    }
    if (static_cast<double>(now - last_due) / 1e9 > kExpirePatienceSeconds)
      all.failure = "the holds do not expire";
  }
  result.load = std::move(all);
  result.server_cpu_s = cpu_seconds_of(options.server_pids) - cpu_begin;
  return result;
}

}  // namespace

ScenarioResult run_scenario(std::string_view scenario, const ScenarioOptions& options) try {
  if (scenario == "static") return run_static(options);
  if (scenario == "idle") return run_idle(options);
  if (scenario == "poll") return run_poll(options);
  if (scenario == "line") return run_line(options);
  if (scenario == "seats") return run_seats(options);
  if (scenario == "hold") return run_hold(options);
  if (scenario == "hold_pay") return run_hold_pay(options);
  if (scenario == "journey") return run_journey(options);
  if (scenario == "expire") return run_expire(options);
  throw SetupError("no such scenario");
} catch (const SetupError& error) {
  ScenarioResult failed;
  failed.load.failure = error.what();
  return failed;
}

}  // namespace frontrow::bench
