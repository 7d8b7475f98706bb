// Authorization, as tables: every route against every kind of token and key that is not sufficient
// for it.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

struct Call {
  std::string_view method;
  std::string path;
  std::string body;
};

class Auth : public ApiTest {
 protected:
  // Calls that require an active token.
  static std::vector<Call> shop_calls(std::int64_t c) {
    return {{"GET", Shop::path(c, "/dates"), ""},
            {"GET", Shop::path(c, "/dates/2047-05-01/seats"), ""},
            {"POST", Shop::path(c, "/holds"), R"({"date":"2047-05-01","seats":[7]})"},
            {"GET", Shop::path(c, "/holds/1"), ""},
            {"DELETE", Shop::path(c, "/holds/1"), ""},
            {"POST", Shop::path(c, "/payments"), R"({"holdId":1})"}};
  }

  static std::vector<Call> token_calls(std::int64_t c) {
    std::vector<Call> calls = shop_calls(c);
    calls.push_back({"GET", Shop::path(c, "/queue/token"), ""});
    calls.push_back({"DELETE", Shop::path(c, "/queue/token"), ""});
    calls.push_back({"GET", Shop::path(c, "/queue/token/events"), ""});
    calls.push_back({"GET", Shop::path(c, "/payments/1"), ""});
    return calls;
  }

  static std::vector<Call> wallet_calls(const std::string& user) {
    return {{"GET", fmt::format("/v1/users/{}/balance", user), ""},
            {"GET", fmt::format("/v1/users/{}/payments", user), ""},
            {"POST", fmt::format("/v1/users/{}/balance/charges", user), R"({"amount":10})"}};
  }

  static std::vector<Call> admin_calls(std::int64_t c) {
    const std::string concert = fmt::format("/v1/admin/concerts/{}", c);
    return {{"POST", "/v1/admin/concerts", R"({"title":"T","dates":[{"date":"2047-05-01"}]})"},
            {"GET", concert, ""},
            {"PATCH", concert, R"({"phase":"open"})"},
            {"PUT", concert + "/dates/2047-05-01/seats/1/block", ""},
            {"DELETE", concert + "/dates/2047-05-01/seats/1/block", ""},
            {"POST", concert + "/payments/1/refunds", ""}};
  }
};

TEST_F(Auth, without_a_good_token_nothing_is_done) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  std::string forged = fan.token;
  forged[forged.rfind('.') + 5] = forged[forged.rfind('.') + 5] == 'A' ? 'B' : 'A';
  const std::string unsigned_token = fan.token.substr(0, fan.token.rfind('.') + 1);
  std::string other_payload = fan.token;
  other_payload[fan.token.find('.') + 20] ^= 1;
  // {"alg":"none","typ":"JWT"}
  const std::string none =
      "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" + fan.token.substr(fan.token.find('.'));
  const std::vector<Headers> bad = {{},
                                    {{"Authorization", "Bearer"}},
                                    {{"Authorization", "Bearer x"}},
                                    {{"Authorization", "Basic dXNlcjpwYXNz"}},
                                    {{"Authorization", fan.token}},
                                    {bearer(forged)},
                                    {bearer(unsigned_token)},
                                    {bearer(other_payload)},
                                    {bearer(none)},
                                    {bearer(fan.token + "A")},
                                    {bearer(fan.token + ".x")},
                                    {bearer(std::string(1500, 'a'))},
                                    {bearer("..")}};
  std::vector<Call> calls = token_calls(c);
  for (const Call& call : wallet_calls(fan.user)) calls.push_back(call);
  for (const Call& call : calls) {
    for (const Headers& headers : bad) {
      SCOPED_TRACE(
          fmt::format("{} {} {}", call.method, call.path, headers.empty() ? "" : headers[0].value));
      expect_problem(shop.http.request(call.method, call.path, headers, call.body), 401,
                     "invalid-token");
    }
  }
  EXPECT_EQ(shop.state(c, fan), "active");
}

TEST_F(Auth, token_of_another_concert_is_wrong) {
  const Fan fan = shop.enter(shop.create_concert());
  const std::int64_t other = shop.create_concert();
  for (const Call& call : token_calls(other)) {
    SCOPED_TRACE(call.path);
    expect_problem(shop.fan(fan, call.method, call.path, call.body), 403, "wrong-token");
  }
}

TEST_F(Auth, token_of_another_user_is_wrong_for_the_wallet) {
  const std::int64_t c = shop.create_concert();
  const Fan mine = shop.enter(c);
  const Fan theirs = shop.enter(c);
  for (const Call& call : wallet_calls(theirs.user)) {
    SCOPED_TRACE(call.path);
    expect_problem(shop.fan(mine, call.method, call.path, call.body), 403, "wrong-token");
  }
  EXPECT_EQ(shop.balance(theirs.user), 0);
}

TEST_F(Auth, waiting_token_is_told_its_place) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  shop.enter(c);
  shop.join(c);
  const Fan third = shop.join(c);
  std::vector<Call> calls = shop_calls(c);
  for (const Call& call : wallet_calls(third.user)) {
    if (call.method == "POST") {
      calls.push_back(call);
    } else {  // the fan's own resources
      EXPECT_EQ(shop.fan(third, call.method, call.path, call.body).status, 200) << call.path;
    }
  }
  for (const Call& call : calls) {
    SCOPED_TRACE(call.path);
    const Response refused = shop.fan(third, call.method, call.path, call.body);
    expect_problem(refused, 403, "not-admitted");
    EXPECT_EQ(refused.json()["position"].integer(), 2);
    EXPECT_EQ(refused.json()["waiting"].integer(), 2);
    EXPECT_TRUE(refused.json()["estimatedWaitSeconds"].is_integer() ||
                refused.json()["estimatedWaitSeconds"].is_null());
    EXPECT_GT(refused.json()["pollAfterMs"].integer(), 0);
    EXPECT_EQ(refused.json()["phase"].text(), "open");
  }
}

TEST_F(Auth, finished_token_is_expired) {
  const std::int64_t c = shop.create_concert();
  const Fan left = shop.enter(c);
  ASSERT_EQ(shop.fan(left, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  EXPECT_EQ(shop.state(c, left), "left");
  const Fan paid = shop.enter(c);
  shop.charge(paid, 1000);
  shop.pay(c, paid, shop.hold(c, paid, {1}));
  for (const Call& call : shop_calls(c)) {
    SCOPED_TRACE(call.path);
    expect_problem(shop.fan(left, call.method, call.path, call.body), 401, "token-expired");
    if (call.path.find("/payments") == std::string::npos) {
      expect_problem(shop.fan(paid, call.method, call.path, call.body), 401, "token-expired");
    }
  }
  for (const Call& call : wallet_calls(left.user)) {
    const Response answer = shop.fan(left, call.method, call.path, call.body);
    if (call.method == "POST") {
      expect_problem(answer, 401, "token-expired");
    } else {  // the fan's own resources
      EXPECT_EQ(answer.status, 200) << call.path;
    }
  }
  for (const Call& call : wallet_calls(paid.user)) {
    EXPECT_LT(shop.fan(paid, call.method, call.path, call.body).status, 300) << call.path;
  }
}

TEST_F(Auth, operators_routes_want_the_admin_key) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::string almost = server().admin_key().substr(0, server().admin_key().size() - 1);
  for (const Call& call : admin_calls(c)) {
    for (const Headers& headers : std::vector<Headers>{{},
                                                       {bearer(fan.token)},
                                                       {bearer(almost)},
                                                       {bearer(almost + "!")},
                                                       {bearer(server().admin_key() + "x")}}) {
      SCOPED_TRACE(call.path);
      const Response refused = shop.http.request(call.method, call.path, headers, call.body);
      EXPECT_EQ(refused.status, 401) << refused.body;
      EXPECT_TRUE(refused.header("WWW-Authenticate").starts_with("Bearer"));
      EXPECT_EQ(refused.header("Content-Type"), "application/problem+json");
    }
  }
  // The admin key is not a queue token.
  for (const Call& call : token_calls(c))
    expect_problem(shop.admin(call.method, call.path, call.body), 401, "invalid-token");
}

}  // namespace
}  // namespace frontrow::api
