// Several holds of one session over HTTP: paid together, kept after a payment, extended.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class SeveralHolds : public ApiTest {
 protected:
  Fan rich_fan(std::int64_t c) {
    Fan fan = shop.enter(c);
    shop.charge(fan, 100'000);
    return fan;
  }
  Response pay(std::int64_t c, const Fan& fan, std::string_view body, Headers headers = {}) {
    return shop.fan(fan, "POST", Shop::path(c, "/payments"), body, std::move(headers));
  }
};

TEST_F(SeveralHolds, are_paid_at_once) {
  const std::int64_t c = shop.create_concert(R"("maxSeatsPerUser":9)");
  const Fan fan = rich_fan(c);
  const std::int64_t first = shop.hold(c, fan, {1, 2});
  const std::int64_t second = shop.hold(c, fan, {7});
  const std::int64_t third = shop.hold(c, fan, {9});
  const std::string body = fmt::format(R"({{"holdIds":[{},{}]}})", second, first);
  const Response paid = pay(c, fan, body, {{"Idempotency-Key", "both"}});
  ASSERT_EQ(paid.status, 201) << paid.body;
  const Json payment = paid.json();
  EXPECT_EQ(payment["holdId"].integer(), first);
  EXPECT_EQ(payment["seats"].size(), 3U);
  EXPECT_EQ(payment["amount"].integer(), 3000);
  ASSERT_EQ(payment["releasedHolds"].size(), 1U);
  EXPECT_EQ(payment["releasedHolds"][0].integer(), third);
  const Response again = pay(c, fan, body, {{"Idempotency-Key", "both"}});
  EXPECT_EQ(again.body, paid.body);
  EXPECT_EQ(shop.state(c, fan), "completed");
}

TEST_F(SeveralHolds, bodies_that_make_no_sense_are_refused) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = rich_fan(c);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const auto refused = [&](const std::string& body, std::string_view field) {
    const Response no = pay(c, fan, body);
    expect_problem(no, 422, "invalid-field");
    EXPECT_EQ(no.json()["field"].text(), field) << body;
  };
  refused("{}", "holdId");
  refused(R"({"holdIds":[]})", "holdIds");
  refused(fmt::format(R"({{"holdIds":[{},{}]}})", hold, hold), "holdIds");
  refused(fmt::format(R"({{"holdId":{},"holdIds":[{}]}})", hold, hold), "holdIds");
  expect_problem(pay(c, fan, fmt::format(R"({{"holdIds":[{},{}]}})", hold, hold + 9)), 404,
                 "hold-not-found");
  expect_problem(pay(c, fan, R"({"holdIds":[1,2]})"), 404, "hold-not-found");
}

TEST_F(SeveralHolds, of_two_dates_differ) {
  const std::int64_t c =
      shop.create_concert(R"("dates":[{"date":"2047-05-01"},{"date":"2047-05-02"}])");
  const Fan fan = rich_fan(c);
  const std::int64_t first = shop.hold(c, fan, {1});
  const Response other =
      shop.fan(fan, "POST", Shop::path(c, "/holds"), R"({"date":"2047-05-02","seats":[1]})");
  const std::int64_t second = other.json()["holdId"].integer();
  expect_problem(pay(c, fan, fmt::format(R"({{"holdIds":[{},{}]}})", first, second)), 409,
                 "holds-differ");
}

TEST_F(SeveralHolds, stay_with_the_session_if_the_sale_says_so) {
  const std::int64_t c = shop.create_concert(R"("queue":{"stayAfterPayment":true})");
  EXPECT_TRUE(shop.admin("GET", fmt::format("/v1/admin/concerts/{}", c))
                  .json()["queue"]["stayAfterPayment"]
                  .boolean());
  const Fan fan = rich_fan(c);
  const std::int64_t first = shop.hold(c, fan, {1});
  const std::int64_t second = shop.hold(c, fan, {2});
  const Response paid = pay(c, fan, fmt::format(R"({{"holdId":{}}})", first));
  ASSERT_EQ(paid.status, 201) << paid.body;
  EXPECT_FALSE(paid.json().has("releasedHolds"));
  EXPECT_EQ(shop.state(c, fan), "active");
  // The wallet settles one payment after the other.
  ASSERT_TRUE(await([&] { return shop.post_payment(c, fan, second).status == 201; }));
  shop.change(c, R"({"queue":{"stayAfterPayment":false}})");
  const std::int64_t third = shop.hold(c, fan, {3});
  ASSERT_TRUE(await([&] { return shop.post_payment(c, fan, third).status == 201; }));
  EXPECT_EQ(shop.state(c, fan), "completed");
}

TEST_F(SeveralHolds, are_extended_as_often_as_the_sale_allows) {
  const std::int64_t c = shop.create_concert(R"("holdExtensions":1,"holdSeconds":100)");
  EXPECT_EQ(shop.concert(c)["holdExtensions"].integer(), 1);
  const Fan fan = rich_fan(c);
  const std::int64_t hold = shop.hold(c, fan, {1});
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  const std::string before = shop.fan(fan, "GET", path).json()["expiresAt"].text();
  ASSERT_TRUE(await([&] { return shop.concert(c)["active"].integer() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const Response longer = shop.fan(fan, "POST", path + "/extensions");
  ASSERT_EQ(longer.status, 201) << longer.body;
  EXPECT_GT(longer.json()["expiresAt"].text(), before);
  const Response no = shop.fan(fan, "POST", path + "/extensions", "{}");
  expect_problem(no, 409, "no-extension-left");
  EXPECT_EQ(no.json()["limit"].integer(), 1);
  shop.change(c, R"({"holdExtensions":2})");
  EXPECT_EQ(shop.fan(fan, "POST", path + "/extensions").status, 201);
  expect_problem(shop.fan(fan, "POST", Shop::path(c, "/holds/77/extensions")), 404,
                 "hold-not-found");
}

}  // namespace
}  // namespace frontrow::api
