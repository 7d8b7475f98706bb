// Cancelled dates and seats that are blocked together, over HTTP.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class Cancellation : public ApiTest {
 protected:
  static std::string path(std::int64_t c, std::string_view rest) {
    return fmt::format("/v1/admin/concerts/{}{}", c, rest);
  }
  Fan buyer(std::int64_t c, int seat) {
    Fan fan = shop.enter(c);
    shop.charge(fan, 5000);
    shop.pay(c, fan, shop.hold(c, fan, {seat}));
    return fan;
  }
  bool is_done(std::int64_t c, std::string_view rest) {
    return shop.admin("GET", path(c, rest)).json()["state"].text() == "done";
  }
};

TEST_F(Cancellation, of_a_date_refunds_its_buyers) {
  constexpr std::string_view kRest = "/dates/2047-05-01/cancellation";
  // A concert closes with its last date.
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":50,"price":1000}]},
                  {"date":"2047-05-02"}])");
  std::vector<Fan> fans;
  for (int seat = 1; seat <= 20; ++seat) fans.push_back(buyer(c, seat));
  expect_problem(shop.admin("GET", path(c, kRest)), 404, "not-cancelled");
  const Headers key = {{"Idempotency-Key", "rain"}};
  const Response begun = shop.admin("POST", path(c, kRest), R"({"reason":"rain"})", key);
  EXPECT_TRUE(begun.status == 202 || begun.status == 200) << begun.body;
  begun.json().expect_shape(
      "concertId:i date:d cancelledAt:t state:s payments:i refunding:i refunded:i");
  EXPECT_EQ(begun.json()["payments"].integer(), 20);
  ASSERT_TRUE(await([&] { return is_done(c, kRest); }));
  for (const Fan& fan : fans) EXPECT_EQ(shop.balance(fan.user), 5000);
  EXPECT_EQ(shop.admin("POST", path(c, kRest), R"({"reason":"rain"})", key).status, 200);
  expect_problem(shop.admin("POST", path(c, kRest)), 409, "already-cancelled");
  EXPECT_TRUE(shop.concert(c)["dates"][0]["cancelled"].boolean());
  const Fan late = shop.enter(c);
  expect_problem(shop.post_hold(c, late, {30}), 409, "date-cancelled");
  const Response acts = shop.admin("GET", "/v1/admin/audit?limit=1000");
  EXPECT_NE(acts.body.find("cancel-date"), acts.body.npos);
}

TEST_F(Cancellation, of_a_concert_closes_it) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = buyer(c, 1);
  EXPECT_LT(shop.admin("POST", path(c, "/cancellation")).status, 300);
  ASSERT_TRUE(await([&] { return is_done(c, "/cancellation"); }));
  EXPECT_EQ(shop.concert(c)["phase"].text(), "closed");
  EXPECT_EQ(shop.balance(fan.user), 5000);
  expect_problem(shop.admin("POST", path(c, "/dates/2047-07-07/cancellation")), 404,
                 "date-not-found");
  expect_problem(shop.admin("POST", path(c, "/cancellation"), R"({"why":"?"})"), 422,
                 "invalid-field");
}

TEST_F(Cancellation, blocks_are_set_and_lifted_together) {
  constexpr std::string_view kRest = "/dates/2047-05-01/blocks";
  const std::int64_t c = shop.create_concert();
  const auto put = [&](std::string_view body) { return shop.admin("PUT", path(c, kRest), body); };
  const auto blocked = [&] { return shop.concert(c)["dates"][0]["blocked"].integer(); };
  EXPECT_EQ(put(R"({"ranges":[[1,10],[21,22]],"label":"sponsors"})").status, 204);
  EXPECT_EQ(blocked(), 12);
  EXPECT_EQ(put(R"({"seats":[30,31]})").status, 204);
  EXPECT_EQ(put(R"({"ranges":[[1,50]],"blocked":false})").status, 204);
  EXPECT_EQ(blocked(), 0);
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {7});
  const Response no = put(R"({"ranges":[[1,10]]})");
  expect_problem(no, 409, "seat-unavailable");
  EXPECT_EQ(no.json()["unavailableSeats"].integers(), std::vector<std::int64_t>{7});
  expect_problem(put(R"({"ranges":[[40,51]]})"), 404, "seat-not-found");
  expect_problem(put(R"({"ranges":[[9,8]]})"), 422, "invalid-field");
  expect_problem(put(R"({"ranges":[[9]]})"), 422, "invalid-field");
  expect_problem(put("{}"), 422, "invalid-field");
}

}  // namespace
}  // namespace frontrow::api
