// Charges over HTTP: who may charge, references, adjustments; and the recovery tool's view of them.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

std::string charges_of(const std::string& user) {
  return fmt::format("/v1/users/{}/balance/charges", user);
}
std::string adjustments_of(const std::string& user) {
  return fmt::format("/v1/users/{}/balance/adjustments", user);
}

class Charges : public ApiTest {};

TEST(ChargesByService, fan_is_refused_and_the_shop_is_not) {
  ServerProcess server({"--wallet-charge", "service"});
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const Response refused = shop.post_charge(fan, 100);
  expect_problem(refused, 403, "charge-not-allowed");
  EXPECT_EQ(shop.balance(fan.user), 0);
  // Other faults come first.
  expect_problem(shop.http.request("POST", charges_of(fan.user), {}, R"({"amount":1})"), 401,
                 "invalid-token");
  expect_problem(shop.fan(fan, "POST", charges_of(new_user()), R"({"amount":1})"), 403,
                 "wrong-token");
  EXPECT_EQ(shop.admin("POST", charges_of(fan.user), R"({"amount":5000})").status, 201);
  EXPECT_GT(shop.pay(c, fan, shop.hold(c, fan, {1})), 0);
}

TEST(ChargesByService, is_the_default_and_the_demo_lets_fans_charge) {
  const auto refusal = [](std::vector<std::string> arguments) {
    ServerProcess server(std::move(arguments));
    Shop shop(server);
    return shop.post_charge(shop.enter(shop.create_concert()), 100).slug();
  };
  EXPECT_EQ(refusal({"--wallet-charge", ""}), "charge-not-allowed");
  EXPECT_EQ(refusal({"--wallet-charge", "", "--demo"}), "");
}

TEST_F(Charges, reference_credits_a_wallet_once_whatever_the_key) {
  const std::string user = new_user();
  const std::string body = R"({"amount":700,"reference":"psp-77"})";
  const Response first = shop.admin("POST", charges_of(user), body);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.json()["balance"].integer(), 700);
  shop.admin("POST", charges_of(user), R"({"amount":1})");
  for (const Headers& headers :
       {Headers{}, Headers{{"Idempotency-Key", "a"}}, Headers{{"Idempotency-Key", "b"}}}) {
    const Response again = shop.admin("POST", charges_of(user), body, headers);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, first.body);
  }
  EXPECT_EQ(shop.admin("POST", charges_of(user), R"({"amount":5,"reference":"psp-77"})").status,
            200);
  EXPECT_EQ(shop.balance(user), 701);
  for (const char* bad : {R"({"amount":5,"reference":""})", R"({"amount":5,"reference":7})"})
    expect_problem(shop.admin("POST", charges_of(user), bad), 422, "invalid-field");
  const std::string longest = std::string(128, 'x');
  EXPECT_EQ(shop.admin("POST", charges_of(user),
                       fmt::format(R"({{"amount":5,"reference":"{}"}})", longest))
                .status,
            201);
  expect_problem(shop.admin("POST", charges_of(user),
                            fmt::format(R"({{"amount":5,"reference":"{}x"}})", longest)),
                 422, "invalid-field");
}

TEST_F(Charges, of_one_reference_at_once_credit_once) {
  const std::string user = new_user();
  constexpr int kAtOnce = 8;
  std::atomic<int> made{0};
  std::atomic<int> repeated{0};
  in_parallel(kAtOnce, [&](int) {
    Shop mine(server());
    const Response answer =
        mine.admin("POST", charges_of(user), R"({"amount":10,"reference":"race"})");
    if (answer.status == 201) ++made;
    if (answer.status == 200) ++repeated;
  });
  EXPECT_EQ(made, 1);
  EXPECT_EQ(repeated, kAtOnce - 1);
  EXPECT_EQ(shop.balance(user), 10);
}

TEST_F(Charges, reference_outlives_a_crash) {
  ServerProcess other;
  const std::string user = new_user();
  const std::string body = R"({"amount":700,"reference":"psp-1"})";
  const Response first = Shop(other).admin("POST", charges_of(user), body);
  ASSERT_EQ(first.status, 201);
  other.kill();
  ASSERT_TRUE(other.start());
  Shop after(other);
  const Response again = after.admin("POST", charges_of(user), body);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(after.balance(user), 700);
}

TEST_F(Charges, adjustment_corrects_a_balance_and_never_below_zero) {
  const std::string user = new_user();
  const auto adjust = [&](std::string_view amount, Headers headers = {}) {
    return shop.admin("POST", adjustments_of(user),
                      fmt::format(R"({{"amount":{},"reason":"goodwill"}})", amount),
                      std::move(headers));
  };
  const Response added = adjust("500", {{"Idempotency-Key", "k"}});
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.json()["userId"].text(), user);
  EXPECT_EQ(added.json()["balance"].integer(), 500);
  EXPECT_EQ(added.json()["reason"].text(), "goodwill");
  EXPECT_EQ(adjust("500", {{"Idempotency-Key", "k"}}).header("Idempotency-Replayed"), "true");
  EXPECT_EQ(adjust("-200").json()["balance"].integer(), 300);
  const Response refused = adjust("-301");
  expect_problem(refused, 422, "insufficient-balance");
  EXPECT_EQ(refused.json()["balance"].integer(), 300);
  EXPECT_EQ(refused.json()["amount"].integer(), 301);
  for (const char* bad : {"0", "1.5", "\"1\"", "1000000000000001", "-1000000000000001"})
    expect_problem(adjust(bad), 422, "invalid-amount");
  expect_problem(shop.admin("POST", adjustments_of(user), R"({"amount":5})"), 422, "invalid-field");
  expect_problem(shop.admin("POST", adjustments_of(user), R"({"amount":5,"reason":""})"), 422,
                 "invalid-field");
  const Fan fan = shop.enter(shop.create_concert(), user);
  EXPECT_EQ(shop.fan(fan, "POST", adjustments_of(user), R"({"amount":5,"reason":"me"})").status,
            401);
  EXPECT_EQ(shop.balance(user), 300);
}

}  // namespace
}  // namespace frontrow::api
