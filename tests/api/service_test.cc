// The server's operational surface: probes, metrics, the API description, many concerts at once.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using testing::HasSubstr;

class Service : public ApiTest {
 protected:
  // Value of each sample of the Prometheus text; every line must be a comment or a sample.
  static std::map<std::string, double> samples(const std::string& text) {
    static const std::regex kComment(R"(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+)");
    static const std::regex kSample(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="[^"]*",?)*\})?) ([-+.eE0-9]+|NaN|[+-]Inf))");
    std::map<std::string, double> values;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (line.empty() || std::regex_match(line, kComment)) continue;
      EXPECT_TRUE(std::regex_match(line, match, kSample)) << line;
      if (match.empty()) continue;
      EXPECT_TRUE(values.emplace(match[1], std::strtod(match[4].str().c_str(), nullptr)).second)
          << "twice: " << line;
    }
    return values;
  }

  static double sum(const std::map<std::string, double>& values, const std::string& pattern) {
    double total = 0;
    for (const auto& [name, value] : values)
      total += std::regex_search(name, std::regex(pattern)) ? value : 0;
    return total;
  }
};

TEST_F(Service, probes_of_a_ready_server) {
  EXPECT_EQ(shop.http.request("GET", "/livez").status, 200);
  EXPECT_EQ(shop.http.request("GET", "/readyz").status, 200);
  const Response page = shop.http.request("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
}

TEST_F(Service, metrics_are_prometheus_text_and_count_what_was_done) {
  const Response before = shop.http.request("GET", "/metrics");
  ASSERT_EQ(before.status, 200) << before.body;
  EXPECT_TRUE(before.header("Content-Type").starts_with("text/plain"))
      << before.header("Content-Type");
  const auto old_values = samples(before.body);
  ASSERT_FALSE(old_values.empty());
  const std::int64_t c = shop.create_concert();
  for (int i = 0; i < 10; ++i) {
    const Fan fan = shop.enter(c);
    shop.charge(fan, 1000);
    shop.pay(c, fan, shop.hold(c, fan, {i + 1}));
  }
  const auto values = samples(shop.http.request("GET", "/metrics").body);
  for (const char* route : {"join", "charge", "place_hold", "pay"}) {
    const std::string pattern = fmt::format("requests_total.*\"{}\"", route);
    EXPECT_GE(sum(values, pattern) - sum(old_values, pattern), 10) << route;
  }
}

TEST_F(Service, metrics_name_the_program_and_tell_of_its_process) {
  const std::string text = shop.http.request("GET", "/metrics").body;
  std::string version;
  ASSERT_EQ(ServerProcess::run_once({"--version"}, version), 0);
  std::smatch said;
  ASSERT_TRUE(std::regex_search(version, said, std::regex(R"(frontrow (\S+))"))) << version;
  EXPECT_THAT(text, HasSubstr(fmt::format("frontrow_build_info{{version=\"{}\"", said[1].str())));
  if (std::regex_search(version, said, std::regex(R"(\((\S+)\))"))) {
    EXPECT_THAT(text, HasSubstr(fmt::format("commit=\"{}\"", said[1].str())));
  }
  const auto values = samples(text);
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(values.at("process_start_time_seconds"), now.count(), 600);
  EXPECT_GT(values.at("process_cpu_seconds_total"), 0);
  EXPECT_GT(values.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(values.at("process_virtual_memory_bytes"), values.at("process_resident_memory_bytes"));
  EXPECT_GE(values.at("process_threads"), 2);
  EXPECT_GE(values.at("process_max_fds"), 256);
}

TEST_F(Service, openapi_lists_the_routes_of_the_contract) {
  const Response read = shop.http.request("GET", "/openapi.json");
  ASSERT_EQ(read.status, 200);
  const Json api = read.json();
  ASSERT_TRUE(api.valid());
  EXPECT_TRUE(api["openapi"].text().starts_with("3.1"));
  std::set<std::string> listed;
  const Json paths = api["paths"];
  for (const std::string& path : paths.names()) {
    const std::string shape = std::regex_replace(path, std::regex(R"(\{[^}]*\})"), "{}");
    for (const std::string& method : paths[path].names()) {
      if (method != "parameters" && method != "summary") listed.insert(method + " " + shape);
    }
  }
  const std::string c = "/v1/concerts/{}";
  const std::string a = "/v1/admin/concerts";
  const std::set<std::string> contract = {"post " + c + "/queue/tokens",
                                          "get " + c + "/queue/token",
                                          "delete " + c + "/queue/token",
                                          "get " + c + "/queue/token/events",
                                          "get /v1/concerts",
                                          "get " + c,
                                          "get " + c + "/line",
                                          "get " + c + "/line/blocks/{}",
                                          "get " + c + "/dates",
                                          "get " + c + "/dates/{}/seats",
                                          "get " + c + "/dates/{}/seats/events",
                                          "post " + c + "/holds",
                                          "get " + c + "/holds",
                                          "get " + c + "/holds/{}",
                                          "delete " + c + "/holds/{}",
                                          "post " + c + "/holds/{}/extensions",
                                          "post " + c + "/waitlist",
                                          "get " + c + "/waitlist",
                                          "delete " + c + "/waitlist",
                                          "post " + c + "/payments",
                                          "get " + c + "/payments/{}",
                                          "get /v1/users/{}/balance",
                                          "post /v1/users/{}/balance/charges",
                                          "post /v1/users/{}/balance/adjustments",
                                          "get /v1/users/{}/payments",
                                          "post " + a,
                                          "get " + a + "/{}",
                                          "patch " + a + "/{}",
                                          "put " + a + "/{}/dates/{}/seats/{}/block",
                                          "delete " + a + "/{}/dates/{}/seats/{}/block",
                                          "put " + a + "/{}/dates/{}/blocks",
                                          "post " + a + "/{}/dates/{}/cancellation",
                                          "get " + a + "/{}/dates/{}/cancellation",
                                          "post " + a + "/{}/cancellation",
                                          "get " + a + "/{}/cancellation",
                                          "post " + a + "/{}/access-codes",
                                          "get " + a + "/{}/access-codes",
                                          "post " + a + "/{}/payments/{}/refunds",
                                          "post " + a + "/{}/sales",
                                          "get " + a + "/{}/payments",
                                          "get " + a + "/{}/holds",
                                          "delete " + a + "/{}/holds/{}",
                                          "get " + a + "/{}/seats/{}",
                                          "get " + a + "/{}/seats/{}/{}",
                                          "get " + a + "/{}/users/{}",
                                          "get " + a + "/{}/export",
                                          "delete " + a + "/{}/tokens/{}",
                                          "post /v1/admin/plans",
                                          "get /v1/admin/plans",
                                          "get /v1/plans/{}",
                                          "get /v1/admin/cluster",
                                          "get /v1/admin/audit",
                                          "get /v1/admin/key",
                                          "get /v1/admin/history",
                                          "get /v1/admin/concerts/{}/history",
                                          "get /board",
                                          "get /assets/{}",
                                          "get /worker.js",
                                          "get /manifest.webmanifest",
                                          "get /.well-known/jwks.json",
                                          "get /v1/admin/concerts/{}/tickets/{}",
                                          "get /v1/concerts/{}/challenge",
                                          "get /v1/concerts/{}/queue/token/pass",
                                          "get /v1/users/{}/tickets",
                                          "post /v1/admin/concerts/{}/tickets/{}/check-in",
                                          "get /livez",
                                          "get /readyz",
                                          "get /metrics",
                                          "get /openapi.json",
                                          "get /problems/{}"};
  for (const std::string& route : contract) EXPECT_TRUE(listed.contains(route)) << route;
  listed.erase("get /");
  for (const std::string& route : listed) EXPECT_TRUE(contract.contains(route)) << route;
}

TEST_F(Service, history_has_a_concert_and_the_load_within_some_seconds) {
  const std::int64_t c = shop.create_concert();
  shop.join(c);
  shop.join(c);
  const auto read = [&](const std::string& path) { return shop.admin("GET", path); };
  const std::string curves = "/v1/admin/concerts/" + std::to_string(c) + "/history";
  Json active;
  const auto has_both_fans = [&] {
    const Response concert = read(curves);
    active = concert.json()["active"];
    return active.size() > 0 && active[active.size() - 1].integer() == 2;
  };
  ASSERT_TRUE(await(has_both_fans, 15'000));
  const Json load = read("/v1/admin/history").json();
  EXPECT_EQ(load["requests"].size(), load["p99Us"].size());
  EXPECT_GE(load["requests"].size(), active.size());
  EXPECT_TRUE(read("/v1/admin/concerts/999999/history").json()["until"].is_null());
  const Json key = read("/v1/admin/key").json();
  EXPECT_EQ(key["id"].text(), "admin");
  EXPECT_EQ(key["scopes"].size(), 6U);
}

TEST_F(Service, hundred_concerts_are_listed_and_each_sells) {
  for (const char* threads : {"1", "2", "4"}) {
    SCOPED_TRACE(threads);
    ServerProcess many({"--threads", threads});
    Shop own(many);
    std::vector<std::int64_t> concerts;
    for (int i = 0; i < 100; ++i) concerts.push_back(own.create_concert());
    std::set<std::int64_t> listed;
    const Json list = own.http.request("GET", "/v1/concerts").json()["concerts"];
    for (std::size_t i = 0; i < list.size(); ++i) listed.insert(list[i]["concertId"].integer());
    EXPECT_EQ(listed, std::set<std::int64_t>(concerts.begin(), concerts.end()));
    in_parallel(8, [&](int t) {
      Shop client(many);
      for (std::size_t i = t; i < concerts.size(); i += 8) {
        const Fan fan = client.enter(concerts[i]);
        client.charge(fan, 1000);
        client.pay(concerts[i], fan, client.hold(concerts[i], fan, {1}));
        EXPECT_EQ(client.balance(fan.user), 0);
      }
    });
    for (const std::int64_t c : concerts) EXPECT_EQ(own.concert(c)["revenue"].integer(), 1000);
    EXPECT_EQ(many.stop(), 0);
    ASSERT_TRUE(many.start());
    Shop again(many);
    EXPECT_EQ(again.http.request("GET", "/v1/concerts").json()["concerts"].size(), 100U);
    for (const std::int64_t c : concerts) EXPECT_EQ(again.concert(c)["revenue"].integer(), 1000);
  }
}

TEST_F(Service, directory_opens_with_another_number_of_threads) {
  ServerProcess server;
  std::int64_t c = 0;
  Fan fan;
  {
    Shop own(server);
    c = own.create_concert();
    fan = own.enter(c);
    own.charge(fan, 1000);
    own.hold(c, fan, {1});
  }
  for (const char* threads : {"1", "4", "2"}) {
    server.kill();
    server.set_arguments({"--threads", threads});
    ASSERT_TRUE(server.start());
    Shop own(server);
    EXPECT_EQ(own.state(c, fan), "active");
    EXPECT_EQ(own.balance(fan.user), 1000);
    EXPECT_EQ(own.concert(c)["dates"][0]["held"].integer(), 1);
  }
}

TEST_F(Service, stopping_server_is_not_ready_while_it_drains) {
  ServerProcess server;
  Shop own(server);
  const std::int64_t c = own.create_concert(R"("queue":{"maxActive":1})");
  own.enter(c);
  const Fan waiting = own.join(c);
  // A drain must end an open event stream.
  HttpClient stream(server.port());
  ASSERT_TRUE(stream.connect());
  stream.send(
      fmt::format("GET /v1/concerts/{}/queue/token/events HTTP/1.1\r\nHost: x\r\nAuthorization: "
                  "Bearer {}\r\n\r\n",
                  c, waiting.token));
  EXPECT_FALSE(stream.receive_some(2000).empty());
  HttpClient probe(server.port());
  ASSERT_EQ(probe.request("GET", "/readyz").status, 200);
  server.send_signal(SIGTERM);
  // Each further response on the open connection is 200 or 503; then the connection ends.
  std::set<int> statuses;
  while (probe.connected()) {
    const Response answer = probe.request("GET", "/readyz");
    if (answer.status == 0) break;
    statuses.insert(answer.status);
  }
  for (const int status : statuses) EXPECT_TRUE(status == 200 || status == 503) << status;
  EXPECT_EQ(server.wait(20'000), 0) << server.log();
  EXPECT_TRUE(stream.closed_by_server(1000));
}

// Each connection belongs to one thread and most wallets to another: a thread without work of its
// own must stay for the others during a drain.
TEST_F(Service, requests_that_had_begun_when_the_server_was_stopped_are_answered) {
  ServerProcess server({"--threads", "4"});
  constexpr std::size_t kRequests = 16;
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (std::size_t i = 0; i < kRequests; ++i) {
    const std::string user = fmt::format("3f2a9c1e-0000-4000-8000-0000000000{:02x}", i);
    clients.push_back(std::make_unique<HttpClient>(server.port()));
    ASSERT_TRUE(clients.back()->connect());
    ASSERT_TRUE(clients.back()->send(
        fmt::format("GET /v1/users/{}/balance HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n",
                    user, server.admin_key())));
  }
  // A response from each thread proves that the thread has read the earlier input.
  for (std::size_t i = 0; i < kRequests; ++i) {
    HttpClient probe(server.port());
    ASSERT_EQ(probe.request("GET", "/livez").status, 200);
  }
  server.send_signal(SIGTERM);
  const auto said = [&server] { return server.log().find("draining") != std::string::npos; };
  while (!said()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  // Gives an unused thread time to leave, which can't be observed from outside.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  for (std::size_t i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(clients[i]->send("\r\n"));
    EXPECT_EQ(clients[i]->receive().status, 200) << i;
  }
  EXPECT_EQ(server.wait(5'000), 0) << server.log();
}

}  // namespace
}  // namespace frontrow::api
