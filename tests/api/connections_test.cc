// Connections of one process: all in use, more configured than descriptors allow, and operators'
// own.

#include <fmt/format.h>

#include <deque>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

void expect_overloaded(const Response& response) {
  expect_problem(response, 503, "overloaded");
  EXPECT_GT(std::atoi(response.header("Retry-After").c_str()), 0) << response.body;
}

Response ask(std::uint16_t port, std::string_view target, const Headers& headers = {},
             std::string_view method = "GET", std::string_view body = {}) {
  return HttpClient(port).request(method, target, headers, body);
}

// Fans with event streams of their entries use all public connections, as the page does.
class AllTaken : public testing::Test {
 protected:
  static constexpr int kCap = 8;

  AllTaken() {
    Shop shop(server);
    concert = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":3600})");
    fan = shop.enter(concert);
    const Fan waiting = shop.join(concert);
    shop.http.close();
    // The start-up probes count as connections until the server has seen them close.
    EXPECT_TRUE(await([&] {
      auto& watching = fans.emplace_back(server.port());
      EXPECT_TRUE(watching.connect());
      watching.send(
          fmt::format("GET /v1/concerts/{}/queue/token/events HTTP/1.1\r\nHost: x\r\n"
                      "Authorization: Bearer {}\r\n\r\n",
                      concert, waiting.token));
      if (!watching.receive_some(2000).starts_with("HTTP/1.1 200 ")) fans.pop_back();
      return fans.size() == kCap;
    }));
  }

  Response ask(std::string_view target, const Headers& headers = {}) {
    return api::ask(server.port(), target, headers);
  }

  ServerProcess server{{"--threads", "2", "--http-max-connections", std::to_string(kCap)}};
  std::int64_t concert = 0;
  Fan fan;
  std::deque<HttpClient> fans;
};

TEST_F(AllTaken, newcomer_is_refused_and_served_when_one_has_gone) {
  const Headers once = {{"Idempotency-Key", "once"}};
  const Fan payer{fan.user, server.admin_key(), 0};
  for (int i = 0; i < 3; ++i) {
    Shop outside(server);
    expect_overloaded(outside.post_charge(payer, 700, once));
    EXPECT_FALSE(outside.http.connected());
  }
  fans.pop_back();
  Shop next(server);
  Response charged;
  EXPECT_TRUE(await([&] { return (charged = next.post_charge(payer, 700, once)).status == 201; }))
      << charged.body;
  EXPECT_TRUE(charged.header("Idempotency-Replayed").empty());
  EXPECT_EQ(next.balance(fan.user), 700);
}

TEST_F(AllTaken, health_metrics_and_operators_are_served) {
  const Headers key = {bearer(server.admin_key())};
  const std::string admin = fmt::format("/v1/admin/concerts/{}", concert);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ask("/readyz").status, 200);
    EXPECT_EQ(ask("/livez").status, 200);
    EXPECT_EQ(ask("/metrics").status, 200);
    EXPECT_EQ(ask(admin, key).status, 200);
    expect_overloaded(ask(admin));
    expect_overloaded(ask(admin, {bearer("no-key-of-anybody")}));
    expect_overloaded(ask("/v1/concerts"));
  }
}

TEST_F(AllTaken, health_is_served_while_others_hold_the_reserve) {
  std::deque<HttpClient> holding;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(holding.emplace_back(server.port()).connect());
    if (i % 2 == 0) holding.back().send("GET /readyz HTTP/1.1\r\nHo");
    EXPECT_EQ(ask("/readyz").status, 200) << i;
  }
}

// Newcomers get in because the server evicts idle connections.
TEST(IdleConnections, of_one_address_do_not_keep_newcomers_out) {
  ServerProcess server({"--threads", "1", "--http-max-connections", "40"});
  std::deque<HttpClient> silent;
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(silent.emplace_back(server.port()).connect());
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  for (int i = 0; i < 10; ++i) {
    Shop newcomer(server);
    const Fan fan = newcomer.enter(c);
    newcomer.charge(fan, 1000);
    newcomer.pay(c, fan, newcomer.hold(c, fan, {i + 1}));
  }
}

TEST(OpsListener, serves_health_metrics_and_operators_and_the_public_one_the_rest) {
  ServerProcess server(
      {"--threads", "1", "--ops-listen", "127.0.0.1:0", "--http-max-connections", "4"});
  const std::uint16_t ops = server.ops_port();
  ASSERT_NE(ops, 0) << server.log();
  const Headers key = {bearer(server.admin_key())};
  const Response created =
      ask(ops, "/v1/admin/concerts", key, "POST",
          R"({"title":"t","opensAt":"2026-01-01T00:00:00Z","dates":[{"date":"2030-05-01"}]})");
  ASSERT_EQ(created.status, 201) << created.body;
  const std::string concert =
      fmt::format("/v1/admin/concerts/{}", created.json()["concertId"].integer());
  for (const std::uint16_t port : {ops, server.port()}) {
    EXPECT_EQ(ask(port, "/livez").status, 200);
    EXPECT_EQ(ask(port, "/readyz").status, 200);
  }
  EXPECT_EQ(ask(ops, "/metrics").status, 200);
  EXPECT_EQ(ask(ops, concert, key).status, 200);
  EXPECT_EQ(ask(ops, concert).status, 401);
  EXPECT_EQ(ask(ops, concert, {}, "OPTIONS").status, 204);
  for (const char* path : {"/v1/concerts", "/problems/not-found", "/board"})
    EXPECT_EQ(ask(ops, path).status, 200) << path;
  for (const char* path : {"/v1/concerts/1/dates", "/", "/openapi.json", "/worker.js"}) {
    expect_problem(ask(ops, path), 404, "not-found");
    EXPECT_NE(ask(server.port(), path).status, 404);
  }
  for (const std::string& path :
       {std::string("/metrics"), std::string("/board"), concert, std::string("/v1/admin/x")}) {
    for (const char* method : {"GET", "POST", "OPTIONS", "DELETE"}) {
      expect_problem(ask(server.port(), path, key, method), 404, "not-found");
    }
  }
  // Operators have connections of their own: all public ones are in use.
  std::deque<HttpClient> slow;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(slow.emplace_back(server.port()).connect());
    slow.back().send("GET /v1/concerts HTTP/1.1\r\nHo");
  }
  EXPECT_TRUE(await([&] { return ask(server.port(), "/v1/concerts").status == 503; }, 2000));
  HttpClient operators(ops);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(operators.request("GET", concert, key).status, 200);
}

// Without free descriptors the log would fail and end the process.
TEST(OpenFiles, fewer_than_connections_are_configured_leave_the_log_its_own) {
  ServerProcess server({"--threads", "2", "--journal-write-buffer-mib", "1"}, {}, 512);
  EXPECT_NE(server.log().find("only 512 open files are allowed"), std::string::npos)
      << server.log();
  Shop shop(server);
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  std::deque<HttpClient> clients;
  for (int i = 0; i < 600; ++i) ASSERT_TRUE(clients.emplace_back(server.port()).connect());
  // Fills several write buffers of the journal; each is flushed to a file.
  constexpr int kBatch = 200;
  for (int round = 0; round < 150; ++round) {
    std::string bytes;
    for (int i = 0; i < kBatch; ++i) {
      const std::string body = fmt::format(R"({{"userId":"{}"}})", new_user());
      bytes += fmt::format(
          "POST /v1/concerts/{}/queue/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: "
          "application/json\r\nContent-Length: {}\r\nIdempotency-Key: {}-{}\r\n\r\n{}",
          c, body.size(), round, i, body);
    }
    ASSERT_TRUE(shop.http.send(bytes));
    for (int i = 0; i < kBatch; ++i) ASSERT_EQ(shop.http.receive().status, 201);
  }
  EXPECT_TRUE(server.running());
  EXPECT_EQ(server.stop(), 0) << server.log();
}

}  // namespace
}  // namespace frontrow::api
