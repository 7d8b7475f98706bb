// Limits on the requests of a client address and of a user, over HTTP.

#include <fmt/format.h>

#include <chrono>
#include <deque>
#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

// The limits of users are off unless `more` sets them.
std::vector<std::string> limits(std::vector<std::string> more) {
  std::vector<std::string> all = {"--threads", "1", "--limits-burst-seconds", "1"};
  for (const char* kind : {"joins", "polls", "writes"}) {
    const std::string flag = fmt::format("--limits-user-{}", kind);
    if (std::ranges::find(more, flag) == more.end()) all.insert(all.end(), {flag, "0"});
  }
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Sends until one is refused, at most `most`; returns the number of those that were not.
template <class Send>
int served(const Send& send, int most) {
  for (int i = 0; i < most; ++i) {
    const Response response = send();
    if (response.status != 429) continue;
    expect_problem(response, 429, "too-many-requests");
    EXPECT_GE(std::stoi(response.header("Retry-After")), 1);
    return i;
  }
  return most;
}

TEST(Limits, of_a_user_hold_for_each_kind_and_not_for_others) {
  ServerProcess server(limits(
      {"--limits-user-joins", "1", "--limits-user-polls", "5", "--limits-user-writes", "2"}));
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.join(c);
  EXPECT_LE(served([&] { return shop.post_join(c, fan.user); }, 50), 2);
  const auto poll = [&](const Fan& who) {
    return shop.fan(who, "GET", Shop::path(c, "/queue/token"));
  };
  EXPECT_LE(served([&] { return poll(fan); }, 200), 50);
  // Each instance counts by itself; three take the requests in turn.
  EXPECT_LE(served([&] { return shop.post_hold(c, fan, {1}); }, 50), 20);
  const Fan other = shop.join(c);
  EXPECT_EQ(poll(other).status, 200);
  EXPECT_TRUE(await([&] { return poll(fan).status == 200; })) << "after a pause";
  // Operators are not limited.
  for (int i = 0; i < 100; ++i) ASSERT_EQ(shop.admin("GET", "/v1/admin/audit").status, 200);
}

TEST(Limits, of_an_address_hold_before_the_token_is_checked_and_spare_probes_and_operators) {
  ServerProcess server(limits({"--http-cap-private-addresses", "--limits-address-polls", "5",
                               "--limits-address-joins", "5"}));
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  EXPECT_LE(served([&] { return shop.http.request("GET", Shop::path(c, "/queue/token")); }, 200),
            50);
  EXPECT_LE(served([&] { return shop.post_join(c, new_user()); }, 200), 50);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(shop.http.request("GET", "/livez").status, 200);
    ASSERT_EQ(shop.admin("GET", fmt::format("/v1/admin/concerts/{}", c)).status, 200);
  }
}

TEST(Limits, of_an_address_spare_the_shop_that_charges_by_its_key) {
  ServerProcess server(limits({"--http-cap-private-addresses", "--limits-address-writes", "3",
                               "--limits-address-polls", "3"}));
  Shop shop(server);
  const std::string user = fmt::format("/v1/users/{}/balance", new_user());
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(shop.admin("POST", user + "/charges", R"({"amount":1})").status, 201);
    ASSERT_EQ(shop.admin("GET", user).status, 200);
  }
  EXPECT_LE(served([&] { return shop.http.request("GET", user); }, 200), 50);
}

TEST(Limits, of_private_addresses_are_off_by_default) {
  ServerProcess server(limits({"--limits-address-polls", "1"}));
  Shop shop(server);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(shop.http.request("GET", "/v1/concerts").status, 200);
}

TEST(Limits, behind_a_trusted_proxy_are_those_of_the_client) {
  ServerProcess server(
      limits({"--http-trusted-proxies", "127.0.0.0/8", "--limits-address-polls", "3"}));
  Shop shop(server);
  const auto from = [&](const std::string& forwarded) {
    return shop.http.request("GET", "/v1/concerts", {{"X-Forwarded-For", forwarded}});
  };
  EXPECT_LE(served([&] { return from("203.0.113.9"); }, 200), 50);
  EXPECT_EQ(from("203.0.113.10").status, 200) << "another client";
  EXPECT_LE(served([&] { return from("1.2.3.4, 203.0.113.9"); }, 50), 20)
      << "a client can't write itself another address";
  EXPECT_LE(served([&] { return from(fmt::format("10.0.0.{}, 203.0.113.9", 7)); }, 50), 20);
}

// A header of the PROXY protocol, version 2: TCP over IPv4 from this address.
std::string proxy_header(unsigned a, unsigned b, unsigned c, unsigned d) {
  std::string text("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16);
  for (const unsigned byte : {a, b, c, d, 192U, 0U, 2U, 1U, 0U, 80U, 0U, 80U})
    text += static_cast<char>(byte);
  return text;
}

class ProxyProtocol : public testing::Test {
 protected:
  // The only proxy; the test's other clients are none.
  HttpPlace at_proxy() const { return {.port = server_.port(), .from = "127.0.0.9"}; }
  Response ask(const std::string& begin, const std::string& more = {}) {
    HttpClient client(at_proxy());
    EXPECT_TRUE(client.connect());
    EXPECT_TRUE(client.send(begin + "GET /v1/concerts HTTP/1.1\r\nHost: a\r\n" + more + "\r\n"));
    return client.receive();
  }

  ServerProcess server_{limits({"--http-trusted-proxies", "127.0.0.9", "--http-trusted-proxies",
                                "10.0.0.0/8", "--http-proxy-protocol", "--limits-address-polls",
                                "3", "--http-connections-per-address", "2"})};
};

TEST_F(ProxyProtocol, names_the_client_of_a_connection) {
  const std::string first = proxy_header(203, 0, 113, 9);
  EXPECT_LE(served([&] { return ask(first); }, 200), 50);
  EXPECT_EQ(ask(proxy_header(203, 0, 113, 10)).status, 200) << "another client";
  EXPECT_EQ(ask(first, "X-Forwarded-For: 203.0.113.77\r\n").status, 429)
      << "only a proxy may name another";
  const auto behind_another = [&] {
    return ask(proxy_header(10, 0, 0, 1), "X-Forwarded-For: 203.0.113.77\r\n");
  };
  EXPECT_LE(served(behind_another, 200), 50) << "a proxy behind the first names the client";
}

TEST_F(ProxyProtocol, is_needed_byte_for_byte) {
  expect_problem(ask(""), 400, "malformed-request");
  // Others send none.
  EXPECT_EQ(HttpClient(server_.port()).request("GET", "/v1/concerts").status, 200);
  expect_problem(ask("PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n"), 400, "malformed-request");
  HttpClient slow(at_proxy());
  ASSERT_TRUE(slow.connect());
  for (const char byte : proxy_header(203, 0, 113, 11)) {
    ASSERT_TRUE(slow.send(std::string(1, byte)));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (int i = 0; i < 2; ++i) EXPECT_EQ(slow.request("GET", "/v1/concerts").status, 200);
}

TEST_F(ProxyProtocol, counts_connections_by_the_client) {
  const std::string request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  std::deque<HttpClient> clients;
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i) {
    HttpClient& client = clients.emplace_back(at_proxy());
    ASSERT_TRUE(client.connect());
    ASSERT_TRUE(client.send(proxy_header(203, 0, 113, 12) + request));
    statuses.push_back(client.receive().status);
  }
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 503, 503}));
  clients.pop_front();
  EXPECT_TRUE(await([&] {
    HttpClient next(at_proxy());
    return next.connect() && next.send(proxy_header(203, 0, 113, 12) + request) &&
           next.receive().status == 200;
  }));
}

TEST(Limits, header_of_a_client_that_is_no_proxy_names_nobody) {
  ServerProcess server(limits({"--http-cap-private-addresses", "--limits-address-polls", "3"}));
  Shop shop(server);
  int number = 0;
  const auto from_another = [&] {
    return shop.http.request("GET", "/v1/concerts",
                             {{"X-Forwarded-For", fmt::format("203.0.113.{}", ++number)}});
  };
  EXPECT_LE(served(from_another, 200), 50);
}

}  // namespace
}  // namespace frontrow::api
