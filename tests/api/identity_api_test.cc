// Identities over HTTP: joins by the shop's tokens, the user's own things without a place in the
// line, keys from a file and from a URL.

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <fstream>

#include "engine/base/uuid.h"
#include "net/auth/identity.h"
#include "tests/api/support/shop.h"
#include "tests/api/support/test_issuer.h"
#include "tests/api/support/text_server.h"
#include "tests/support/temp_directory.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kIssuer = "https://shop.example";

class Identities : public testing::Test {
 protected:
  Identities()
      : file_(directory_ / "jwks.json"),
        server_((put(issuer_.jwks()), arguments())),
        shop(server_) {}

  std::vector<std::string> arguments() const {
    return {"--identity-issuer", std::string(kIssuer),   "--identity-audience",
            "frontrow",          "--identity-jwks-file", file_};
  }
  void put(const std::string& jwks) { std::ofstream(file_) << jwks; }

  Response join(std::int64_t c, std::string_view token, std::string_view body = {},
                Headers headers = {}) {
    if (!token.empty()) headers.push_back(bearer(token));
    return shop.http.request("POST", Shop::path(c, "/queue/tokens"), headers, body);
  }
  Response get(std::string_view token, const std::string& path) {
    return shop.http.request("GET", path, {bearer(token)});
  }
  void expect_refused(const Response& response, std::string_view reason) {
    expect_problem(response, 401, "invalid-identity");
    EXPECT_EQ(response.json()["reason"].text(), reason);
    EXPECT_TRUE(response.header("WWW-Authenticate").starts_with("Bearer"));
  }

  TempDirectory directory_;
  std::string file_;
  TestIssuer issuer_{"shop-1"};
  ServerProcess server_;
  Shop shop;
};

TEST_F(Identities, join_is_of_the_subject_and_takes_no_user) {
  const std::int64_t c = shop.create_concert();
  const std::string user = new_user();
  const Response joined = join(c, issuer_.token_of(user));
  ASSERT_EQ(joined.status, 201) << joined.body;
  EXPECT_EQ(joined.json()["userId"].text(), user);
  EXPECT_EQ(join(c, issuer_.token_of(user), "{}").status, 200) << "the same place";
  expect_problem(join(c, issuer_.token_of(user), fmt::format(R"({{"userId":"{}"}})", user)), 422,
                 "invalid-field");
  const Response other = join(c, issuer_.token_of("customer-4711"));
  ASSERT_EQ(other.status, 201) << other.body;
  EXPECT_EQ(other.json()["userId"].text(), to_string(user_of_subject(kIssuer, "customer-4711")));
}

TEST_F(Identities, token_that_is_not_good_is_refused_with_the_reason) {
  const std::int64_t c = shop.create_concert();
  const std::string user = new_user();
  expect_refused(join(c, "", fmt::format(R"({{"userId":"{}"}})", user)), "missing");
  expect_refused(join(c, "nonsense"), "malformed");
  expect_refused(join(c, server_.admin_key()), "malformed");
  expect_refused(join(c, issuer_.token_of(user, -3600)), "expired");
  expect_refused(join(c, TestIssuer("shop-2").token_of(user)), "unknown-key");
  expect_refused(join(c, TestIssuer("shop-1").token_of(user)), "signature");
  expect_refused(join(c, issuer_.sign(R"({"iss":"https://shop.example","aud":"x","exp":9e9})")),
                 "audience");
  EXPECT_EQ(shop.concert(c)["waiting"].integer() + shop.concert(c)["active"].integer(), 0);
}

TEST_F(Identities, own_things_are_read_without_a_place_in_the_line) {
  const std::int64_t c = shop.create_concert();
  const std::string user = new_user();
  const std::string token = issuer_.token_of(user);
  const Response joined = join(c, token);
  const Fan fan{user, joined.json()["token"].text(), joined.json()["number"].integer()};
  shop.charge(fan, 5000);
  const std::int64_t paid_hold = shop.hold(c, fan, {1});
  const std::int64_t open_hold = shop.hold(c, fan, {2});
  const Response holds = get(token, Shop::path(c, "/holds"));
  ASSERT_EQ(holds.status, 200) << holds.body;
  ASSERT_EQ(holds.json()["holds"].size(), 2U);
  EXPECT_EQ(holds.json()["holds"][1]["holdId"].integer(), open_hold);
  const std::int64_t payment = shop.pay(c, fan, paid_hold);
  shop.change(c, R"({"phase":"closed"})");
  EXPECT_EQ(get(token, Shop::path(c, fmt::format("/payments/{}", payment))).status, 200);
  EXPECT_EQ(get(token, fmt::format("/v1/users/{}/balance", user)).json()["balance"].integer(),
            4000);
  EXPECT_EQ(get(token, fmt::format("/v1/users/{}/payments", user)).json()["payments"].size(), 1U);
  EXPECT_EQ(get(token, Shop::path(c, "/holds")).json()["holds"].size(), 0U);
  EXPECT_EQ(shop.fan(fan, "GET", Shop::path(c, "/holds")).status, 200);

  const std::string stranger = issuer_.token_of(new_user());
  expect_problem(get(stranger, fmt::format("/v1/users/{}/balance", user)), 403, "wrong-token");
  expect_problem(get(stranger, Shop::path(c, fmt::format("/payments/{}", payment))), 404,
                 "not-found");
  // An identity is no place in the line and charges no wallet.
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET", Shop::path(c, "/dates")},
           {"GET", Shop::path(c, "/queue/token")},
           {"DELETE", Shop::path(c, "/queue/token")},
           {"GET", Shop::path(c, fmt::format("/holds/{}", paid_hold))}}) {
    expect_problem(shop.http.request(method, path, {bearer(token)}), 401, "invalid-token");
  }
  expect_problem(shop.http.request("POST", fmt::format("/v1/users/{}/balance/charges", user),
                                   {bearer(token)}, R"({"amount":1})"),
                 401, "invalid-token");
}

TEST_F(Identities, sighup_reads_the_keys_of_the_file_again) {
  const std::int64_t c = shop.create_concert();
  const TestIssuer next("shop-2");
  expect_refused(join(c, next.token_of(new_user())), "unknown-key");
  put(next.jwks());
  server_.send_signal(SIGHUP);
  EXPECT_TRUE(await([&] { return join(c, next.token_of(new_user())).status == 201; }));
  expect_refused(join(c, issuer_.token_of(new_user())), "unknown-key");
  put("{}");
  server_.send_signal(SIGHUP);
  EXPECT_TRUE(
      await([&] { return server_.log().find("the keys stay as they are") != std::string::npos; }));
  EXPECT_EQ(join(c, next.token_of(new_user())).status, 201);
}

TEST(IdentitySettings, do_not_change_while_the_server_runs) {
  const TempDirectory directory;
  const TestIssuer issuer("shop-1");
  const std::string jwks = directory / "jwks.json";
  const std::string file = directory / "frontrow.toml";
  std::ofstream(jwks) << issuer.jwks();
  std::ofstream(file) << fmt::format(
      "[identity]\nissuer = \"{}\"\naudience = \"frontrow\"\njwks_file = \"{}\"\n", kIssuer, jwks);
  ServerProcess server({"--config", file});
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  std::ofstream(file) << "\n";  // the table is gone by mistake
  server.send_signal(SIGHUP);
  EXPECT_TRUE(await([&] {
    return server.log().find("[identity] can't change while the server runs") != std::string::npos;
  }));
  expect_problem(shop.post_join(c, new_user()), 401, "invalid-identity");
}

std::vector<std::string> by_url(std::uint16_t port) {
  return {"--identity-issuer",   std::string(kIssuer),
          "--identity-audience", "frontrow",
          "--identity-jwks-url", fmt::format("http://127.0.0.1:{}/jwks.json", port)};
}

TEST(IdentityUrl, keys_are_fetched_and_kept_while_the_source_is_down) {
  const TestIssuer issuer("shop-1");
  auto source = std::make_unique<TextServer>(issuer.jwks());
  ServerProcess server(by_url(source->port()));
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const auto joins = [&](Shop& at) {
    return at.http
        .request("POST", Shop::path(c, "/queue/tokens"), {bearer(issuer.token_of(new_user()))})
        .status;
  };
  EXPECT_EQ(joins(shop), 201);
  EXPECT_GE(source->requests(), 1);
  source.reset();
  EXPECT_EQ(joins(shop), 201);
  server.kill();
  ASSERT_TRUE(server.start()) << "from the cached set";
  Shop after(server);
  EXPECT_EQ(joins(after), 201);
  EXPECT_NE(server.log().find("the keys of "), std::string::npos);
}

// The output of a start that the source of the keys makes fail.
std::string output_of_refused_start(const TextServer& source) {
  const TempDirectory directory;
  std::vector<std::string> arguments = {"serve", "--data-dir", directory.data(), "--listen",
                                        "127.0.0.1:0"};
  for (const std::string& argument : by_url(source.port())) arguments.push_back(argument);
  std::string output;
  EXPECT_EQ(ServerProcess::run_once(arguments, output), 1);
  return output;
}

TEST(IdentityUrl, start_without_any_keys_is_refused_in_one_line) {
  const std::string output = output_of_refused_start(TextServer("no set"));
  EXPECT_NE(output.find("identity.jwks_url: http://127.0.0.1:"), std::string::npos) << output;
  EXPECT_NE(output.find("the JWK Set is no JSON, and no earlier set"), std::string::npos) << output;
}

TEST(IdentityUrl, answer_that_never_ends_is_cut_off) {
  const std::string text = TestIssuer("shop-1").jwks() + std::string(1 << 20, ' ');
  const std::string output = output_of_refused_start(TextServer(text));
  EXPECT_NE(output.find("more than 65536 bytes"), std::string::npos) << output;
}

}  // namespace
}  // namespace frontrow::api
