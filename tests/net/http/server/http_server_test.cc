// The server over real sockets: order, response heads, ends of connections, half close,
// expectations, drain.
#include "net/http/server/http_server.h"

#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

TEST(HttpServer, respond_at_once_carries_the_fixed_headers) {
  TestServer server;
  TestClient client(server);
  client.get("/now", "X-Request-Id: mine\r\n");
  ASSERT_TRUE(client.until_received("/now"));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 200 OK\r\n"));
  for (const char* line :
       {"\r\nX-Content-Type-Options: nosniff\r\n", "\r\nCache-Control: no-store\r\n",
        "\r\nX-Request-Id: mine\r\n", "\r\nContent-Length: 4\r\n\r\n/now",
        "\r\nContent-Type: application/json\r\n"}) {
    EXPECT_NE(client.text().find(line), std::string::npos) << line;
  }
  EXPECT_EQ(count_of(client.text(), "Connection:"), 0U);
  EXPECT_EQ(count_of(client.text(), "Server:"), 0U);
}

TEST(HttpServer, respond_carries_what_the_head_says) {
  TestServer server;
  TestClient client(server);
  client.get("/later");
  ASSERT_TRUE(server.until_waiting(1));
  ResponseHead head;
  head.status = 405;
  head.allow = "GET, POST";
  head.location = "/l";
  head.etag = "\"e\"";
  head.www_authenticate = "Bearer";
  head.retry_after_s = 7;
  head.idempotency_replayed = true;
  head.cache_control = "max-age=1";
  head.extra = "X-A: 1\r\nX-B: 2\r\n";
  server.answer(0, head);
  ASSERT_TRUE(client.until_received("/later"));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 405 Method Not Allowed\r\n"));
  for (const char* line :
       {"Allow: GET, POST", "Location: /l", "ETag: \"e\"", "WWW-Authenticate: Bearer",
        "Retry-After: 7", "Idempotency-Replayed: true", "Cache-Control: max-age=1", "X-A: 1",
        "X-B: 2"}) {
    EXPECT_EQ(count_of(client.text(), "\r\n" + std::string(line) + "\r\n"), 1U) << line;
  }
}

TEST(HttpServer, request_ids_that_the_client_did_not_send_are_unique) {
  TestServer server;
  TestClient client(server);
  client.get("/a");
  client.get("/b", "X-Request-Id: not sane\r\n");
  ASSERT_TRUE(server.until_waiting(2));
  EXPECT_NE(server.handler().waiting[0].request_id, server.handler().waiting[1].request_id);
  server.answer(0);
  ASSERT_TRUE(
      client.until_received("X-Request-Id: " + server.handler().waiting[0].request_id + "\r\n"));
}

TEST(HttpServer, late_answers_leave_in_the_order_of_the_requests) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  client.get("/2");
  client.get("/now3");
  client.get("/4");
  ASSERT_TRUE(server.until_waiting(3));
  server.answer(2);
  server.answer(1);
  server.turn();
  client.receive();
  EXPECT_EQ(client.text(), "");
  server.answer(0);
  ASSERT_TRUE(client.until_received("\r\n/4"));
  const auto at = [&](std::string_view body) {
    return client.text().find("\r\n\r\n" + std::string(body));
  };
  EXPECT_LT(at("/1"), at("/2"));
  EXPECT_LT(at("/2"), at("/now3"));
  EXPECT_LT(at("/now3"), at("/4"));
}

TEST(HttpServer, respond_to_a_stale_ref_is_ignored) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  ASSERT_TRUE(server.until_waiting(1));
  server.answer(0);
  server.answer(0);
  client.get("/now");
  ASSERT_TRUE(client.until_received("/now"));
  EXPECT_EQ(count_of(client.text(), "HTTP/1.1"), 2U);
  client.get("/2");
  ASSERT_TRUE(server.until_waiting(2));
  client.reset();
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 0; }));
  TestClient next(server);  // reuses the same place
  next.get("/3");
  ASSERT_TRUE(server.until_waiting(3));
  server.answer(1);
  server.turn();
  next.receive();
  EXPECT_EQ(next.text(), "");
}

TEST(HttpServer, pipelining_stops_at_its_bound_and_goes_on_when_answers_leave) {
  TestServer server;
  TestClient client(server);
  for (int i = 0; i < 40; ++i) client.get("/p" + std::to_string(i));
  ASSERT_TRUE(server.until_waiting(16));
  for (int i = 0; i < 5; ++i) server.turn();
  EXPECT_EQ(server.handler().waiting.size(), 16U);
  server.answer(0);
  ASSERT_TRUE(server.until_waiting(17));
  for (int i = 0; i < 5; ++i) server.turn();
  EXPECT_EQ(server.handler().waiting.size(), 17U);
  for (std::size_t i = 1; i < 40; ++i) {
    ASSERT_TRUE(server.until_waiting(i + 1));
    server.answer(i);
  }
  ASSERT_TRUE(client.until_received("\r\n/p39"));
  EXPECT_EQ(count_of(client.text(), "HTTP/1.1 200"), 40U);
}

TEST(HttpServer, half_closed_client_gets_its_answers) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  client.get("/2");
  client.end_sending();
  ASSERT_TRUE(server.until_waiting(2));
  for (int i = 0; i < 3; ++i) server.turn();
  EXPECT_EQ(server->open_connections(), 1U);
  server.answer(1);
  server.answer(0);
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(count_of(client.text(), "HTTP/1.1 200"), 2U);
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(server->open_connections(), 0U);
}

TEST(HttpServer, head_is_answered_without_body) {
  TestServer server;
  TestClient client(server);
  client.send("HEAD /now HTTP/1.1\r\nHost: a\r\n\r\n");
  client.get("/now2", "Connection: close\r\n");
  ASSERT_TRUE(client.until_end());
  EXPECT_NE(client.text().find("Content-Length: 4\r\n\r\nHTTP/1.1 200 OK"), std::string::npos)
      << client.text();
}

TEST(HttpServer, answers_without_body_have_no_length) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  client.get("/2");
  ASSERT_TRUE(server.until_waiting(2));
  ResponseHead head;
  head.status = 204;
  server.answer(0, head);
  head.status = 304;
  server.answer(1, head);
  ASSERT_TRUE(client.until_received("304 Not Modified"));
  EXPECT_EQ(count_of(client.text(), "Content-Length"), 0U);
  EXPECT_EQ(count_of(client.text(), "\r\n/"), 0U);
}

TEST(HttpServer, http_1_0_closes_unless_it_asks_to_keep) {
  TestServer server;
  TestClient client(server);
  client.send("GET /now HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(client.until_received("/now"));
  EXPECT_EQ(count_of(client.text(), "Connection: keep-alive\r\n"), 1U);
  client.send("GET /now2 HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(count_of(client.text(), "Connection: close\r\n"), 1U);
  EXPECT_EQ(count_of(client.text(), "/now2"), 1U);
}

TEST(HttpServer, close_of_1_1_takes_in_nothing_more) {
  TestServer server;
  TestClient client(server);
  client.get("/1", "Connection: close\r\n");
  client.get("/2");
  ASSERT_TRUE(server.until_waiting(1));
  server.answer(0);
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(server.handler().waiting.size(), 1U);
  EXPECT_FALSE(client.was_reset());
}

TEST(HttpServer, handler_can_end_the_connection) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  ASSERT_TRUE(server.until_waiting(1));
  ResponseHead head;
  head.close = true;
  server.answer(0, head);
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(count_of(client.text(), "Connection: close\r\n"), 1U);
}

TEST(HttpServer, expect_continue_is_told_before_the_body) {
  TestServer server;
  TestClient client(server);
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(client.until_received("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("hi");
  ASSERT_TRUE(server.until_waiting(1));
  EXPECT_EQ(server.handler().waiting[0].body, "hi");
}

TEST(HttpServer, expect_continue_waits_for_older_answers) {
  TestServer server;
  TestClient client(server);
  client.get("/first");
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(server.until_waiting(1));
  for (int i = 0; i < 3; ++i) server.turn();
  client.receive();
  EXPECT_EQ(client.text(), "");
  server.answer(0);
  ASSERT_TRUE(client.until_received("100 Continue\r\n\r\n"));
  EXPECT_LT(client.text().find("/first"), client.text().find("100 Continue"));
}

TEST(HttpServer, refusal_comes_after_older_answers_and_ends_the_connection) {
  TestServer server;
  TestClient client(server);
  client.get("/first");
  client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nmore that can't be trusted");
  ASSERT_TRUE(server.until_waiting(1));
  server.answer(0);
  ASSERT_TRUE(client.until_end());
  EXPECT_FALSE(client.was_reset());
  EXPECT_LT(client.text().find("/first"), client.text().find("HTTP/1.1 400 Bad Request"));
  EXPECT_NE(client.text().find("Content-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_NE(
      client.text().find(R"({"type":"/problems/malformed-request","title":"Malformed request",)"
                         R"("status":400,"detail":"there must be exactly one Host header"})"),
      std::string::npos)
      << client.text();
  EXPECT_EQ(server->stats().malformed_400, 1U);
}

TEST(HttpServer, too_large_a_body_is_answered_though_the_client_goes_on_sending) {
  TestServer server;
  TestClient client(server);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
              std::string(100000, 'x'));
  ASSERT_TRUE(client.until_end());
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 413 "));
  EXPECT_FALSE(client.was_reset());
}

TEST(HttpServer, bodies_larger_than_one_read_arrive_whole) {
  HttpLimits limits;
  limits.body_bytes = 1024 * 1024;
  TestServer server(limits);
  TestClient client(server);
  const std::string body(700'000, 'b');
  client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n");
  std::size_t sent = 0;
  ASSERT_TRUE(server.until([&] {
    if (sent < body.size()) {
      client.send(std::string_view(body).substr(sent, 50'000));
      sent += 50'000;
    }
    return !server.handler().waiting.empty();
  }));
  EXPECT_EQ(server.handler().waiting[0].body, body);
}

TEST(HttpServer, drain_answers_what_is_in_flight_and_says_that_it_was_the_last) {
  TestServer server;
  TestClient idle(server);
  TestClient busy(server);
  idle.get("/now");
  busy.get("/1");
  busy.get("/2");
  ASSERT_TRUE(idle.until_received("/now"));
  ASSERT_TRUE(server.until_waiting(2));
  server->stop_accepting();
  server->close_idle();
  ASSERT_TRUE(idle.until_end());
  EXPECT_EQ(server->open_connections(), 1U);
  server.answer(0);
  ASSERT_TRUE(busy.until_received("/1"));
  EXPECT_EQ(count_of(busy.text(), "Connection: close"), 0U);
  server.answer(1);
  ASSERT_TRUE(busy.until_end());
  EXPECT_EQ(count_of(busy.text(), "Connection: close\r\n"), 1U);
  busy.close();
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 0; }));
}

TEST(HttpServer, drain_answers_a_request_that_is_already_in_the_socket) {
  TestServer server;
  TestClient client(server);
  client.get("/now1");
  ASSERT_TRUE(client.until_received("/now1"));
  client.get("/now2");
  server->stop_accepting();
  server->close_idle();
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(count_of(client.text(), "/now2"), 1U);
  EXPECT_EQ(count_of(client.text(), "Connection: close\r\n"), 1U);
}

}  // namespace
}  // namespace frontrow
