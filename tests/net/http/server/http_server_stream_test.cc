// Streams: framing, order behind other responses, the client's end, a client that lags.
#include "net/http/server/http_server.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

ResponseHead event_stream() {
  ResponseHead head;
  head.content_type = "text/event-stream";
  return head;
}

TEST(HttpServerStream, write_stream_sends_chunks_and_the_connection_lives_on) {
  TestServer server;
  TestClient client(server);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  ASSERT_TRUE(client.until_received("Transfer-Encoding: chunked\r\n\r\n"));
  EXPECT_EQ(count_of(client.text(), "Content-Length"), 0U);
  ASSERT_TRUE(server->write_stream(ref, "data: one\n\n"));
  ASSERT_TRUE(client.until_received("\r\n\r\nb\r\ndata: one\n\n\r\n"));
  ASSERT_TRUE(server->write_stream(ref, ""));
  server->end_stream(ref);
  ASSERT_TRUE(client.until_received("\r\n0\r\n\r\n"));
  EXPECT_FALSE(server->write_stream(ref, "x"));
  client.forget();
  client.get("/now");
  ASSERT_TRUE(client.until_received("/now"));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(server.handler().closed.empty());
}

TEST(HttpServerStream, output_is_taken_once_the_client_s_side_has_acknowledged_it) {
  TestServer server;
  TestClient client(server, 2048);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  EXPECT_FALSE(server->took_output(ref)) << "it is not even sent";
  EXPECT_TRUE(server.until([&] { return server->took_output(ref); }));
  ASSERT_TRUE(server->write_stream(ref, std::string(50'000, 'x')));
  server.run_for(300);
  EXPECT_FALSE(server->took_output(ref)) << "the client's buffer is full";
  ASSERT_TRUE(client.until_received(std::string(1000, 'x')));
  EXPECT_TRUE(server.until([&] {
    client.receive();
    return server->took_output(ref);
  }));
  client.close();
  EXPECT_TRUE(server.until([&] { return !server->write_stream(ref, "x"); }));
  EXPECT_FALSE(server->took_output(ref));
}

TEST(HttpServerStream, stream_of_1_0_ends_with_the_connection) {
  TestServer server;
  TestClient client(server);
  client.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  ASSERT_TRUE(server->write_stream(ref, "one"));
  server->end_stream(ref);
  ASSERT_TRUE(client.until_end());
  EXPECT_TRUE(client.text().ends_with("\r\n\r\none"));
  EXPECT_EQ(count_of(client.text(), "Connection: close\r\n"), 1U);
  EXPECT_EQ(count_of(client.text(), "chunked"), 0U);
}

TEST(HttpServerStream, stream_behind_an_older_answer_waits_and_holds_the_newer_one) {
  TestServer server;
  TestClient client(server);
  client.get("/first");
  client.get("/events");
  client.get("/now");
  ASSERT_TRUE(server.until_waiting(2));
  const RequestRef ref = server.handler().waiting[1].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  ASSERT_TRUE(server->write_stream(ref, "early"));
  server.turn();
  client.receive();
  EXPECT_EQ(client.text(), "");
  server.answer(0);
  ASSERT_TRUE(client.until_received("early"));
  ASSERT_TRUE(server->write_stream(ref, "late"));
  ASSERT_TRUE(client.until_received("late"));
  EXPECT_EQ(count_of(client.text(), "/now"), 0U);
  server->end_stream(ref);
  ASSERT_TRUE(client.until_received("0\r\n\r\nHTTP/1.1 200 OK"));
}

TEST(HttpServerStream, client_that_leaves_is_reported_once) {
  TestServer server;
  for (const bool hard : {false, true}) {
    SCOPED_TRACE(hard);
    server.handler().closed.clear();
    TestClient client(server);
    const std::size_t before = server.handler().waiting.size();
    client.get("/events");
    ASSERT_TRUE(server.until_waiting(before + 1));
    const RequestRef ref = server.handler().waiting[before].ref;
    ASSERT_TRUE(server->begin_stream(ref, event_stream()));
    ASSERT_TRUE(client.until_received("\r\n\r\n"));
    if (hard) {
      client.reset();
    } else {
      client.close();
    }
    ASSERT_TRUE(server.until([&] { return !server.handler().closed.empty(); }));
    EXPECT_EQ(server.handler().closed, std::vector<RequestRef>{ref});
    EXPECT_FALSE(server->write_stream(ref, "x"));
    EXPECT_EQ(server->open_connections(), 0U);
  }
}

TEST(HttpServerStream, client_that_leaves_is_seen_though_nothing_is_read_any_more) {
  TestServer server;
  TestClient client(server);
  client.get("/events", "Connection: close\r\n");
  ASSERT_TRUE(server.until_waiting(1));
  ASSERT_TRUE(server->begin_stream(server.handler().waiting[0].ref, event_stream()));
  server.turn();
  client.end_sending();
  ASSERT_TRUE(server.until([&] { return server.handler().closed.size() == 1; }));
}

TEST(HttpServerStream, client_that_lags_is_cut_by_the_write_that_is_too_much) {
  HttpLimits limits;
  limits.output_bytes = 100'000;
  TestServer server(limits);
  TestClient client(server, 4096);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  const std::string event(10'000, 'e');
  ASSERT_TRUE(server.until([&] { return !server->write_stream(ref, event); }));
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 0; }));
  EXPECT_TRUE(server.handler().closed.empty());
}

TEST(HttpServerStream, aborted_stream_ends_without_the_last_chunk) {
  TestServer server;
  TestClient client(server);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  ASSERT_TRUE(server->write_stream(ref, "half"));
  ASSERT_TRUE(client.until_received("half\r\n"));
  server->abort_stream(ref);
  ASSERT_TRUE(client.until_end());
  EXPECT_TRUE(client.text().ends_with("half\r\n"));
  EXPECT_TRUE(server.handler().closed.empty());
  EXPECT_EQ(server->open_connections(), 0U);
}

TEST(HttpServerStream, backlog_is_what_the_client_has_not_taken) {
  TestServer server;
  TestClient client(server, 4096);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  EXPECT_FALSE(server->stream_backlog(ref));
  ASSERT_TRUE(server->begin_stream(ref, event_stream()));
  const std::string event(10'000, 'e');
  ASSERT_TRUE(server.until([&] {
    EXPECT_TRUE(server->write_stream(ref, event));
    server.turn();
    return *server->stream_backlog(ref) > 0;
  }));
  ASSERT_TRUE(server.until([&] {
    client.receive();
    return *server->stream_backlog(ref) == 0;
  }));
  client.reset();
  ASSERT_TRUE(server.until([&] { return !server->stream_backlog(ref); }));
}

TEST(HttpServerStream, begin_stream_of_head_is_an_answer) {
  TestServer server;
  TestClient client(server);
  client.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(server.until_waiting(1));
  EXPECT_FALSE(server->begin_stream(server.handler().waiting[0].ref, event_stream()));
  client.get("/now");
  ASSERT_TRUE(client.until_received("/now"));
}

}  // namespace
}  // namespace frontrow
