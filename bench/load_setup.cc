#include "bench/load_setup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <deque>
#include <random>
#include <utility>

#include "engine/base/text.h"

namespace frontrow::bench {
namespace {

constexpr std::uint32_t kSetupConnections = 64;
constexpr std::uint32_t kSetupPipeline = 8;
constexpr double kAdmitPatienceSeconds = 30;

class OneRequest : public LoadScript {
 public:
  OneRequest(int status, std::string request) : status_(status), request_(std::move(request)) {}
  bool next(std::uint32_t, std::string& out) override {
    out += request_;
    return true;
  }
  bool answered(std::uint32_t, int status, std::string_view body) override {
    body_ = body;
    return status == status_;
  }
  const std::string& body() const { return body_; }

 private:
  int status_;
  std::string request_;
  std::string body_;
};

class Joins : public LoadScript {
 public:
  Joins(const std::vector<std::uint32_t>& concerts, const Crowd& crowd, std::uint32_t connections)
      : concerts_(concerts), crowd_(crowd), asked_(connections) {}
  bool next(std::uint32_t connection, std::string& out) override {
    if (next_ == crowd_.count) return false;
    asked_[connection].push_back(next_);
    const Fan fan = fan_of(next_++);
    append_request(
        out, request_head("POST", fmt::format("/v1/concerts/{}/queue/tokens", fan.concert), {}),
        fmt::format(R"({{"userId":"{}"}})", fan.user));
    return true;
  }
  bool answered(std::uint32_t connection, int status, std::string_view body) override {
    const std::uint32_t number = asked_[connection].front();
    asked_[connection].pop_front();
    const std::string_view token = json_field(body, "token");
    if (status != 201 || token.empty()) return false;
    if (number % crowd_.step != 0) return true;
    const std::size_t place = number / crowd_.step;
    if (fans_.size() <= place) fans_.resize(place + 1);
    fans_[place] = fan_of(number);
    fans_[place].token = token;
    return true;
  }
  std::vector<Fan> take_fans() { return std::move(fans_); }

 private:
  Fan fan_of(std::uint32_t number) const {
    return {concerts_[number % concerts_.size()], user_id(number), {}};
  }

  const std::vector<std::uint32_t>& concerts_;
  Crowd crowd_;
  std::vector<std::deque<std::uint32_t>>
      asked_;  // of each connection, in the order of the requests
  std::uint32_t next_ = 0;
  std::vector<Fan> fans_;
};

class Charges : public LoadScript {
 public:
  explicit Charges(const std::vector<Fan>& fans) : fans_(fans) {}
  bool next(std::uint32_t, std::string& out) override {
    if (next_ == fans_.size()) return false;
    const Fan& fan = fans_[next_++];
    append_request(
        out, request_head("POST", fmt::format("/v1/users/{}/balance/charges", fan.user), fan.token),
        fmt::format(R"({{"amount":{}}})", kSeatPrice));
    return true;
  }
  bool answered(std::uint32_t, int status, std::string_view) override { return status == 201; }

 private:
  const std::vector<Fan>& fans_;
  std::size_t next_ = 0;
};

// Runs a preparing script without bounds of time or requests.
void run_setup(const ScenarioOptions& options, LoadScript& script, std::string_view what) {
  HttpLoad load(options.targets, kSetupConnections, kSetupPipeline);
  if (const std::string why = load.connect(); !why.empty()) throw SetupError(why);
  const LoadResult result = load.run(script, {});
  if (!result.failure.empty()) throw SetupError(fmt::format("{}: {}", what, result.failure));
}

// Active users of all the concerts.
std::uint64_t active_of(const ScenarioOptions& options,
                        const std::vector<std::uint32_t>& concerts) {
  std::uint64_t sum = 0;
  for (const std::uint32_t concert : concerts) {
    const std::string body = ask_once(
        options, 200,
        request_head("GET", fmt::format("/v1/admin/concerts/{}", concert), options.admin_key), {});
    sum += json_number(body, "active");
  }
  return sum;
}

}  // namespace

std::string user_id(std::uint64_t number) {
  static const std::uint64_t kRun = std::random_device{}();
  return fmt::format("{:08x}-0000-4000-8000-{:012x}", kRun & 0xffffffff, number);
}

std::string date_text(std::uint32_t index) {
  // Months of 28 days: every text is a date, and they are in order.
  return fmt::format("{:04}-{:02}-{:02}", 2100 + index / 336, index / 28 % 12 + 1, index % 28 + 1);
}

std::string request_head(std::string_view method, std::string_view path, std::string_view bearer) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", method, path);
  if (!bearer.empty()) head += fmt::format("Authorization: Bearer {}\r\n", bearer);
  return head;
}

void append_request(std::string& out, std::string_view head, std::string_view body) {
  out += head;
  if (!body.empty()) {
    char digits[24];
    out += "Content-Type: application/json\r\nContent-Length: ";
    out.append(digits, std::to_chars(digits, digits + sizeof digits, body.size()).ptr);
    out += "\r\n";
  }
  out += "\r\n";
  out += body;
}

std::string_view json_field(std::string_view body, std::string_view name) {
  const std::string quoted = fmt::format("\"{}\":", name);
  std::size_t at = body.find(quoted);
  if (at == std::string_view::npos) return {};
  at += quoted.size();
  const bool text = at < body.size() && body[at] == '"';
  if (text) ++at;
  const std::size_t end = body.find_first_of(text ? "\"" : ",}", at);
  return body.substr(at, end - at);
}

std::uint64_t json_number(std::string_view body, std::string_view name) {
  const auto number = parse_number<std::uint64_t>(json_field(body, name));
  if (!number) throw SetupError(fmt::format("no number {} in: {}", name, body.substr(0, 200)));
  return *number;
}

std::string ask_once(const ScenarioOptions& options, int status, std::string_view head,
                     std::string_view body) {
  std::string request;
  append_request(request, head, body);
  OneRequest script(status, std::move(request));
  HttpLoad load(options.targets, 1, 1);
  if (const std::string why = load.connect(); !why.empty()) throw SetupError(why);
  const LoadResult result = load.run(script, {.requests = 1});
  if (!result.failure.empty()) throw SetupError(result.failure);
  return script.body();
}

std::uint32_t create_concert(const ScenarioOptions& options, const SaleSpec& spec) {
  std::string dates;
  for (std::uint32_t i = 0; i < spec.dates; ++i) {
    dates += fmt::format(R"({}{{"date":"{}","sections":[{{"name":"all","seats":{},"price":{}}}]}})",
                         i == 0 ? "" : ",", date_text(i), spec.seats_per_date, kSeatPrice);
  }
  const std::string body = fmt::format(
      R"({{"title":"load","dates":[{}],"queue":{{"maxActive":{},"admitPerSecond":1000000,"sessionSeconds":86400,)"
      R"("idleSeconds":86400}},"holdSeconds":{},"maxSeatsPerUser":{}}})",
      dates, spec.max_active, spec.hold_seconds, spec.seats_per_user);
  const std::string answer =
      ask_once(options, 201, request_head("POST", "/v1/admin/concerts", options.admin_key), body);
  const auto concert = static_cast<std::uint32_t>(json_number(answer, "concertId"));
  if (concert == 0) throw SetupError("a new concert without an id");
  return concert;
}

void charge_fans(const ScenarioOptions& options, const std::vector<Fan>& fans) {
  Charges script(fans);
  run_setup(options, script, "charging");
}

std::vector<Fan> join_fans(const ScenarioOptions& options,
                           const std::vector<std::uint32_t>& concerts, const Crowd& crowd) {
  Joins script(concerts, crowd, kSetupConnections);
  const std::uint64_t before = active_of(options, concerts);
  run_setup(options, script, "joining");
  const std::int64_t begin = monotonic_ns();
  while (true) {
    const std::uint64_t admitted = active_of(options, concerts) - before;
    if (admitted >= crowd.active) return script.take_fans();
    if (static_cast<double>(monotonic_ns() - begin) / 1e9 > kAdmitPatienceSeconds) {
      throw SetupError(fmt::format("only {} of {} users were admitted", admitted, crowd.active));
    }
    usleep(20'000);
  }
}

}  // namespace frontrow::bench
