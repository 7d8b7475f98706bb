// The box office over HTTP: lists, seats, users, and its acts on holds and places.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kPaymentRecord =
    "paymentId:i holdId:i concertId:i date:d seats:a amount:i currency:s userId:s number:i state:s "
    "paidAt:t refundedAt:tn";
constexpr std::string_view kHoldRecord =
    "holdId:i concertId:i date:d seats:a amount:i currency:s expiresAt:t state:s userId:s number:i "
    "paymentId:in";

class BoxOffice : public ApiTest {
 protected:
  static std::string path(std::int64_t c, std::string_view rest) {
    return fmt::format("/v1/admin/concerts/{}{}", c, rest);
  }
  Json read(std::int64_t c, std::string_view rest) {
    const Response response = shop.admin("GET", path(c, rest));
    EXPECT_EQ(response.status, 200) << rest << response.body;
    return response.json();
  }
  // A fan who has paid for these seats.
  Fan buyer(std::int64_t c, const std::vector<int>& seats) {
    Fan fan = shop.enter(c);
    shop.charge(fan, 100'000);
    payment_ = shop.pay(c, fan, shop.hold(c, fan, seats));
    return fan;
  }
  std::int64_t payment_ = 0;  // the newest
};

TEST_F(BoxOffice, payments_are_listed_filtered_and_paged) {
  const std::int64_t c = shop.create_concert();
  const Fan ann = buyer(c, {1, 2});
  const std::int64_t first = payment_;
  buyer(c, {3});
  shop.refund(c, payment_);
  const Json all = read(c, "/payments");
  ASSERT_EQ(all["payments"].size(), 2U);
  all["payments"][0].expect_shape(kPaymentRecord);
  EXPECT_TRUE(all["next"].is_null());
  EXPECT_EQ(all["payments"][0]["userId"].text(), ann.user);
  EXPECT_EQ(all["payments"][1]["state"].text(), "refunded");
  for (const std::string& query :
       {std::string("?state=completed"), fmt::format("?user={}", ann.user), std::string("?seat=2"),
        std::string("?date=2047-05-01&state=completed&seat=1")}) {
    const Json found = read(c, "/payments" + query);
    ASSERT_EQ(found["payments"].size(), 1U) << query;
    EXPECT_EQ(found["payments"][0]["paymentId"].integer(), first) << query;
  }
  EXPECT_EQ(read(c, "/payments?date=2047-05-01T19%3A30")["payments"].size(), 0U);
  const Json page = read(c, "/payments?limit=1");
  ASSERT_EQ(page["payments"].size(), 1U);
  const Json rest = read(c, fmt::format("/payments?after={}", page["next"].integer()));
  ASSERT_EQ(rest["payments"].size(), 1U);
  EXPECT_EQ(rest["payments"][0]["paymentId"].integer(), payment_);
}

TEST_F(BoxOffice, holds_are_listed_and_freed) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::int64_t hold = shop.hold(c, fan, {4, 5});
  const Json found = read(c, "/holds?state=held");
  ASSERT_EQ(found["holds"].size(), 1U);
  found["holds"][0].expect_shape(kHoldRecord);
  EXPECT_EQ(found["holds"][0]["userId"].text(), fan.user);
  const std::string one = path(c, fmt::format("/holds/{}", hold));
  const Response freed = shop.admin("DELETE", one);
  EXPECT_EQ(freed.status, 204) << freed.body;
  expect_problem(shop.admin("DELETE", one), 404, "hold-not-found");
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 0);
  buyer(c, {1});
  const std::int64_t paid = read(c, "/holds?state=paid")["holds"][0]["holdId"].integer();
  const Response no = shop.admin("DELETE", path(c, fmt::format("/holds/{}", paid)));
  expect_problem(no, 409, "already-paid");
  EXPECT_EQ(no.json()["paymentId"].integer(), payment_);
  const Json audit = shop.admin("GET", "/v1/admin/audit?limit=1000").json();
  const Json act = audit["acts"][audit["acts"].size() - 1];
  EXPECT_EQ(act["action"].text(), "release-hold");
  EXPECT_EQ(act["holdId"].integer(), hold);
  EXPECT_EQ(act["userId"].text(), fan.user);
}

TEST_F(BoxOffice, seat_tells_its_owner_and_its_past) {
  const std::int64_t c = shop.create_concert();
  buyer(c, {7});
  shop.refund(c, payment_);
  const Fan bob = buyer(c, {7});
  const Json seat = read(c, "/seats/2047-05-01/7");
  seat.expect_shape(
      "concertId:i date:d seat:i section:s price:i currency:s state:s hold:o payments:a acts:a "
      "complete:b");
  EXPECT_EQ(seat["state"].text(), "sold");
  EXPECT_EQ(seat["hold"]["userId"].text(), bob.user);
  ASSERT_EQ(seat["payments"].size(), 2U);
  EXPECT_EQ(seat["payments"][0]["paymentId"].integer(), payment_);
  EXPECT_EQ(seat["payments"][1]["state"].text(), "refunded");
  EXPECT_TRUE(read(c, "/seats/2047-05-01/8")["hold"].is_null());
  expect_problem(shop.admin("GET", path(c, "/seats/2047-05-01/51")), 404, "seat-not-found");
  expect_problem(shop.admin("GET", path(c, "/seats/2047-05-02/1")), 404, "date-not-found");
}

TEST_F(BoxOffice, states_of_all_seats_are_ranges) {
  const std::int64_t c = shop.create_concert();
  buyer(c, {7, 8});
  buyer(c, {9});
  shop.hold(c, shop.enter(c), {1, 3});
  const std::string block = path(c, "/dates/2047-05-01/seats/50/block");
  ASSERT_EQ(shop.admin("PUT", block).status, 204);
  const Response response = shop.admin("GET", path(c, "/seats/2047-05-01"));
  ASSERT_EQ(response.status, 200) << response.body;
  response.json().expect_shape("concertId:i date:d version:i seatsTotal:i held:a sold:a blocked:a");
  EXPECT_NE(response.body.find(
                R"("seatsTotal":50,"held":[[1,1],[3,3]],"sold":[[7,9]],"blocked":[[50,50]]})"),
            std::string::npos)
      << response.body;
  expect_problem(shop.admin("GET", path(c, "/seats/2047-05-02")), 404, "date-not-found");
}

TEST_F(BoxOffice, user_is_found_with_place_holds_and_payments) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {1});
  const Json user = read(c, "/users/" + fan.user);
  user.expect_shape(
      "concertId:i userId:s place:o seatsHeld:i seatsPaid:i holds:a payments:a complete:b "
      "waitlist:a");
  EXPECT_EQ(user["place"]["number"].integer(), fan.number);
  EXPECT_EQ(user["place"]["state"].text(), "active");
  EXPECT_EQ(user["holds"].size(), 1U);
  EXPECT_TRUE(read(c, "/users/" + new_user())["place"].is_null());
  expect_problem(shop.admin("GET", path(c, "/users/nobody")), 404, "not-found");
}

TEST_F(BoxOffice, session_and_place_are_ended) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {1});
  const std::string one = path(c, fmt::format("/tokens/{}", fan.number));
  EXPECT_EQ(shop.admin("DELETE", one).status, 204);
  EXPECT_EQ(shop.state(c, fan), "expired");
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 0);
  expect_problem(shop.admin("DELETE", one), 409, "place-over");
  for (const char* number : {"0", "99", "x", "4294967296"})
    expect_problem(shop.admin("DELETE", path(c, fmt::format("/tokens/{}", number))), 404,
                   "not-found");
}

TEST_F(BoxOffice, filters_that_make_no_sense_are_refused) {
  const std::int64_t c = shop.create_concert();
  for (const auto& [query, field] :
       std::vector<std::pair<std::string, std::string>>{{"?state=paid", "state"},
                                                        {"?state=", "state"},
                                                        {"?date=tomorrow", "date"},
                                                        {"?user=me", "user"},
                                                        {"?seat=0", "seat"},
                                                        {"?seat=x", "seat"},
                                                        {"?after=7", "after"},
                                                        {"?after=x", "after"},
                                                        {"?limit=0", "limit"},
                                                        {"?limit=1001", "limit"},
                                                        {"?usr=1", "usr"}}) {
    const Response refused = shop.admin("GET", path(c, "/payments" + query));
    expect_problem(refused, 422, "invalid-field");
    EXPECT_EQ(refused.json()["field"].text(), field) << query;
  }
  expect_problem(shop.admin("GET", path(c, "/holds?state=completed")), 422, "invalid-field");
  for (const char* rest : {"/payments", "/holds", "/users/0190d9b5-0000-7000-8000-000000000001",
                           "/seats/2047-05-01/1", "/seats/2047-05-01"})
    expect_problem(shop.admin("GET", path(999'999, rest)), 404, "not-found");
}

}  // namespace
}  // namespace frontrow::api
