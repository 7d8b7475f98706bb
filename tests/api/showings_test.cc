// Showings, standing places and holds by quantity, over HTTP.

#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class Showings : public ApiTest {
 protected:
  Response create(std::string_view members) {
    return shop.admin("POST", "/v1/admin/concerts", fmt::format(R"({{"title":"t",{}}})", members));
  }
  std::int64_t created(std::string_view members) {
    const Response response = create(members);
    EXPECT_EQ(response.status, 201) << response.body;
    return response.json()["concertId"].integer();
  }
  Response hold(std::int64_t c, const Fan& fan, std::string_view body) {
    return shop.fan(fan, "POST", Shop::path(c, "/holds"), body);
  }
  void expect_invalid(std::string_view members, std::string_view field) {
    const Response refused = create(members);
    expect_problem(refused, 422, "invalid-field");
    EXPECT_EQ(refused.json()["field"].text(), field) << members;
  }
};

constexpr const char* kTwoOnOneDay =
    R"("timeZone":"Asia/Seoul","dates":[
      {"date":"2047-05-01T19:30","sections":[{"name":"floor","seats":4,"price":90}]},
      {"date":"2047-05-01T14:00","sections":[{"name":"floor","seats":4,"price":70}]}])";

TEST_F(Showings, two_on_one_day_are_sold_each_by_its_time) {
  const std::int64_t c = created(kTwoOnOneDay);
  const Json seen = shop.http.request("GET", Shop::path(c, "")).json();
  EXPECT_EQ(seen["timeZone"].text(), "Asia/Seoul");
  EXPECT_EQ(seen["closesAt"].text(), "2047-05-01T10:30:00.000Z");
  EXPECT_EQ(seen["dates"][0]["date"].text(), "2047-05-01T14:00");
  EXPECT_EQ(seen["dates"][0]["startsAt"].text(), "2047-05-01T05:00:00.000Z");
  EXPECT_EQ(seen["dates"][0]["closesAt"].text(), "2047-05-01T05:00:00.000Z");
  const Fan fan = shop.enter(c);
  const Response evening = hold(c, fan, R"({"date":"2047-05-01T19:30","seats":[1]})");
  ASSERT_EQ(evening.status, 201) << evening.body;
  EXPECT_EQ(evening.json()["date"].text(), "2047-05-01T19:30");
  EXPECT_EQ(evening.json()["amount"].integer(), 90);
  EXPECT_EQ(hold(c, fan, R"({"date":"2047-05-01T14:00","seats":[1]})").json()["amount"].integer(),
            70);
  expect_problem(hold(c, fan, R"({"date":"2047-05-01","seats":[1]})"), 404, "date-not-found");

  // The colon of a path may be encoded.
  for (const char* date : {"2047-05-01T14:00", "2047-05-01T14%3A00", "2047-05-01T14%3a00"}) {
    const Response seats =
        shop.fan(fan, "GET", Shop::path(c, fmt::format("/dates/{}/seats", date)));
    ASSERT_EQ(seats.status, 200) << date;
    EXPECT_EQ(seats.json()["date"].text(), "2047-05-01T14:00");
    EXPECT_EQ(seats.json()["seatsAvailable"].integer(), 3);
  }
  const Response tag = shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-01T14:00/seats"));
  const Response other = shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-01T19:30/seats"));
  EXPECT_NE(tag.header("ETag"), other.header("ETag"));

  shop.charge(fan, 1000);
  const std::int64_t payment = shop.pay(c, fan, evening.json()["holdId"].integer());
  const Json paid =
      shop.fan(fan, "GET", Shop::path(c, fmt::format("/payments/{}", payment))).json();
  EXPECT_EQ(paid["date"].text(), "2047-05-01T19:30");
  const Json owned = shop.fan(fan, "GET", fmt::format("/v1/users/{}/payments", fan.user)).json();
  EXPECT_EQ(owned["payments"][0]["date"].text(), "2047-05-01T19:30");
  EXPECT_EQ(shop.concert(c)["dates"][1]["sold"].integer(), 1);
}

TEST_F(Showings, times_follow_the_clocks_of_the_place) {
  struct Case {
    const char* zone;
    const char* date;
    const char* starts;
  };
  // Summer and winter; a time that the clocks skip, and one that they show twice.
  for (const Case& test :
       {Case{"Europe/Vienna", "2036-07-01T20:00", "2036-07-01T18:00:00.000Z"},
        Case{"Europe/Vienna", "2036-12-01T20:00", "2036-12-01T19:00:00.000Z"},
        Case{"Europe/Vienna", "2036-03-30T02:30", "2036-03-30T01:30:00.000Z"},
        Case{"Europe/Vienna", "2036-10-26T02:30", "2036-10-26T00:30:00.000Z"},
        Case{"America/Argentina/Buenos_Aires", "2036-07-01T20:00", "2036-07-01T23:00:00.000Z"},
        Case{"Etc/GMT+2", "2036-07-01T20:00", "2036-07-01T22:00:00.000Z"},
        Case{"UTC", "2036-07-01T20:00", "2036-07-01T20:00:00.000Z"}}) {
    const std::int64_t c =
        created(fmt::format(R"("timeZone":"{}","dates":[{{"date":"{}"}}])", test.zone, test.date));
    EXPECT_EQ(shop.concert(c)["dates"][0]["startsAt"].text(), test.starts) << test.zone;
  }
  // A date without a time closes with its day.
  const std::int64_t c = created(R"("timeZone":"Asia/Seoul","dates":[{"date":"2036-07-01"}])");
  const Json date = shop.concert(c)["dates"][0];
  EXPECT_FALSE(date.has("startsAt"));
  EXPECT_EQ(date["closesAt"].text(), "2036-07-01T15:00:00.000Z");
}

TEST_F(Showings, close_when_the_date_or_the_concert_says_so) {
  // So many sections that the public view is kept, and updated where it has changed.
  std::string sections;
  for (int i = 0; i < 40; ++i)
    sections += fmt::format(R"({}{{"name":"s{}","seats":1,"price":1}})", i == 0 ? "" : ",", i);
  const std::int64_t c = created(fmt::format(
      R"("closesAt":"2036-06-30T00:00:00Z","dates":[{{"date":"2036-07-01"}},
        {{"date":"2036-07-02","closesAt":"2036-07-03T00:00:00Z","sections":[{}]}}])",
      sections));
  EXPECT_EQ(shop.http.request("GET", Shop::path(c, "")).status, 200);  // it is cached from now on
  const Json seen = shop.concert(c);
  EXPECT_EQ(seen["dates"][0]["closesAt"].text(), "2036-06-30T00:00:00.000Z");
  EXPECT_EQ(seen["dates"][1]["closesAt"].text(), "2036-07-03T00:00:00.000Z");
  EXPECT_EQ(seen["closesAt"].text(), "2036-07-03T00:00:00.000Z");
  const Fan fan = shop.enter(c);
  shop.change(c, fmt::format(R"({{"closesAt":"{}"}})", time_from_now(500)));
  EXPECT_TRUE(await([&] { return shop.concert(c)["phase"].text() == "closed"; }));
  expect_problem(hold(c, fan, R"({"date":"2036-07-01","seats":[1]})"), 409, "sale-closed");
  const std::string path = fmt::format("/v1/admin/concerts/{}", c);
  expect_problem(shop.admin("PATCH", path, R"({"phase":"open"})"), 409, "conflicting-settings");
  shop.change(c, R"({"phase":"open","closesAt":"2036-06-30T00:00:00Z"})");
  const Json again = shop.http.request("GET", Shop::path(c, "")).json();
  EXPECT_EQ(again["dates"][1]["closesAt"].text(), "2036-06-30T00:00:00.000Z");
  EXPECT_EQ(hold(c, fan, R"({"date":"2036-07-01","seats":[1]})").status, 201);
}

TEST_F(Showings, closes_no_later_than_it_begins_unless_the_date_says_so) {
  const std::int64_t c = created(
      R"("closesAt":"2036-07-10T00:00:00Z","dates":[{"date":"2036-07-01T20:00"},
        {"date":"2036-07-02T20:00","closesAt":"2036-07-02T21:00:00Z"}])");
  const Json dates = shop.concert(c)["dates"];
  EXPECT_EQ(dates[0]["closesAt"].text(), "2036-07-01T20:00:00.000Z");
  EXPECT_EQ(dates[1]["closesAt"].text(), "2036-07-02T21:00:00.000Z");
}

TEST(ShowingsAtTheEnds, first_and_last_date_there_is_survive_a_restart) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t c = shop.create_concert(
      R"("timeZone":"Pacific/Honolulu","dates":[{"date":"9999-12-31"},{"date":"4839-12-31T23:59"}])");
  const std::string before = shop.http.request("GET", Shop::path(c, "")).body;
  EXPECT_NE(before.find("9999-12-31T23:59:59.999Z"), std::string::npos) << before;
  ASSERT_EQ(server.stop(), 0);
  ASSERT_TRUE(server.start());
  Shop again(server);
  EXPECT_EQ(again.http.request("GET", Shop::path(c, "")).body, before);
}

TEST_F(Showings, one_of_two_goes_off_sale) {
  const std::int64_t c = created(
      fmt::format(R"("dates":[{{"date":"2036-07-01","closesAt":"{}"}},{{"date":"2036-07-02"}}])",
                  time_from_now(700)));
  const Fan fan = shop.enter(c);
  const auto dates = [&](std::string_view query) {
    return shop.fan(fan, "GET", Shop::path(c, fmt::format("/dates{}", query))).json()["dates"];
  };
  EXPECT_TRUE(await([&] { return dates("").size() == 1; }));
  EXPECT_EQ(dates("")[0]["date"].text(), "2036-07-02");
  EXPECT_EQ(dates("?all=true").size(), 2U);
  expect_problem(hold(c, fan, R"({"date":"2036-07-01","seats":[1]})"), 409, "date-closed");
  EXPECT_EQ(shop.concert(c)["phase"].text(), "open");
}

TEST_F(Showings, impossible_ones_are_refused) {
  for (const char* zone : {"Mars/Olympus", "", "../../etc/passwd", "/etc/localtime", "localtime",
                           "Asia/", "Asia//Seoul", "Asia/../Asia/Seoul", "asia/seoul"}) {
    expect_invalid(fmt::format(R"("timeZone":"{}","dates":[{{"date":"2036-07-01"}}])", zone),
                   "timeZone");
  }
  for (const char* date : {"2036-07-01T25:00", "2036-07-01T20", "2036-07-01T20:00:00",
                           "2036-07-01 20:00", "2036-02-30T20:00"})
    expect_invalid(fmt::format(R"("dates":[{{"date":"{}"}}])", date), "dates[0].date");
  expect_invalid(R"("dates":[{"date":"2036-07-01T20:00"},{"date":"2036-07-01T20:00"}])",
                 "dates[1].date");
  expect_invalid(R"("opensAt":"2036-07-01T20:00:00Z","dates":[{"date":"2036-07-01T20:00"}])",
                 "opensAt");
  const std::int64_t open = created(R"("dates":[{"date":"2036-07-01"}])");
  expect_problem(shop.admin("PATCH", fmt::format("/v1/admin/concerts/{}", open),
                            R"({"closesAt":"1970-01-01T00:00:00Z"})"),
                 422, "invalid-field");
  expect_invalid(R"("closesAt":"1970-01-01T00:00:00Z","dates":[{"date":"2036-07-01"}])",
                 "closesAt");
  for (const char* past :
       {R"("dates":[{"date":"2020-07-01T20:00","closesAt":"2036-01-01T00:00:00Z"}])",
        R"("dates":[{"date":"2036-07-01"},{"date":"2020-07-01T20:00"}])",
        R"("dates":[{"date":"2020-07-01T20:00"}])"}) {
    const Response refused = create(past);
    expect_problem(refused, 422, "date-passed");
    EXPECT_EQ(refused.json()["date"].text(), "2020-07-01T20:00");
  }
}

constexpr const char* kWithStanding =
    R"("dates":[{"date":"2036-07-01","sections":[
      {"name":"front","seats":4,"price":90},
      {"name":"floor","capacity":3,"price":50,"kind":"general"}]}],"maxSeatsPerUser":50)";

TEST_F(Showings, places_to_stand_are_held_by_quantity) {
  const std::int64_t c = created(kWithStanding);
  const Fan fan = shop.enter(c);
  const Response two = hold(c, fan, R"({"date":"2036-07-01","section":"floor","quantity":2})");
  ASSERT_EQ(two.status, 201) << two.body;
  EXPECT_EQ(two.json()["seats"].integers(), (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(two.json()["amount"].integer(), 100);
  const Response refused = hold(c, fan, R"({"date":"2036-07-01","section":"floor","quantity":2})");
  expect_problem(refused, 409, "not-available");
  EXPECT_EQ(refused.json()["seatsAvailable"].integer(), 1);
  EXPECT_EQ(refused.json()["together"].integer(), 1);
  EXPECT_EQ(shop.concert(c)["dates"][0]["sections"][1]["kind"].text(), "general");
  const Json seats = shop.fan(fan, "GET", Shop::path(c, "/dates/2036-07-01/seats")).json();
  EXPECT_EQ(seats["sections"][1]["kind"].text(), "general");
  EXPECT_FALSE(seats["sections"][0].has("kind"));
  const Json seen = shop.http.request("GET", Shop::path(c, "")).json();
  EXPECT_EQ(seen["dates"][0]["sections"][1]["kind"].text(), "general");
}

TEST_F(Showings, best_seats_are_held_by_quantity_and_the_same_again_under_one_key) {
  const std::int64_t c = created(kWithStanding);
  const Fan fan = shop.enter(c);
  const std::string body =
      R"({"date":"2036-07-01","section":"front","quantity":3,"together":true})";
  const Headers key = {{"Idempotency-Key", "best"}};
  const Response first = shop.fan(fan, "POST", Shop::path(c, "/holds"), body, key);
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.json()["seats"].integers(), (std::vector<std::int64_t>{1, 2, 3}));
  const Response again = shop.fan(fan, "POST", Shop::path(c, "/holds"), body, key);
  EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
  EXPECT_EQ(again.body, first.body);
  expect_problem(hold(c, fan, body), 409, "not-available");
}

TEST_F(Showings, holds_by_quantity_that_make_no_sense_are_refused) {
  const std::int64_t c = created(kWithStanding);
  const Fan fan = shop.enter(c);
  struct Case {
    const char* body;
    const char* field;
  };
  for (const Case& test :
       {Case{R"({"date":"2036-07-01"})", "seats"},
        Case{R"({"date":"2036-07-01","seats":[1],"quantity":1})", "quantity"},
        Case{R"({"date":"2036-07-01","seats":[1],"section":"front"})", "section"},
        Case{R"({"date":"2036-07-01","seats":[1],"together":true})", "together"},
        Case{R"({"date":"2036-07-01","section":"front"})", "seats"},
        Case{R"({"date":"2036-07-01","quantity":0})", "quantity"},
        Case{R"({"date":"2036-07-01","quantity":33})", "quantity"},
        Case{R"({"date":"2036-07-01","quantity":1,"together":1})", "together"}}) {
    const Response refused = hold(c, fan, test.body);
    expect_problem(refused, 422, "invalid-field");
    EXPECT_EQ(refused.json()["field"].text(), test.field) << test.body;
  }
  expect_problem(hold(c, fan, R"({"date":"2036-07-01","section":"attic","quantity":1})"), 404,
                 "section-not-found");
  shop.change(c, R"({"maxSeatsPerUser":2})");
  expect_problem(hold(c, fan, R"({"date":"2036-07-01","quantity":3})"), 422, "limit-exceeded");
}

TEST_F(Showings, sections_are_numbered_or_general) {
  const auto section = [](std::string_view members) {
    return fmt::format(
        R"("dates":[{{"date":"2036-07-01","sections":[{{"name":"a","price":1,{}}}]}}])", members);
  };
  expect_invalid(section(R"("kind":"general","seats":3)"), "dates[0].sections[0].seats");
  expect_invalid(section(R"("capacity":3)"), "dates[0].sections[0].capacity");
  expect_invalid(section(R"("kind":"general")"), "dates[0].sections[0].capacity");
  expect_invalid(section(R"("kind":"numbered")"), "dates[0].sections[0].seats");
  expect_invalid(section(R"("seats":3,"kind":"lying")"), "dates[0].sections[0].kind");
  expect_invalid(section(R"("kind":"general","capacity":100001)"), "dates[0].sections[0].capacity");
  created(section(R"("kind":"numbered","seats":3)"));
}

TEST_F(Showings, no_seat_is_left_alone_where_the_concert_wants_that) {
  const std::int64_t c = created(
      R"("noSingleSeats":true,"dates":[{"date":"2036-07-01","sections":[
        {"name":"front","seats":6,"price":90}]}])");
  EXPECT_NE(shop.http.request("GET", Shop::path(c, "")).body.find(R"("noSingleSeats":true)"),
            std::string::npos);
  const Fan fan = shop.enter(c);
  const Response refused = hold(c, fan, R"({"date":"2036-07-01","seats":[2,3]})");
  expect_problem(refused, 409, "single-seat-left");
  EXPECT_EQ(refused.json()["seats"].integers(), (std::vector<std::int64_t>{1}));
  shop.change(c, R"({"noSingleSeats":false})");
  EXPECT_EQ(hold(c, fan, R"({"date":"2036-07-01","seats":[2,3]})").status, 201);
}

}  // namespace
}  // namespace frontrow::api
