// Each rejection of the contract: status, type and promised members.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class Errors : public ApiTest {};

TEST_F(Errors, concert_date_and_seat_must_exist) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  for (const char* path :
       {"/v1/concerts/999999", "/v1/concerts/0", "/v1/concerts/x", "/v1/concerts/-1",
        "/v1/concerts/01", "/v1/concerts/99999999999999999999", "/v1/concerts/1/nothing",
        "/nothing", "/v1", "/v1/", "/v1/concerts/", "//", "/v1/concerts/1/", "/V1/concerts"}) {
    SCOPED_TRACE(path);
    expect_problem(shop.http.request("GET", path), 404, "not-found");
  }
  expect_problem(shop.post_join(999'999, new_user()), 404, "not-found");
  expect_problem(shop.admin("GET", "/v1/admin/concerts/999999"), 404, "not-found");
  expect_problem(shop.admin("PATCH", "/v1/admin/concerts/999999", R"({"phase":"open"})"), 404,
                 "not-found");
  expect_problem(shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-03/seats")), 404,
                 "date-not-found");
  expect_problem(shop.fan(fan, "GET", Shop::path(c, "/dates/soon/seats")), 404, "date-not-found");
  expect_problem(
      shop.fan(fan, "POST", Shop::path(c, "/holds"), R"({"date":"2047-05-03","seats":[1]})"), 404,
      "date-not-found");
  expect_problem(shop.post_hold(c, fan, {51}), 404, "seat-not-found");
  expect_problem(shop.post_hold(c, fan, {1, 51}), 404, "seat-not-found");
  const std::string dates = fmt::format("/v1/admin/concerts/{}/dates/", c);
  expect_problem(shop.admin("PUT", dates + "2047-05-01/seats/51/block"), 404, "seat-not-found");
  expect_problem(shop.admin("PUT", dates + "2047-05-01/seats/0/block"), 404, "seat-not-found");
  expect_problem(shop.admin("PUT", dates + "2047-05-03/seats/1/block"), 404, "date-not-found");
  EXPECT_EQ(shop.concert(c)["dates"][0]["free"].integer(), 50);
}

TEST_F(Errors, seat_taken_names_the_seats) {
  const std::int64_t c = shop.create_concert();
  const Fan first = shop.enter(c);
  const Fan second = shop.enter(c);
  shop.hold(c, first, {2, 4});
  const Response refused = shop.post_hold(c, second, {1, 2, 3, 4});
  expect_problem(refused, 409, "seat-unavailable");
  EXPECT_EQ(refused.json()["unavailableSeats"].integers(), (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(refused.json()["seatsAvailable"].integer(), 48);
  expect_problem(shop.post_hold(c, first, {2}), 409, "seat-unavailable");
}

TEST_F(Errors, limit_counts_holds_and_payments) {
  const std::int64_t c = shop.create_concert(R"("maxSeatsPerUser":3)");
  const Fan fan = shop.enter(c);
  shop.charge(fan, 10'000);
  const std::int64_t hold = shop.hold(c, fan, {1, 2});
  const Response refused = shop.post_hold(c, fan, {3, 4});
  expect_problem(refused, 422, "limit-exceeded");
  EXPECT_EQ(refused.json()["limit"].integer(), 3);
  EXPECT_EQ(refused.json()["held"].integer(), 2);
  shop.pay(c, fan, hold);
  const Fan again = shop.enter(c, fan.user);
  EXPECT_EQ(shop.post_hold(c, again, {3, 4}).slug(), "limit-exceeded");
  shop.hold(c, again, {3});
}

TEST_F(Errors, hold_of_somebody_else_does_not_exist) {
  const std::int64_t c = shop.create_concert();
  const Fan owner = shop.enter(c);
  const Fan other = shop.enter(c);
  shop.charge(other, 5000);
  const std::int64_t hold = shop.hold(c, owner, {1});
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  expect_problem(shop.fan(other, "GET", path), 404, "hold-not-found");
  expect_problem(shop.fan(other, "DELETE", path), 404, "hold-not-found");
  expect_problem(shop.post_payment(c, other, hold), 404, "hold-not-found");
  for (const char* none : {"0", "1", "x", "-5", "18446744073709551616", "9007199254740993"}) {
    expect_problem(shop.fan(owner, "GET", Shop::path(c, fmt::format("/holds/{}", none))), 404,
                   "hold-not-found");
  }
  expect_problem(shop.post_payment(c, owner, hold + 1), 404, "hold-not-found");
  EXPECT_EQ(shop.fan(owner, "GET", path).status, 200);
}

TEST_F(Errors, paying_needs_money_and_says_how_much) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 999);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const Response refused = shop.post_payment(c, fan, hold);
  expect_problem(refused, 422, "insufficient-balance");
  EXPECT_EQ(refused.json()["balance"].integer(), 999);
  EXPECT_EQ(refused.json()["amount"].integer(), 1000);
  shop.charge(fan, 1);
  shop.pay(c, fan, hold);
  EXPECT_EQ(shop.balance(fan.user), 0);
}

TEST_F(Errors, payment_of_somebody_else_does_not_exist) {
  const std::int64_t c = shop.create_concert();
  const Fan owner = shop.enter(c);
  shop.charge(owner, 1000);
  const std::int64_t payment = shop.pay(c, owner, shop.hold(c, owner, {1}));
  const Fan other = shop.enter(c);
  const std::string path = Shop::path(c, fmt::format("/payments/{}", payment));
  EXPECT_EQ(shop.fan(other, "GET", path).status, 404);
  EXPECT_EQ(shop.fan(other, "GET", Shop::path(c, "/payments/12345")).status, 404);
  EXPECT_EQ(shop.fan(owner, "GET", path).status, 200);
  const std::string refunds = fmt::format("/v1/admin/concerts/{}/payments/", c);
  EXPECT_EQ(shop.admin("POST", refunds + "0/refunds").status, 404);
  EXPECT_EQ(shop.admin("POST", refunds + std::to_string(payment + 1) + "/refunds").status, 404);
}

TEST_F(Errors, released_hold_is_gone) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  ASSERT_EQ(shop.fan(fan, "DELETE", path).status, 204);
  for (const char* method : {"GET", "DELETE"}) {
    const int status = shop.fan(fan, method, path).status;
    EXPECT_TRUE(status == 404 || status == 410) << method << status;
  }
  EXPECT_NE(shop.post_payment(c, fan, hold).status, 201);
}

TEST_F(Errors, blocking_a_held_or_sold_seat_is_a_conflict) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 1000);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const std::string block = fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/1/block", c);
  EXPECT_EQ(shop.admin("PUT", block).status, 409);
  shop.pay(c, fan, hold);
  EXPECT_EQ(shop.admin("PUT", block).status, 409);
  EXPECT_EQ(shop.concert(c)["dates"][0]["sold"].integer(), 1);
}

TEST_F(Errors, charge_amounts) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::string path = fmt::format("/v1/users/{}/balance/charges", fan.user);
  for (const char* amount :
       {"0", "-1", "1.5", "1e3", "\"5\"", "null", "true", "[]", "{}", "10000001",
        "9223372036854775807", "9223372036854775808", "99999999999999999999999", "1.0", "-0"}) {
    SCOPED_TRACE(amount);
    expect_problem(shop.fan(fan, "POST", path, fmt::format(R"({{"amount":{}}})", amount)), 422,
                   "invalid-amount");
  }
  EXPECT_EQ(shop.balance(fan.user), 0);
  shop.charge(fan, 10'000'000);
  shop.charge(fan, 1);
  EXPECT_EQ(shop.balance(fan.user), 10'000'001);
}

TEST(ErrorsWithLimits, charge_that_would_overflow_the_wallet_is_refused) {
  ServerProcess server({"--balance-max", "1000", "--charge-max", "1000"});
  Shop shop(server);
  const Fan fan = shop.enter(shop.create_concert());
  shop.charge(fan, 999);
  EXPECT_EQ(shop.post_charge(fan, 2).slug(), "invalid-amount");
  shop.charge(fan, 1);
  EXPECT_EQ(shop.post_charge(fan, 1).slug(), "invalid-amount");
  EXPECT_EQ(shop.balance(fan.user), 1000);
}

}  // namespace
}  // namespace frontrow::api
