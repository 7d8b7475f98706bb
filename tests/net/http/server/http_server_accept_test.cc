// Connections at the bound: eviction for a newcomer, the cap by address, the reserve, the
// operators' own listener; and the detection of lost clients.
#include <deque>

#include <arpa/inet.h>

#include "net/http/server/address_counts.h"
#include "net/http/server/http_server.h"
#include "net/http/server/idle_list.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kOtherSource = INADDR_LOOPBACK + 1;

// Room for two; recent use protects no connection.
HttpLimits room_for_two() {
  HttpLimits limits;
  limits.connections = 2;
  limits.settled_idle_ms = 0;
  limits.linger_ms = 100;
  limits.sweep_ms = 10;
  return limits;
}

bool is_served(TestClient& client, std::string_view path = "/now") {
  client.forget();
  client.get(path);
  return client.until_received("HTTP/1.1 ") && client.text().starts_with("HTTP/1.1 200 ");
}

bool is_refused(TestClient& client, std::string_view path = "/now") {
  client.get(path);
  return client.until_end() && client.text().starts_with("HTTP/1.1 503 ");
}

TEST(HttpServerAccept, connection_that_was_idle_for_longest_goes_for_a_newcomer) {
  TestServer server(room_for_two());
  TestClient a(server);
  TestClient b(server);
  ASSERT_TRUE(is_served(a));
  ASSERT_TRUE(is_served(b));
  server.run_for(5);
  ASSERT_TRUE(is_served(a));
  b.forget();
  TestClient newcomer(server);
  EXPECT_TRUE(is_served(newcomer));
  EXPECT_TRUE(b.until_end());
  EXPECT_EQ(b.text(), "");
  EXPECT_TRUE(is_served(a));
  EXPECT_EQ(server->stats().evicted, 1U);
  EXPECT_EQ(server->stats().refused, 0U);
  EXPECT_EQ(server->open_connections(), 2U);
}

TEST(HttpServerAccept, connection_that_was_never_used_goes_first) {
  TestServer server(room_for_two());
  TestClient used(server);
  ASSERT_TRUE(is_served(used));
  TestClient unused(server);
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 2; }));
  TestClient newcomer(server);
  EXPECT_TRUE(is_served(newcomer));
  EXPECT_TRUE(unused.until_end());
  EXPECT_TRUE(is_served(used));
}

TEST(HttpServerAccept, silent_connections_do_not_keep_newcomers_out) {
  HttpLimits limits = room_for_two();
  limits.connections = 50;
  TestServer server(limits);
  std::deque<TestClient> silent;
  for (int i = 0; i < 200; ++i) {
    silent.emplace_back(server);
    server.turn();
  }
  TestClient newcomer(server);
  EXPECT_TRUE(is_served(newcomer));
  EXPECT_EQ(server->open_connections(), 50U);
}

TEST(HttpServerAccept, connection_in_use_does_not_go) {
  TestServer server(room_for_two());
  TestClient streaming(server);
  streaming.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  ASSERT_TRUE(server->begin_stream(server.handler().waiting[0].ref, {}));
  TestClient sending(server);
  sending.send("GET /now HTTP/1.1\r\n");
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 2; }));
  server.run_for(5);
  TestClient newcomer(server);
  EXPECT_TRUE(is_refused(newcomer));
  sending.send("Host: a\r\n\r\n");
  EXPECT_TRUE(sending.until_received("/now"));
  EXPECT_EQ(server->stats().evicted, 0U);
}

TEST(HttpServerAccept, connection_that_was_just_used_does_not_go) {
  HttpLimits limits = room_for_two();
  limits.settled_idle_ms = 3'600'000;
  TestServer server(limits);
  TestClient a(server);
  TestClient b(server);
  ASSERT_TRUE(is_served(a));
  ASSERT_TRUE(is_served(b));
  TestClient newcomer(server);
  EXPECT_TRUE(is_refused(newcomer));
  EXPECT_TRUE(is_served(a));
  EXPECT_TRUE(is_served(b));
}

TEST(HttpServerAccept, request_that_has_arrived_is_answered_before_its_connection_can_go) {
  TestServer server(room_for_two());
  TestClient a(server);
  TestClient b(server);
  ASSERT_TRUE(is_served(a));
  ASSERT_TRUE(is_served(b));
  a.forget();
  b.forget();
  a.get("/now");
  b.get("/now");
  TestClient newcomer(server);  // accepted in the turn in which those arrive
  newcomer.get("/now");
  EXPECT_TRUE(a.until_received("/now"));
  EXPECT_TRUE(b.until_received("/now"));
}

TEST(HttpServerAccept, connection_that_sends_nothing_is_closed_after_first_byte_ms) {
  HttpLimits limits = room_for_two();
  limits.first_byte_ms = 50;
  limits.idle_ms = 3'600'000;
  TestServer server(limits);
  TestClient used(server);
  ASSERT_TRUE(is_served(used));
  TestClient silent(server);
  EXPECT_TRUE(silent.until_end());
  EXPECT_EQ(silent.text(), "");
  EXPECT_TRUE(is_served(used));
}

TEST(HttpServerAccept, address_at_its_cap_is_refused_and_another_one_served) {
  HttpLimits limits = room_for_two();
  limits.connections = 100;
  limits.connections_per_address = 2;
  limits.cap_private_addresses = true;
  TestServer server(limits);
  TestClient a(server);
  TestClient b(server);
  ASSERT_TRUE(is_served(a));
  ASSERT_TRUE(is_served(b));
  TestClient third(server);
  EXPECT_TRUE(is_refused(third));
  TestClient other(server, 0, kOtherSource);
  EXPECT_TRUE(is_served(other));
  a.close();
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 2; }));
  TestClient fourth(server);
  EXPECT_TRUE(is_served(fourth));
}

TEST(HttpServerAccept, private_addresses_have_no_cap_unless_asked_for) {
  HttpLimits limits = room_for_two();
  limits.connections = 100;
  limits.connections_per_address = 1;
  TestServer server(limits);
  TestClient a(server);
  TestClient b(server);
  EXPECT_TRUE(is_served(a));
  EXPECT_TRUE(is_served(b));
}

// Both places are taken by requests in progress.
class Full : public testing::Test {
 protected:
  explicit Full(const HttpLimits& limits = room_for_two()) : server(limits) {
    a.get("/1");
    b.get("/2");
    EXPECT_TRUE(server.until_waiting(2));
  }
  TestServer server;
  TestClient a{server};
  TestClient b{server};
};

TEST_F(Full, server_answers_what_the_reserve_is_for_and_closes) {
  for (int i = 0; i < 100; ++i) {
    TestClient operators(server);
    operators.get("/now/reserved");
    ASSERT_TRUE(operators.until_end());
    EXPECT_TRUE(operators.text().starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(count_of(operators.text(), "\r\nConnection: close\r\n"), 1U);
    TestClient fan(server);
    EXPECT_TRUE(is_refused(fan));
    EXPECT_FALSE(fan.was_reset());
  }
  EXPECT_EQ(server->stats().refused, 100U);
}

TEST_F(Full, server_takes_one_in_whose_place_has_become_free_meanwhile) {
  TestClient waiting(server);
  server.run_for(5);
  a.reset();
  ASSERT_TRUE(server.until([&] { return server->open_connections() == 2; }));
  EXPECT_TRUE(is_served(waiting));
  EXPECT_TRUE(is_served(waiting));
}

class FullWithSmallReserve : public Full {
 protected:
  static HttpLimits limits() {
    HttpLimits limits = room_for_two();
    limits.reserved_connections = 1;
    limits.reserve_ms = 300;
    limits.header_ms = 3'600'000;
    return limits;
  }
  FullWithSmallReserve() : Full(limits()) {}
};

TEST_F(FullWithSmallReserve, who_is_slow_goes_for_the_next_one) {
  std::deque<TestClient> slow;
  for (int i = 0; i < 3; ++i) {
    slow.emplace_back(server).send("GET /now/reserved HTTP/1.1\r\n");
    server.run_for(5);
  }
  TestClient quick(server);
  quick.get("/now/reserved");
  EXPECT_TRUE(quick.until_received("HTTP/1.1 200 "));
  for (TestClient& client : slow) EXPECT_TRUE(client.until_received("HTTP/1.1 503 "));
}

TEST_F(FullWithSmallReserve, who_does_not_send_a_request_in_time_is_told_503) {
  TestClient silent(server);
  EXPECT_TRUE(silent.until_received("HTTP/1.1 503 "));
  TestClient slow(server);
  slow.send("GET /now/reserved HTTP/1.1\r\n");
  EXPECT_TRUE(slow.until_received("HTTP/1.1 503 "));
}

TEST(HttpServerOps, listener_of_operators_has_connections_of_its_own) {
  HttpLimits limits = room_for_two();
  limits.ops_connections = 2;
  TestServer server(limits);
  ASSERT_TRUE(server->listen({asio::ip::make_address("127.0.0.1"), 0}, Audience::kOperators).ok());
  const std::uint16_t port = server->port(Audience::kOperators);
  TestClient a(server);
  TestClient b(server);
  a.get("/1");
  b.get("/2");
  ASSERT_TRUE(server.until_waiting(2));
  TestClient first(server, 0, INADDR_LOOPBACK, port);
  TestClient second(server, 0, INADDR_LOOPBACK, port);
  EXPECT_TRUE(is_served(first));
  EXPECT_TRUE(is_served(first));
  EXPECT_TRUE(is_served(second));
  TestClient third(server, 0, INADDR_LOOPBACK, port);  // evicts the idle first one
  third.get("/3");
  ASSERT_TRUE(server.until_waiting(3));
  EXPECT_TRUE(server.handler().waiting[2].ops);
  EXPECT_FALSE(server.handler().waiting[0].ops);
  second.get("/4");
  ASSERT_TRUE(server.until_waiting(4));
  TestClient over(server, 0, INADDR_LOOPBACK, port);
  EXPECT_TRUE(is_refused(over));
}

TEST(HttpServerAccept, request_of_a_proxy_is_told_by_its_headers) {
  TestServer server;
  TestClient client(server);
  client.get("/1");
  client.get("/2", "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 10.0.0.1\r\n");
  client.get("/3", "Forwarded: for=203.0.113.7\r\n");
  ASSERT_TRUE(server.until_waiting(3));
  EXPECT_FALSE(server.handler().waiting[0].proxied);
  EXPECT_TRUE(server.handler().waiting[1].proxied);
  EXPECT_TRUE(server.handler().waiting[2].proxied);
}

TEST(HttpServerClient, silence_of_a_client_without_a_network_grows_until_it_is_dropped) {
  HttpLimits limits;
  limits.unacknowledged_ms = 1000;
  TestServer server(limits);
  TestClient client(server);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, {}));
  server->probe_client(ref);
  ASSERT_TRUE(server->write_stream(ref, "first"));
  ASSERT_TRUE(client.until_received("first"));
  EXPECT_LT(server->client_silence_ms(ref), 200);
  client.lose_network();
  ASSERT_TRUE(server->write_stream(ref, "second"));
  EXPECT_TRUE(server.until([&] { return server->client_silence_ms(ref) >= 500; }));
  EXPECT_TRUE(server.until([&] { return server.handler().closed.size() == 1; }));
  EXPECT_EQ(server->client_silence_ms(ref), kNoDeadline);
}

TEST(HttpServerClient, that_only_listens_is_heard_by_the_probes) {
  TestServer server;
  TestClient client(server);
  client.get("/events");
  ASSERT_TRUE(server.until_waiting(1));
  const RequestRef ref = server.handler().waiting[0].ref;
  ASSERT_TRUE(server->begin_stream(ref, {}));
  server->probe_client(ref);
  std::int64_t longest = 0;
  ASSERT_TRUE(server.until([&] {
    const std::int64_t silence = server->client_silence_ms(ref);
    const bool probed = silence < longest && longest > 1000;
    longest = std::max(longest, silence);
    return probed;
  }));
  EXPECT_LT(longest, 7000);
}

TEST(IdleList, oldest_is_the_one_that_came_first_and_did_not_leave) {
  Slab<Connection> table;
  for (int i = 0; i < 4; ++i) table.take();
  IdleList list(table);
  IdleList other(table);
  EXPECT_EQ(list.oldest(), nullptr);
  for (Connection& c : table) list.push_newest(c);
  EXPECT_EQ(list.oldest(), &table[0]);
  list.push_newest(table[0]);  // 1 2 3 0
  EXPECT_EQ(list.oldest(), &table[1]);
  IdleList::leave(table[2]);  // from the middle
  IdleList::leave(table[2]);
  other.push_newest(table[1]);
  EXPECT_EQ(list.oldest(), &table[3]);
  EXPECT_EQ(other.oldest(), &table[1]);
  IdleList::leave(table[0]);  // the newest
  list.push_newest(table[2]);
  IdleList::leave(table[3]);
  EXPECT_EQ(list.oldest(), &table[2]);
  IdleList::leave(table[2]);
  EXPECT_EQ(list.oldest(), nullptr);
}

sockaddr_storage address_of(const char* text) {
  sockaddr_storage address{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    address.ss_family = AF_INET;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
    address.ss_family = AF_INET6;
  }
  return address;
}

TEST(AddressCounts, ipv4_counts_by_address_and_ipv6_by_its_64) {
  const auto same = [](const char* a, const char* b) {
    return address_key(address_of(a)) == address_key(address_of(b));
  };
  EXPECT_FALSE(same("203.0.113.7", "203.0.113.8"));
  EXPECT_TRUE(same("203.0.113.7", "::ffff:203.0.113.7"));
  EXPECT_TRUE(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
  EXPECT_FALSE(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
  EXPECT_FALSE(same("::1", "127.0.0.1"));
  EXPECT_NE(address_key(address_of("::1")), 0U);
  EXPECT_EQ(address_key(sockaddr_storage{}), 0U);
}

TEST(AddressCounts, private_addresses_are_told_from_public_ones) {
  for (const char* text : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
                           "169.254.1.1", "::1", "fe80::1", "fd12:3456::1", "::ffff:10.0.0.1"}) {
    EXPECT_TRUE(is_private(address_of(text))) << text;
  }
  for (const char* text : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.1.1", "11.0.0.1",
                           "2001:db8::1", "fec0::1", "::ffff:8.8.8.8"}) {
    EXPECT_FALSE(is_private(address_of(text))) << text;
  }
}

TEST(AddressCounts, add_stops_at_the_cap_and_remove_makes_room) {
  AddressCounts counts;
  EXPECT_FALSE(counts.add(7, 0));
  EXPECT_TRUE(counts.add(7, 2));
  EXPECT_TRUE(counts.add(7, 2));
  EXPECT_FALSE(counts.add(7, 2));
  EXPECT_TRUE(counts.add(8, 2));
  counts.remove(7);
  EXPECT_TRUE(counts.add(7, 2));
}

}  // namespace
}  // namespace frontrow
