// Slow, stalled and lost readers, with short limits: deadlines from the last progress, the lowest
// rate, the bound of a thread's unsent output, freed memory, turns of pipelined requests.
#include <fstream>
#include <memory>

#include <malloc.h>

#include "net/http/server/http_server.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

HttpLimits pressure_limits() {
  HttpLimits limits;
  limits.stalled_write_ms = 400;
  limits.linger_ms = 100;
  limits.sweep_ms = 10;
  return limits;
}

// Reads so many bytes every 10 ms until the connection has ended or `wanted` bytes have arrived.
bool read_slowly(TestServer& server, TestClient& client, std::size_t bytes, std::size_t wanted) {
  auto next = std::chrono::steady_clock::now();
  return server.until([&] {
    if (std::chrono::steady_clock::now() < next) return false;
    next += std::chrono::milliseconds(10);
    client.receive_some(bytes);
    return client.ended() || client.text().size() >= wanted;
  });
}

void get_and_answer(TestServer& server, TestClient& client, const std::string& body) {
  const std::size_t waiting = server.handler().waiting.size();
  client.get("/1");
  ASSERT_TRUE(server.until_waiting(waiting + 1));
  server->respond(server.handler().waiting.back().ref, {}, body);
  server.turn();
}

TEST(HttpServerPressure, steady_slow_reader_gets_an_answer_that_takes_longer_than_the_deadline) {
  TestServer server(pressure_limits());
  TestClient client(server, 32 * 1024);
  const std::string body(590'000, 'x');
  const auto begin = std::chrono::steady_clock::now();
  get_and_answer(server, client, body);
  ASSERT_TRUE(read_slowly(server, client, 4'000, body.size()));
  EXPECT_GE(client.text().size(), body.size());
  EXPECT_GT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(800));
  EXPECT_EQ(server->stats().timeouts, 0U);
}

TEST(HttpServerPressure, reader_of_a_byte_now_and_then_is_cut) {
  HttpLimits limits = pressure_limits();
  limits.stalled_write_ms = 100;
  TestServer server(limits);
  TestClient client(server, 4096);
  get_and_answer(server, client, std::string(8'000'000, 'x'));
  ASSERT_TRUE(server.until([&] {
    client.receive_some(1);
    return server->open_connections() == 0;
  }));
  EXPECT_EQ(server->stats().timeouts, 1U);
}

TEST(HttpServerPressure, reader_below_the_lowest_rate_is_cut_though_it_makes_progress) {
  HttpLimits limits = pressure_limits();
  limits.write_rate_min = 4'000'000;
  TestServer server(limits);
  TestClient client(server, 32 * 1024);
  get_and_answer(server, client, std::string(16'000'000, 'x'));
  ASSERT_TRUE(server.until([&] {
    client.receive_some(4'000);
    return server->open_connections() == 0;
  }));
  EXPECT_EQ(server->stats().timeouts, 1U);
  EXPECT_GT(client.text().size(), 32U * 1024) << "it was no stalled reader";
}

TEST(HttpServerPressure, body_that_many_never_read_is_held_once) {
  TestServer server;
  const auto body = std::make_shared<const Body>(std::string(4'000'000, 'x'));
  std::vector<std::unique_ptr<TestClient>> clients;
  for (std::size_t i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<TestClient>(server, 4096));
    clients.back()->get("/1");
  }
  ASSERT_TRUE(server.until_waiting(clients.size()));
  for (const auto& seen : server.handler().waiting) {
    server->respond_shared(seen.ref, {}, {"<", body, ">"});
  }
  server.turn();
  EXPECT_GT(server->stats().unsent_bytes, body->bytes().size());
  EXPECT_LT(server->stats().unsent_bytes, body->bytes().size() + 20 * 17'000);
  ASSERT_TRUE(clients[3]->until_received("x>"));
  clients.clear();
  ASSERT_TRUE(server.until([&] { return server->stats().unsent_bytes == 0; }));
}

TEST(HttpServerPressure, kernel_takes_little_of_an_answer_that_is_not_read) {
  TestServer server;
  TestClient client(server, 4096);
  get_and_answer(server, client, std::string(16'000'000, 'x'));
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  ASSERT_TRUE(server.until([&] { return std::chrono::steady_clock::now() > end; }));
  EXPECT_LT(server->stats().bytes_out, 400'000U);
}

TEST(HttpServerPressure, shared_body_before_its_turn_leaves_in_order) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  client.get("/2");
  ASSERT_TRUE(server.until_waiting(2));
  const auto body = std::make_shared<const Body>(std::string(300'000, 'x'));
  server->respond_shared(server.handler().waiting[1].ref, {}, {"<", body, ">"});
  server.turn();
  server.answer(0);
  ASSERT_TRUE(client.until_received("x>"));
  EXPECT_EQ(count_of(client.text(), "\r\n\r\n/1HTTP/1.1 200 OK\r\n"), 1U);
  EXPECT_EQ(count_of(client.text(), "Content-Length: 300002\r\n"), 1U);
}

TEST(HttpServerPressure, unsent_answers_of_a_thread_are_bounded_and_steady_readers_go_on) {
  HttpLimits limits = pressure_limits();
  limits.stalled_write_ms = 60'000;  // so that only the bound acts
  limits.output_bytes_per_thread = 8'000'000;
  TestServer server(limits);
  TestClient reader(server, 32 * 1024);
  const std::string body(3'000'000, 'x');
  get_and_answer(server, reader, body);
  std::vector<std::unique_ptr<TestClient>> stalled;
  for (std::size_t i = 0; i < 60; ++i) {
    stalled.push_back(std::make_unique<TestClient>(server, 4096));
    get_and_answer(server, *stalled.back(), std::string(400'000, 'x'));
    for (int turn = 0; turn < 8; ++turn) {
      server.turn();
      reader.receive_some(8'000);
    }
    ASSERT_LE(server->stats().unsent_bytes, limits.output_bytes_per_thread);
  }
  EXPECT_GE(server->stats().shed, 10U);
  ASSERT_TRUE(server.until([&] {
    reader.receive();
    return reader.ended() || reader.text().size() > body.size();
  }));
  EXPECT_GT(reader.text().size(), body.size());
}

TEST(HttpServerPressure, event_streams_count_for_the_bound) {
  HttpLimits limits;
  limits.output_bytes_per_thread = 300'000;
  TestServer server(limits);
  std::vector<std::unique_ptr<TestClient>> clients;
  for (std::size_t i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<TestClient>(server, 4096));
    clients.back()->get("/stream");
  }
  ASSERT_TRUE(server.until_waiting(clients.size()));
  for (const auto& seen : server.handler().waiting) {
    ASSERT_TRUE(server->begin_stream(seen.ref, {.content_type = "text/event-stream"}));
  }
  const std::string text(8'000, 'x');
  for (int round = 0; round < 1'000 && server->stats().shed == 0; ++round) {
    for (const auto& seen : server.handler().waiting) server->write_stream(seen.ref, text);
    server.turn();
    ASSERT_LE(server->stats().unsent_bytes, limits.output_bytes_per_thread);
  }
  EXPECT_GT(server->stats().shed, 0U);
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(HttpServerPressure, memory_of_a_peak_is_given_back_once_the_clients_have_gone) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers' allocators keep what is freed";
#endif
  TestServer server(pressure_limits());
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::string> pins;  // above the freed blocks, so that the heap can't shrink by itself
  for (std::size_t i = 0; i < 150; ++i) {
    clients.push_back(std::make_unique<TestClient>(server));
    for (int request = 0; request < 16; ++request) clients.back()->get("/1");
  }
  ASSERT_TRUE(server.until_waiting(150 * 16));
  ::malloc_trim(0);  // frees earlier garbage
  const std::size_t before = resident_bytes();
  const std::string body(15'000, 'x');
  for (std::size_t i = 0; i < server.handler().waiting.size(); ++i) {
    if (server.handler().waiting[i].ref.sequence == 0) continue;  // the others wait for it
    server->respond(server.handler().waiting[i].ref, {}, body);
    if (i % 16 == 0) pins.emplace_back(100, 'p');
  }
  server.turn();
  const std::size_t peak = resident_bytes();
  ASSERT_GT(peak, before + 30'000'000);
  for (auto& client : clients) client->reset();
  EXPECT_TRUE(server.until([&] { return resident_bytes() < before + 10'000'000; }));
}

TEST(HttpServerPressure, request_of_another_connection_comes_between_pipelined_ones) {
  TestServer server;
  TestClient many(server);
  TestClient one(server);
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 2; }));
  std::string sixteen;
  for (int i = 0; i < 16; ++i) sixteen += "GET /many HTTP/1.1\r\nHost: a\r\n\r\n";
  many.send(sixteen);
  one.get("/one");
  ASSERT_TRUE(server.until_waiting(17));
  std::size_t place = 0;
  while (server.handler().waiting[place].path != "/one") ++place;
  EXPECT_LE(place, HttpLimits().pipeline_burst);
  for (std::size_t i = 0; i < 17; ++i) server.answer(i);
  ASSERT_TRUE(one.until_received("\r\n\r\n/one"));
  ASSERT_TRUE(
      server.until([&] { return many.receive(), count_of(many.text(), "\r\n\r\n/many") == 16; }));
}

TEST(HttpServerPressure, requests_of_one_connection_in_a_turn_are_bounded) {
  TestServer server;
  TestClient client(server);
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 1; }));
  std::string many;
  for (int i = 0; i < 200; ++i) many += "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(many);
  std::uint64_t before = 0;
  while (before < 200) {
    server.turn();
    const std::uint64_t now = server->stats().requests;
    ASSERT_LE(now - before, HttpLimits().pipelined_requests);
    before = now;
  }
  ASSERT_TRUE(server.until(
      [&] { return client.receive(), count_of(client.text(), "\r\n\r\n/now") == 200; }));
}

}  // namespace
}  // namespace frontrow
