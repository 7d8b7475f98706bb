// Each route of the contract on success: status, headers, and every member with its type.

#include <fmt/format.h>

#include <regex>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kEntry =
    "concertId:i userId:s state:s number:i position:i waiting:i estimatedWaitSeconds:in "
    "pollAfterMs:i expiresAt:tn phase:s";
constexpr std::string_view kEntryAndToken =
    "concertId:i userId:s state:s number:i position:i waiting:i estimatedWaitSeconds:in "
    "pollAfterMs:i expiresAt:tn phase:s "
    "token:s";
constexpr std::string_view kHold =
    "holdId:i concertId:i date:d seats:a amount:i currency:s expiresAt:t state:s";
constexpr std::string_view kPayment =
    "paymentId:i holdId:i concertId:i date:d seats:a amount:i currency:s balance:i state:s "
    "paidAt:t";
constexpr std::string_view kAdminConcert =
    "concertId:i title:s opensAt:tn currency:s phase:s queue:o holdSeconds:i maxSeatsPerUser:i "
    "noSingleSeats:b holdExtensions:i offerSeconds:i timeZone:s closesAt:t order:s joined:i "
    "waiting:i active:i dates:a revenue:i payments:i refunds:i rates:o";

class Routes : public ApiTest {
 protected:
  static void expect_ok(const Response& response, int status) {
    ASSERT_EQ(response.status, status) << response.body;
    EXPECT_FALSE(response.header("X-Request-Id").empty());
    EXPECT_EQ(response.header("Content-Type"), status == 204 ? "" : "application/json");
  }
};

TEST_F(Routes, join_gives_a_place_and_a_token_once) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const std::string user = new_user();
  const Response first = shop.post_join(c, user);
  expect_ok(first, 201);
  first.json().expect_shape(kEntryAndToken);
  EXPECT_EQ(first.json()["concertId"].integer(), c);
  EXPECT_EQ(first.json()["userId"].text(), user);
  EXPECT_EQ(first.json()["number"].integer(), 1);
  const Response again = shop.post_join(c, user);
  expect_ok(again, 200);
  again.json().expect_shape(kEntryAndToken);
  EXPECT_EQ(again.json()["number"].integer(), 1);
  EXPECT_TRUE(
      std::regex_match(again.json()["token"].text(), std::regex(R"([\w-]+\.[\w-]+\.[\w-]+)")));
}

TEST_F(Routes, queue_entry_of_the_waiting_and_the_active) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  const Fan first = shop.enter(c);
  const Response active = shop.fan(first, "GET", Shop::path(c, "/queue/token"));
  expect_ok(active, 200);
  active.json().expect_shape(kEntry);
  EXPECT_EQ(active.json()["position"].integer(), 0);
  EXPECT_FALSE(active.json()["expiresAt"].is_null());
  EXPECT_EQ(active.header("Retry-After"), "");
  const Fan second = shop.join(c);
  const Response waiting = shop.fan(second, "GET", Shop::path(c, "/queue/token"));
  expect_ok(waiting, 200);
  waiting.json().expect_shape(kEntry);
  EXPECT_EQ(waiting.json()["state"].text(), "waiting");
  EXPECT_EQ(waiting.json()["position"].integer(), 1);
  EXPECT_EQ(waiting.json()["waiting"].integer(), 1);
  EXPECT_TRUE(waiting.json()["expiresAt"].is_null());
  EXPECT_GT(waiting.json()["pollAfterMs"].integer(), 0);
  EXPECT_TRUE(std::regex_match(waiting.header("Retry-After"), std::regex("[1-9][0-9]*")));
}

TEST_F(Routes, leave_ends_the_token_and_frees_its_seats) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {1, 2});
  const Response left = shop.fan(fan, "DELETE", Shop::path(c, "/queue/token"));
  expect_ok(left, 204);
  EXPECT_EQ(left.body, "");
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 0);
  EXPECT_EQ(shop.concert(c)["active"].integer(), 0);
}

TEST_F(Routes, concerts_are_shown_without_a_token) {
  const std::int64_t c = shop.create_concert(
      R"("opensAt":"2047-01-01T10:00:00.000Z","dates":[{"date":"2047-05-02"},{"date":"2047-05-01","sections":[
         {"name":"front","seats":3,"price":900},{"name":"back","seats":4,"price":100}]}])");
  const Response one = shop.http.request("GET", Shop::path(c, ""));
  expect_ok(one, 200);
  const Json concert = one.json();
  for (const char* name : {"title", "opensAt", "phase", "waiting", "active", "dates"})
    EXPECT_TRUE(concert.has(name)) << name;
  EXPECT_EQ(concert["opensAt"].text(), "2047-01-01T10:00:00.000Z");
  ASSERT_EQ(concert["dates"].size(), 2U);
  EXPECT_EQ(concert["dates"][0]["date"].text(), "2047-05-01");
  const Json sections = concert["dates"][0]["sections"];
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0]["price"].integer(), 900);
  EXPECT_EQ(sections[1]["seatsAvailable"].integer(), 4);
  EXPECT_EQ(concert["dates"][1]["seatsTotal"].integer(), 50);
  const Response all = shop.http.request("GET", "/v1/concerts");
  expect_ok(all, 200);
  bool found = false;
  for (std::size_t i = 0; i < all.json()["concerts"].size(); ++i) {
    found = found || all.json()["concerts"][i]["concertId"].integer() == c;
  }
  EXPECT_TRUE(found);
}

TEST_F(Routes, dates_leave_out_the_sold_out_unless_asked) {
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":1,"price":5}]},{"date":"2047-05-02"}])");
  const Fan fan = shop.enter(c);
  shop.hold(c, fan, {1});
  const Response some = shop.fan(fan, "GET", Shop::path(c, "/dates"));
  expect_ok(some, 200);
  some.json().expect_shape("concertId:i dates:a");
  ASSERT_EQ(some.json()["dates"].size(), 1U);
  some.json()["dates"][0].expect_shape("date:d closesAt:t seatsTotal:i seatsAvailable:i");
  EXPECT_EQ(some.json()["dates"][0]["date"].text(), "2047-05-02");
  const Response all = shop.fan(fan, "GET", Shop::path(c, "/dates?all=true"));
  expect_ok(all, 200);
  ASSERT_EQ(all.json()["dates"].size(), 2U);
  EXPECT_EQ(all.json()["dates"][0]["seatsAvailable"].integer(), 0);
}

TEST_F(Routes, seats_carry_a_version_and_an_etag) {
  const std::int64_t c = shop.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":3,"price":7},{"name":"b","seats":2,"price":5}]}])");
  const Fan fan = shop.enter(c);
  const std::string seats = Shop::path(c, "/dates/2047-05-01/seats");
  const Response map = shop.fan(fan, "GET", seats);
  expect_ok(map, 200);
  map.json().expect_shape("concertId:i date:d version:i seatsTotal:i seatsAvailable:i sections:a");
  ASSERT_EQ(map.json()["sections"].size(), 2U);
  const Json back = map.json()["sections"][1];
  back.expect_shape("name:s price:i first:i last:i available:a");
  EXPECT_EQ(back["first"].integer(), 4);
  EXPECT_EQ(back["last"].integer(), 5);
  EXPECT_EQ(back["available"].integers(), (std::vector<std::int64_t>{4, 5}));
  const std::string etag = map.header("ETag");
  ASSERT_FALSE(etag.empty());
  const Response same = shop.fan(fan, "GET", seats, {}, {{"If-None-Match", etag}});
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(same.header("ETag"), etag);
  EXPECT_EQ(shop.fan(fan, "GET", seats, {}, {{"If-None-Match", "\"other\", " + etag}}).status, 304);
  shop.hold(c, fan, {5});
  const Response changed = shop.fan(fan, "GET", seats, {}, {{"If-None-Match", etag}});
  expect_ok(changed, 200);
  EXPECT_NE(changed.header("ETag"), etag);
  EXPECT_GT(changed.json()["version"].integer(), map.json()["version"].integer());
  EXPECT_EQ(changed.json()["sections"][1]["available"].integers(), (std::vector<std::int64_t>{4}));
}

TEST_F(Routes, hold_pay_and_read_back) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const Response charged = shop.post_charge(fan, 5000);
  expect_ok(charged, 201);
  charged.json().expect_shape("chargeId:i userId:s amount:i balance:i currency:s");
  const Response held = shop.post_hold(c, fan, {7, 9});
  expect_ok(held, 201);
  held.json().expect_shape(kHold);
  EXPECT_EQ(held.json()["amount"].integer(), 2000);
  EXPECT_EQ(held.json()["seats"].integers(), (std::vector<std::int64_t>{7, 9}));
  EXPECT_EQ(held.json()["state"].text(), "held");
  const std::int64_t hold = held.json()["holdId"].integer();
  EXPECT_EQ(held.header("Location"), Shop::path(c, fmt::format("/holds/{}", hold)));
  const Response read_hold = shop.fan(fan, "GET", held.header("Location"));
  expect_ok(read_hold, 200);
  read_hold.json().expect_shape(kHold);
  const std::int64_t other = shop.hold(c, fan, {8});
  const Response paid = shop.post_payment(c, fan, hold);
  expect_ok(paid, 201);
  paid.json().expect_shape(std::string(kPayment) + " releasedHolds:a");
  EXPECT_EQ(paid.json()["releasedHolds"].integers(), (std::vector<std::int64_t>{other}));
  EXPECT_EQ(paid.json()["balance"].integer(), 3000);
  EXPECT_EQ(paid.json()["state"].text(), "completed");
  const std::int64_t payment = paid.json()["paymentId"].integer();
  const Response again = shop.post_payment(c, fan, hold);
  expect_ok(again, 200);
  EXPECT_EQ(again.json()["paymentId"].integer(), payment);
  const Response read = shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment)));
  expect_ok(read, 200);
  EXPECT_EQ(read.json()["paymentId"].integer(), payment);
  EXPECT_EQ(read.json()["amount"].integer(), 2000);
  // The session's other hold is released, and the completed token may still read its own money.
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 0);
  EXPECT_EQ(shop.state(c, fan), "completed");
  const Response balance = shop.fan(fan, "GET", fmt::format("/v1/users/{}/balance", fan.user));
  expect_ok(balance, 200);
  balance.json().expect_shape("userId:s balance:i currency:s");
  EXPECT_EQ(balance.json()["balance"].integer(), 3000);
  EXPECT_EQ(shop.fan(fan, "GET", Shop::path(c, fmt::format("/holds/{}", other))).slug(),
            "token-expired");
}

TEST_F(Routes, hold_is_released) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  const std::string hold = Shop::path(c, fmt::format("/holds/{}", shop.hold(c, fan, {3})));
  const Response released = shop.fan(fan, "DELETE", hold);
  expect_ok(released, 204);
  EXPECT_EQ(shop.concert(c)["dates"][0]["free"].integer(), 50);
  shop.hold(c, shop.enter(c), {3});  // another fan first
}

TEST_F(Routes, payments_of_a_user_newest_first) {
  const std::string user = new_user();
  std::vector<std::int64_t> paid;
  Fan fan;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t c = shop.create_concert();
    fan = shop.enter(c, user);
    shop.charge(fan, 1000);
    paid.push_back(shop.pay(c, fan, shop.hold(c, fan, {i + 1})));
  }
  const std::string path = fmt::format("/v1/users/{}/payments", user);
  const Response all = shop.fan(fan, "GET", path);
  expect_ok(all, 200);
  const Json list = all.json()["payments"];
  ASSERT_EQ(list.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(list[i]["paymentId"].integer(), paid[4 - i]);
  const Response page = shop.admin("GET", path + fmt::format("?limit=2&before={}", paid[3]));
  expect_ok(page, 200);
  ASSERT_EQ(page.json()["payments"].size(), 2U);
  EXPECT_EQ(page.json()["payments"][0]["paymentId"].integer(), paid[2]);
}

TEST_F(Routes, balance_of_a_user_never_seen_is_nothing) {
  const std::string user = new_user();
  const Response read = shop.admin("GET", fmt::format("/v1/users/{}/balance", user));
  expect_ok(read, 200);
  EXPECT_EQ(read.json()["userId"].text(), user);
  EXPECT_EQ(read.json()["balance"].integer(), 0);
}

TEST_F(Routes, operators_make_read_and_change_a_concert) {
  const Response made = shop.admin(
      "POST", "/v1/admin/concerts",
      R"({"title":"T","currency":"KRW","dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":2,"price":3}]}],
          "queue":{"maxActive":2,"admitPerSecond":3,"sessionSeconds":4,"idleSeconds":5},"holdSeconds":6,"maxSeatsPerUser":2})");
  expect_ok(made, 201);
  made.json().expect_shape(kAdminConcert);
  const std::string path = fmt::format("/v1/admin/concerts/{}", made.json()["concertId"].integer());
  EXPECT_EQ(made.header("Location"), path);
  const Response read = shop.admin("GET", path);
  expect_ok(read, 200);
  read.json().expect_shape(kAdminConcert);
  read.json()["queue"].expect_shape(
      "maxActive:i admitPerSecond:i sessionSeconds:i idleSeconds:i stayAfterPayment:b");
  EXPECT_EQ(read.json()["queue"]["sessionSeconds"].integer(), 4);
  const Json date = read.json()["dates"][0];
  for (const char* name : {"free", "held", "sold"}) EXPECT_TRUE(date[name].is_integer()) << name;
  const Response changed =
      shop.admin("PATCH", path, R"({"phase":"paused","queue":{"maxActive":9},"holdSeconds":60})");
  expect_ok(changed, 200);
  EXPECT_EQ(changed.json()["phase"].text(), "paused");
  EXPECT_EQ(changed.json()["queue"]["maxActive"].integer(), 9);
  EXPECT_EQ(changed.json()["queue"]["idleSeconds"].integer(), 5);
  EXPECT_EQ(changed.json()["holdSeconds"].integer(), 60);
}

TEST_F(Routes, seats_are_blocked_and_given_back) {
  const std::int64_t c = shop.create_concert();
  const std::string block = fmt::format("/v1/admin/concerts/{}/dates/2047-05-01/seats/5/block", c);
  for (int i = 0; i < 2; ++i) expect_ok(shop.admin("PUT", block), 204);
  EXPECT_EQ(shop.concert(c)["dates"][0]["free"].integer(), 49);
  const Fan fan = shop.enter(c);
  EXPECT_EQ(shop.post_hold(c, fan, {5}).slug(), "seat-unavailable");
  for (int i = 0; i < 2; ++i) expect_ok(shop.admin("DELETE", block), 204);
  shop.hold(c, fan, {5});
}

TEST_F(Routes, refund_gives_money_and_seats_back_once) {
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.enter(c);
  shop.charge(fan, 1500);
  const std::int64_t payment = shop.pay(c, fan, shop.hold(c, fan, {5}));
  EXPECT_EQ(shop.concert(c)["revenue"].integer(), 1000);
  const Response refunded = shop.refund(c, payment);
  expect_ok(refunded, 201);
  EXPECT_EQ(shop.balance(fan.user), 1500);
  const Response again = shop.refund(c, payment);
  EXPECT_TRUE(again.status == 200 || again.status == 201) << again.status;
  EXPECT_EQ(again.body, refunded.body);
  EXPECT_EQ(shop.balance(fan.user), 1500);
  const Json concert = shop.concert(c);
  EXPECT_EQ(concert["revenue"].integer(), 0);
  EXPECT_EQ(concert["dates"][0]["free"].integer(), 50);
  shop.hold(c, shop.enter(c), {5});
}

}  // namespace
}  // namespace frontrow::api
