// The server's bounds in time and number, with short limits: slow senders, stalled readers, idle
// clients, the cap of connections, exhausted descriptors.
#include <fcntl.h>
#include <sys/resource.h>

#include "net/http/server/http_server.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

HttpLimits short_limits() {
  HttpLimits limits;
  limits.header_ms = 80;
  limits.body_ms = 80;
  limits.stalled_write_ms = 100;
  limits.idle_ms = 10'000;
  limits.linger_ms = 100;
  limits.sweep_ms = 10;
  return limits;
}

// Sends a byte a millisecond until the connection ends; true if it did.
bool trickle(TestServer& server, TestClient& client, char byte) {
  auto next = std::chrono::steady_clock::now();
  return server.until([&] {
    client.receive();
    if (!client.ended() && client.text().empty() && std::chrono::steady_clock::now() >= next) {
      client.send({&byte, 1});
      next += std::chrono::milliseconds(1);
    }
    return client.ended();
  });
}

TEST(HttpServerLimits, header_that_trickles_is_cut_by_its_deadline) {
  TestServer server(short_limits());
  TestClient client(server);
  client.send("GET / HTTP/1.1\r\n");
  ASSERT_TRUE(trickle(server, client, 'x'));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_EQ(server->stats().timeouts, 1U);
  EXPECT_EQ(server->stats().timeout_408, 1U);
}

TEST(HttpServerLimits, input_that_is_no_request_is_refused_without_waiting_for_a_deadline) {
  HttpLimits limits;
  limits.header_ms = limits.idle_ms = 3'600'000;
  TestServer server(limits);
  std::uint64_t refused = 0;
  for (const std::string_view text : {"\x16\x03\x01", "\x16", "\x05\x01", "GET /\xc3\xa9", "{",
                                      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"}) {
    SCOPED_TRACE(testing::PrintToString(text));
    TestClient client(server);
    client.send(text);
    ASSERT_TRUE(client.until_end());
    EXPECT_FALSE(client.was_reset());
    EXPECT_TRUE(client.text().starts_with("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_EQ(count_of(client.text(), "\r\nConnection: close\r\n"), 1U);
    EXPECT_EQ(count_of(client.text(), R"("type":"/problems/malformed-request")"), 1U);
    EXPECT_EQ(count_of(client.text(), "TLS seems to be spoken"), text.front() == '\x16' ? 1U : 0U);
    EXPECT_EQ(server->stats().malformed_400, ++refused);
  }
  EXPECT_EQ(server->stats().timeouts, 0U);
}

TEST(HttpServerLimits, input_that_is_no_request_behind_one_does_not_take_its_answer_away) {
  TestServer server;
  TestClient client(server);
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01");
  ASSERT_TRUE(server.until_waiting(1));
  server.answer(0);
  ASSERT_TRUE(client.until_end());
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(count_of(client.text(), "\r\n\r\n/1HTTP/1.1 400 Bad Request\r\n"), 1U);
}

TEST(HttpServerLimits, body_that_trickles_is_cut_by_its_deadline) {
  TestServer server(short_limits());
  TestClient client(server);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\n\r\n");
  ASSERT_TRUE(trickle(server, client, 'b'));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_TRUE(server.handler().waiting.empty());
}

TEST(HttpServerLimits, next_request_gets_a_header_deadline_of_its_own) {
  TestServer server(short_limits());
  TestClient client(server);
  for (int i = 0; i < 3; ++i) {  // together longer than header_ms
    client.send("GET /now HTT");
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(40);
    ASSERT_TRUE(server.until([&] { return std::chrono::steady_clock::now() > end; }));
    client.send("P/1.1\r\nHost: a\r\n\r\n");
    client.forget();
    ASSERT_TRUE(client.until_received("/now"));
  }
}

TEST(HttpServerLimits, idle_connection_is_closed_without_a_word) {
  HttpLimits limits = short_limits();
  limits.idle_ms = 50;
  TestServer server(limits);
  TestClient fresh(server);
  TestClient used(server);
  used.get("/now");
  ASSERT_TRUE(used.until_received("/now"));
  used.forget();
  ASSERT_TRUE(fresh.until_end());
  ASSERT_TRUE(used.until_end());
  EXPECT_EQ(fresh.text() + used.text(), "");
  EXPECT_EQ(server->stats().timeouts, 0U);
}

TEST(HttpServerLimits, request_that_waits_for_its_answer_is_not_idle) {
  HttpLimits limits = short_limits();
  limits.idle_ms = 30;
  TestServer server(limits);
  TestClient client(server);
  client.get("/1");
  ASSERT_TRUE(server.until_waiting(1));
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(120);
  ASSERT_TRUE(server.until([&] { return std::chrono::steady_clock::now() > end; }));
  server.answer(0);
  ASSERT_TRUE(client.until_received("/1"));
}

TEST(HttpServerLimits, stalled_reader_is_closed) {
  TestServer server(short_limits());
  TestClient client(server, 4096);
  client.get("/1");
  ASSERT_TRUE(server.until_waiting(1));
  server->respond(server.handler().waiting[0].ref, {}, std::string(16 * 1024 * 1024, 'x'));
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 0; }));
  EXPECT_EQ(server->stats().timeouts, 1U);
}

TEST(HttpServerLimits, slow_reader_that_goes_on_reading_gets_everything) {
  HttpLimits limits = short_limits();
  limits.stalled_write_ms = 10'000;
  TestServer server(limits);
  TestClient client(server, 4096);
  client.get("/1", "Connection: close\r\n");
  ASSERT_TRUE(server.until_waiting(1));
  server->respond(server.handler().waiting[0].ref, {}, std::string(4 * 1024 * 1024, 'x'));
  ASSERT_TRUE(client.until_end());
  EXPECT_GT(client.text().size(), 4U * 1024 * 1024);
}

TEST(HttpServerLimits, unread_output_stops_the_intake_of_requests) {
  HttpLimits limits;
  limits.output_bytes = 10'000;
  TestServer server(limits);
  TestClient client(server, 4096);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(many);
  server.turn();
  EXPECT_LT(server->stats().requests, 100U);
  ASSERT_TRUE(server.until(
      [&] { return client.receive(), count_of(client.text(), "\r\n\r\n/now") == 200; }));
}

TEST(HttpServerLimits, connection_over_the_cap_is_told_503) {
  HttpLimits limits = short_limits();
  limits.connections = 2;
  TestServer server(limits);
  TestClient a(server);
  TestClient b(server);
  a.get("/1");
  b.get("/2");
  ASSERT_TRUE(server.until_waiting(2));  // neither is idle
  TestClient over(server);
  over.get("/now");
  ASSERT_TRUE(over.until_end());
  EXPECT_FALSE(over.was_reset());
  EXPECT_TRUE(over.text().starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(count_of(over.text(), "Retry-After: 1\r\n"), 1U);
  EXPECT_EQ(server->stats().refused, 1U);
  EXPECT_EQ(server->open_connections(), 2U);
  a.reset();
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 1; }));
  TestClient next(server);
  next.get("/now");
  ASSERT_TRUE(next.until_received("/now"));
}

TEST(HttpServerLimits, refusals_that_linger_are_bounded) {
  HttpLimits limits = short_limits();
  limits.connections = limits.reserved_connections = 0;
  limits.refusals = 1;
  limits.linger_ms = 10'000;
  TestServer server(limits);
  TestClient first(server);
  ASSERT_TRUE(first.until_received("503"));
  TestClient second(server);
  ASSERT_TRUE(second.until_end());
  EXPECT_EQ(second.text(), "");
}

TEST(HttpServerLimits, peer_that_never_closes_lingers_for_a_bounded_time) {
  TestServer server(short_limits());
  TestClient client(server);
  client.get("/now", "Connection: close\r\n");
  ASSERT_TRUE(client.until_end());
  EXPECT_EQ(server->open_connections(), 1U);
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 0; }));
}

TEST(HttpServerLimits, input_held_by_one_thread_is_bounded) {
  HttpLimits limits;
  limits.input_bytes_per_thread = 20'000;
  TestServer server(limits);
  TestClient a(server);
  TestClient b(server);
  const std::string half =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\n\r\n" + std::string(15'000, 'x');
  a.send(half);
  ASSERT_TRUE(server.until([&] { return server->stats().bytes_in >= half.size(); }));
  b.send(half);
  ASSERT_TRUE(b.until_end());
  EXPECT_TRUE(b.text().starts_with("HTTP/1.1 503 "));
  a.send(std::string(1'000, 'x'));
  ASSERT_TRUE(server.until_waiting(1));
}

TEST(HttpServerLimits, without_descriptors_accepting_waits_and_does_not_spin) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the vptr check of UBSan needs descriptors of its own";
#endif
  TestServer server(short_limits());
  TestClient waiting(server);  // in the backlog
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  rlimit none = old;
  none.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  for (int i = 0; i < 20; ++i) server.turn();
  EXPECT_EQ(server->open_connections(), 0U);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  waiting.get("/now");
  EXPECT_TRUE(waiting.until_received("/now"));
}

TEST(HttpServerLimits, several_servers_share_port_and_cap) {
  asio::io_context io{1};
  HttpLimits limits;
  limits.connections = 1;
  limits.reserved_connections = 0;
  HttpShared shared;
  RecordingHandler handler;
  TestServer a(limits, shared);
  HttpServer b(io, handler, limits, shared);
  TestClient client(a);
  client.get("/1");
  ASSERT_TRUE(a.until_waiting(1));
  ASSERT_TRUE(b.listen({asio::ip::make_address("127.0.0.1"), a->port()}).ok());
  EXPECT_EQ(b.port(), a->port());
  // On either of the two servers these are over the one cap.
  for (int i = 0; i < 20; ++i) {
    TestClient over(a);
    ASSERT_TRUE(a.until([&] {
      io.restart();
      io.poll();
      b.flush();
      over.receive();
      return over.text().starts_with("HTTP/1.1 503 ");
    }));
  }
  EXPECT_EQ(a->stats().refused + b.stats().refused, 20U);
  EXPECT_EQ(b.open_connections(), 0U);
}

TEST(HttpServerLimits, destroyed_server_gives_its_connections_back_and_leaves_nothing_to_run) {
  asio::io_context io{1};
  const HttpLimits limits;
  HttpShared shared;
  RecordingHandler handler;
  {
    TestServer server(limits, shared);
    TestClient client(server);
    client.get("/1");
    ASSERT_TRUE(server.until_waiting(1));
    EXPECT_EQ(shared.connections.load(), 1U);
    HttpServer other(io, handler, limits, shared);
  }
  EXPECT_EQ(shared.connections.load(), 0U);
  io.poll();  // late handlers of `other` must not touch it
}

TEST(HttpServerLimits, raise_open_files_says_when_it_can_not) {
  EXPECT_TRUE(raise_open_files(16).ok());
  const Status status = raise_open_files(std::size_t{1} << 40);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().find("open files"), std::string::npos);
}

}  // namespace
}  // namespace frontrow
