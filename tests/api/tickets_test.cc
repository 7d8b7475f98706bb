// Passes and tickets over HTTP, their keys, and the gate.

#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "net/auth/identity.h"
#include "net/auth/token_base64.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

// The part of a JWS compact token, 0: the header, 1: the claims.
Json part_of(const std::string& token, int part) {
  std::string_view left = token;
  for (; part > 0; --part) left.remove_prefix(left.find('.') + 1);
  left = left.substr(0, left.find('.'));
  std::string text(left.size(), '\0');
  const auto size =
      base64url_decode(left, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  EXPECT_TRUE(size);
  text.resize(size.value_or(0));
  return Json::parse(text);
}

// Whether one of the server's published keys made the signature.
bool is_signed(Shop& shop, const std::string& token) {
  const Response published = shop.http.request("GET", "/.well-known/jwks.json");
  EXPECT_EQ(published.status, 200);
  EXPECT_EQ(published.header("Content-Type"), "application/json");
  EXPECT_EQ(published.header("Cache-Control"), "public, max-age=300");
  const auto keys = JwkSet::parse(published.body);
  EXPECT_TRUE(keys.ok());
  const PublicKey* key = keys->find(JwsAlgorithm::kEdDsa, part_of(token, 0)["kid"].text());
  const std::size_t dot = token.rfind('.');
  std::array<std::uint8_t, 64> signature{};
  EXPECT_TRUE(base64url_decode(std::string_view(token).substr(dot + 1), signature));
  return key != nullptr && key->verifies(std::string_view(token).substr(0, dot), signature);
}

class Tickets : public ApiTest {
 protected:
  // A fan with a paid payment of these seats.
  Fan buy(std::int64_t c, const std::vector<int>& seats) {
    Fan fan = shop.enter(c);
    shop.charge(fan, 100'000);
    payment_ = shop.pay(c, fan, shop.hold(c, fan, seats));
    return fan;
  }
  std::string ticket(int seat) const { return fmt::format("{}-{}", payment_, seat); }
  static std::string gate(std::int64_t c, std::string_view id, std::string_view rest = {}) {
    return fmt::format("/v1/admin/concerts/{}/tickets/{}{}", c, id, rest);
  }
  Json tickets_of(const Fan& fan) {
    const Response list =
        shop.fan(fan, "GET", fmt::format("/v1/users/{}/tickets?limit=20", fan.user));
    EXPECT_EQ(list.status, 200) << list.body;
    return list.json()["tickets"];
  }

  std::int64_t payment_ = 0;
};

TEST_F(Tickets, pass_proves_the_stay_in_the_shop) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan fan = shop.enter(c);
  const Response response = shop.fan(fan, "GET", Shop::path(c, "/queue/token/pass"));
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.header("Cache-Control"), "no-store");
  const Json document = response.json();
  document.expect_shape("pass:s expiresAt:t");
  const std::string pass = document["pass"].text();
  EXPECT_TRUE(is_signed(shop, pass));
  EXPECT_EQ(part_of(pass, 0)["typ"].text(), "pass+jwt");
  const Json claims = part_of(pass, 1);
  claims.expect_shape("iss:s aud:s sub:s con:i num:i adm:i exp:i");
  EXPECT_EQ(claims["sub"].text(), fan.user);
  EXPECT_EQ(claims["con"].integer(), c);
  EXPECT_EQ(claims["num"].integer(), fan.number);
  EXPECT_EQ(claims["exp"].integer() - claims["adm"].integer(), 600);
  const Fan waiting = shop.join(c);
  expect_problem(shop.fan(waiting, "GET", Shop::path(c, "/queue/token/pass")), 403, "not-admitted");
  ASSERT_EQ(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  expect_problem(shop.fan(fan, "GET", Shop::path(c, "/queue/token/pass")), 401, "token-expired");
}

TEST_F(Tickets, belong_to_the_payment_and_to_the_user) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = buy(c, {3, 4});
  const Json paid =
      shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment_))).json();
  ASSERT_EQ(paid["tickets"].size(), 2U);
  paid["tickets"][0].expect_shape("ticketId:s seat:i label:s code:s");
  EXPECT_EQ(paid["tickets"][1]["ticketId"].text(), ticket(4));
  const std::string code = paid["tickets"][1]["code"].text();
  EXPECT_TRUE(is_signed(shop, code));
  EXPECT_EQ(part_of(code, 0)["typ"].text(), "ticket+jwt");
  const Json claims = part_of(code, 1);
  claims.expect_shape("iss:s aud:s jti:s con:i dat:s sea:i iat:i");
  EXPECT_EQ(claims["jti"].text(), ticket(4));
  EXPECT_EQ(claims["dat"].text(), "2047-05-01");
  EXPECT_EQ(claims["sea"].integer(), 4);

  const std::int64_t second = shop.create_concert();
  const Fan again = shop.enter(second, fan.user);
  shop.pay(second, again, shop.hold(second, again, {9}));
  const Json list = tickets_of(again);
  ASSERT_EQ(list.size(), 3U);
  list[0].expect_shape("ticketId:s seat:i label:s concertId:i date:d paymentId:i code:s usedAt:n");
  EXPECT_EQ(list[0]["concertId"].integer(), second) << "newest first";
  EXPECT_EQ(list[2]["code"].text(), code) << "the code of a ticket is one text";
  // With a token that is no place in the line any more, and not for others.
  EXPECT_EQ(tickets_of(fan).size(), 3U);
  expect_problem(shop.fan(shop.enter(c), "GET", fmt::format("/v1/users/{}/tickets", fan.user)), 403,
                 "wrong-token");
  const Response first =
      shop.fan(fan, "GET", fmt::format("/v1/users/{}/tickets?limit=1", fan.user));
  ASSERT_EQ(first.json()["tickets"].size(), 1U);
  const Response rest = shop.fan(fan, "GET",
                                 fmt::format("/v1/users/{}/tickets?limit=1&before={}", fan.user,
                                             first.json()["nextBefore"].integer()));
  EXPECT_EQ(rest.json()["tickets"].size(), 2U);
  EXPECT_TRUE(rest.json()["nextBefore"].is_null());
}

TEST_F(Tickets, gate_sees_the_ticket_and_takes_it_once) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = buy(c, {3, 4});
  const Json before = shop.admin("GET", gate(c, ticket(3))).json();
  before.expect_shape(
      "ticketId:s seat:i label:s concertId:i date:d paymentId:i userId:s paidAt:t valid:b used:b "
      "usedAt:n usedBy:n");
  EXPECT_EQ(before["userId"].text(), fan.user);
  const Response used =
      shop.admin("POST", gate(c, ticket(3), "/check-in"), {}, {{"Idempotency-Key", "scan-1"}});
  ASSERT_EQ(used.status, 200) << used.body;
  used.json().expect_shape(
      "ticketId:s seat:i label:s concertId:i date:d paymentId:i userId:s paidAt:t valid:b used:b "
      "usedAt:t usedBy:s");
  EXPECT_EQ(used.json()["usedBy"].text(), "admin");
  const Response again = shop.admin("POST", gate(c, ticket(3), "/check-in"));
  expect_problem(again, 409, "ticket-used");
  EXPECT_EQ(again.json()["usedAt"].text(), used.json()["usedAt"].text());
  EXPECT_EQ(again.json()["usedBy"].text(), "admin");
  // A scanner whose response was lost.
  const Response repeated =
      shop.admin("POST", gate(c, ticket(3), "/check-in"), {}, {{"Idempotency-Key", "scan-1"}});
  EXPECT_EQ(repeated.status, 200);
  EXPECT_EQ(repeated.body, used.body);
  EXPECT_EQ(repeated.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(tickets_of(fan)[0]["usedAt"].text(), used.json()["usedAt"].text());
  EXPECT_TRUE(tickets_of(fan)[1]["usedAt"].is_null());
  for (const std::string& none :
       {ticket(5), std::string("7"), std::string("x-1"), ticket(3) + "-1", ticket(0)}) {
    expect_problem(shop.admin("GET", gate(c, none)), 404, "ticket-not-found");
    expect_problem(shop.admin("POST", gate(c, none, "/check-in")), 404, "ticket-not-found");
  }
  expect_problem(shop.admin("GET", gate(shop.create_concert(), ticket(3))), 404,
                 "ticket-not-found");
  expect_problem(shop.admin("GET", gate(1'000'000, ticket(3))), 404, "not-found");
}

TEST_F(Tickets, are_void_once_the_payment_is_refunded) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = buy(c, {3});
  ASSERT_EQ(shop.refund(c, payment_).status, 201);
  expect_problem(shop.admin("POST", gate(c, ticket(3), "/check-in")), 409, "ticket-void");
  EXPECT_EQ(shop.admin("GET", gate(c, ticket(3))).body.find("\"valid\":true"), std::string::npos);
  EXPECT_EQ(tickets_of(fan).size(), 0U);
  const Json paid =
      shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment_))).json();
  EXPECT_FALSE(paid.has("tickets"));
}

TEST_F(Tickets, one_scanned_at_many_gates_at_once_lets_one_in) {
  const std::int64_t c = shop.create_concert();
  buy(c, {3, 4});
  for (const int seat : {3, 4}) {
    std::atomic<int> let_in{0};
    std::atomic<int> refused{0};
    in_parallel(8, [&](int) {
      Shop mine(server());
      const Response scanned = mine.admin("POST", gate(c, ticket(seat), "/check-in"));
      let_in += scanned.status == 200 ? 1 : 0;
      refused += scanned.slug() == "ticket-used" ? 1 : 0;
    });
    EXPECT_EQ(let_in, 1);
    EXPECT_EQ(refused, 7);
  }
}

// Scanners work through tickets while the server is killed: each that was answered stays used, and
// none lets two in.
TEST(TicketsInCrashes, use_that_was_answered_stays) {
  ServerProcess server({"--snapshots-events", "1000", "--snapshots-interval-seconds", "1"});
  std::vector<std::string> tickets;
  std::int64_t c = 0;
  {
    Shop shop(server);
    c = shop.create_concert(R"("maxSeatsPerUser":32)");
    const Fan fan = shop.enter(c);
    shop.charge(fan, 100'000);
    std::vector<int> seats(32);
    for (std::size_t i = 0; i < seats.size(); ++i) seats[i] = static_cast<int>(i) + 1;
    const std::int64_t payment = shop.pay(c, fan, shop.hold(c, fan, seats));
    for (const int seat : seats) tickets.push_back(fmt::format("{}-{}", payment, seat));
  }
  const auto scan = [&](Shop& shop, const std::string& ticket) {
    return shop.admin("POST", fmt::format("/v1/admin/concerts/{}/tickets/{}/check-in", c, ticket));
  };
  std::vector<int> let_in(tickets.size());
  std::vector<bool> unknown(tickets.size());
  for (std::size_t round = 0; round < 4; ++round) {
    std::atomic<std::size_t> done{0};
    std::jthread scanner([&] {
      Shop shop(server);
      for (std::size_t i = round * 8; i < tickets.size(); ++i) {
        const Response scanned = scan(shop, tickets[i]);
        if (scanned.status == 200) ++let_in[i];
        if (scanned.status == 0) {
          unknown[i] = true;
          return;
        }
        ++done;
      }
    });
    EXPECT_TRUE(await([&] { return done >= 5; }));
    server.kill();
    scanner.join();
    ASSERT_TRUE(server.start());
  }
  Shop shop(server);
  for (std::size_t i = 0; i < tickets.size(); ++i) {
    const Response last = scan(shop, tickets[i]);
    let_in[i] += last.status == 200 ? 1 : 0;
    if (unknown[i]) {
      EXPECT_LE(let_in[i], 1) << tickets[i];
    } else {
      EXPECT_EQ(let_in[i], 1) << tickets[i];
    }
  }
}

TEST(TicketKeys, are_renewed_by_sighup_and_the_previous_one_still_verifies) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const auto pass = [&] {
    return shop.fan(fan, "GET", Shop::path(c, "/queue/token/pass")).json()["pass"].text();
  };
  const std::string before = pass();
  const std::filesystem::path file = server.data() / "signing.pem";
  std::ostringstream old;
  old << std::ifstream(file).rdbuf();
  const auto put = [&](const std::string& text) {
    std::ofstream(file) << text;
    server.send_signal(SIGHUP);
  };
  // The documented way, more often than the file has places.
  std::string said;
  for (const char* algorithm : {"ES256", "EdDSA", "ES256", "EdDSA"}) {
    ASSERT_EQ(ServerProcess::run_once(
                  {"keys", "signing", "--renew", file.string(), "--algorithm", algorithm}, said),
              0)
        << said;
    EXPECT_NE(said.find("still verifies; send the server SIGHUP"), said.npos) << said;
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  }
  std::ofstream(file) << old.str();
  ASSERT_EQ(ServerProcess::run_once({"keys", "signing", "--renew", file.string()}, said), 0);
  server.send_signal(SIGHUP);
  ASSERT_TRUE(await([&] { return server.log().find("keys renewed") != std::string::npos; }));
  const std::string after = pass();
  EXPECT_NE(part_of(after, 0)["kid"].text(), part_of(before, 0)["kid"].text());
  EXPECT_TRUE(is_signed(shop, before));
  EXPECT_TRUE(is_signed(shop, after));
  put("nonsense");
  ASSERT_TRUE(
      await([&] { return server.log().find("the keys stay as they are") != std::string::npos; }));
  EXPECT_TRUE(is_signed(shop, pass()));
  EXPECT_NE(server.log().find("signing.pem: has no private key in PEM"), std::string::npos);
}

TEST(TicketKeys, file_of_another_place_can_hold_p_256_and_must_be_private) {
  ServerProcess server;
  ASSERT_EQ(server.stop(), 0);
  const std::string file = (server.directory() / "es256.pem").string();
  std::string pem;
  ASSERT_EQ(ServerProcess::run_once({"keys", "signing", "--algorithm", "ES256"}, pem), 0);
  std::ofstream(file) << pem;
  ::chmod(file.c_str(), 0644);
  std::string said;
  EXPECT_NE(ServerProcess::run_once({"serve", "--data-dir", server.data().string(), "--listen",
                                     "127.0.0.1:0", "--passes-key-file", file},
                                    said),
            0);
  EXPECT_NE(said.find("run: chmod 600"), std::string::npos) << said;
  server.set_arguments({"--passes-key-file", file, "--passes-issuer", "https://tickets.example"});
  ::chmod(file.c_str(), 0600);
  ASSERT_TRUE(server.start());
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const std::string pass =
      shop.fan(shop.enter(c), "GET", Shop::path(c, "/queue/token/pass")).json()["pass"].text();
  EXPECT_EQ(part_of(pass, 0)["alg"].text(), "ES256");
  EXPECT_EQ(part_of(pass, 1)["iss"].text(), "https://tickets.example");
}

}  // namespace
}  // namespace frontrow::api
