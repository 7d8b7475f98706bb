// A sale that changes while it runs, over HTTP.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr const char* kSale =
    R"({"title":"t","timeZone":"Asia/Seoul","dates":[
      {"date":"2036-07-02","sections":[{"name":"floor","seats":4,"price":70}]},
      {"date":"2036-07-04T19:30","sections":[{"name":"floor","seats":4,"price":90}]}]})";

class ChangedSale : public ApiTest {
 protected:
  void SetUp() override {
    const Response made = shop.admin("POST", "/v1/admin/concerts", kSale);
    ASSERT_EQ(made.status, 201) << made.body;
    c = made.json()["concertId"].integer();
  }
  Response change(std::string_view members) {
    return shop.admin("PATCH", fmt::format("/v1/admin/concerts/{}", c),
                      fmt::format("{{{}}}", members));
  }
  Response change_date(std::string_view date, std::string_view members) {
    return change(fmt::format(R"("changeDates":[{{"date":"{}",{}}}])", date, members));
  }
  void expect_invalid(std::string_view members, std::string_view field) {
    const Response no = change(members);
    expect_problem(no, 422, "invalid-field");
    EXPECT_EQ(no.json()["field"].text(), field) << members;
  }
  Response hold(const Fan& fan, std::string_view date, int seat) {
    return shop.fan(fan, "POST", Shop::path(c, "/holds"),
                    fmt::format(R"({{"date":"{}","seats":[{}]}})", date, seat));
  }
  Response seats(const Fan& fan, std::string_view date, std::string_view query = "",
                 const Headers& headers = {}) {
    return shop.fan(fan, "GET", Shop::path(c, fmt::format("/dates/{}/seats{}", date, query)), {},
                    headers);
  }

  std::int64_t c = 0;
};

TEST_F(ChangedSale, dates_are_added_as_at_the_creation) {
  const Fan fan = shop.enter(c);
  ASSERT_EQ(hold(fan, "2036-07-02", 1).status, 201);
  const Response changed = change(
      R"("addDates":[{"date":"2036-07-03T19:30","sections":[{"name":"hall","seats":3,"price":5}]},
                     {"date":"2036-07-01"}],"maxSeatsPerUser":6)");
  ASSERT_EQ(changed.status, 200) << changed.body;
  const Json dates = shop.http.request("GET", Shop::path(c, "")).json()["dates"];
  ASSERT_EQ(dates.size(), 4U);
  EXPECT_EQ(dates[0]["date"].text(), "2036-07-01");
  EXPECT_EQ(dates[0]["seatsTotal"].integer(), 50);
  EXPECT_EQ(dates[0]["closesAt"].text(), "2036-07-01T15:00:00.000Z") << "as its day ends in Seoul";
  EXPECT_EQ(dates[1]["seatsAvailable"].integer(), 3) << "the hold is of another date";
  EXPECT_EQ(dates[2]["startsAt"].text(), "2036-07-03T10:30:00.000Z");
  EXPECT_EQ(hold(fan, "2036-07-03T19:30", 2).json()["amount"].integer(), 5);
  expect_problem(hold(fan, "2036-07-02", 1), 409, "seat-unavailable");
}

TEST_F(ChangedSale, added_dates_take_their_seats_from_a_plan) {
  const Response plan = shop.admin(
      "POST", "/v1/admin/plans",
      R"({"name":"Hall","categories":["R"],"sections":[{"name":"Floor","category":"R","rows":[
          {"label":"A","first":1,"count":5}]}]})");
  ASSERT_EQ(plan.status, 201) << plan.body;
  const std::int64_t id = plan.json()["planId"].integer();
  const auto add = [&](std::string_view prices) {
    return change(fmt::format(R"("addDates":[{{"date":"2036-07-05","planId":{},"prices":{{{}}}}}])",
                              id, prices));
  };
  const Response no = add("");
  expect_problem(no, 422, "price-missing");
  EXPECT_EQ(no.json()["date"].text(), "2036-07-05");
  ASSERT_EQ(add(R"("R":30)").status, 200);
  ASSERT_EQ(change_date("2036-07-05", R"("prices":{"R":40})").status, 200);
  const Json date = shop.concert(c)["dates"][2];
  EXPECT_EQ(date["planId"].integer(), id);
  EXPECT_EQ(date["sections"][0]["price"].integer(), 40);
  const Response refused =
      change_date("2036-07-05", R"("addSections":[{"name":"box","seats":2,"price":9}])");
  expect_problem(refused, 422, "change-refused");
  EXPECT_EQ(refused.json()["reason"].text(), "a date with a plan has the sections of the plan");
}

TEST_F(ChangedSale, what_can_not_be_added_is_refused_and_nothing_is_changed) {
  const Response twice = change(R"("title":"new","addDates":[{"date":"2036-07-02"}])");
  expect_problem(twice, 409, "date-exists");
  EXPECT_EQ(twice.json()["date"].text(), "2036-07-02");
  expect_problem(change(R"("addDates":[{"date":"2016-07-02"}])"), 422, "date-passed");
  const Response known =
      change_date("2036-07-02", R"("addSections":[{"name":"floor","seats":2,"price":9}])");
  expect_problem(known, 409, "section-exists");
  EXPECT_EQ(known.json()["section"].text(), "floor");
  expect_problem(
      change_date("2036-07-02", R"("addSections":[{"name":"box","seats":100000,"price":9}])"), 422,
      "change-refused");
  expect_problem(change_date("2036-07-09", R"("prices":{"floor":1})"), 404, "date-not-found");
  const Response priced = change_date("2036-07-02", R"("prices":{"box":1})");
  expect_problem(priced, 404, "section-not-found");
  EXPECT_EQ(priced.json()["section"].text(), "box");
  expect_problem(change_date("2036-07-02", R"("postponeTo":"2036-07-04T19:30")"), 409,
                 "date-exists");
  expect_problem(change_date("2036-07-02", R"("postponeTo":"2016-07-04")"), 422, "date-passed");
  expect_invalid(R"("addDates":[])", "addDates");
  expect_invalid(R"("addDates":[{"date":"2036-08-01"},{"date":"2036-08-01"}])", "addDates[1].date");
  expect_invalid(R"("addDates":[{"date":"2036-08-01","prices":{"R":1}}])", "addDates[0].prices");
  expect_invalid(R"("changeDates":[{"date":"2036-07-02","addSections":[{"name":"a","price":1}]}])",
                 "changeDates[0].addSections[0].seats");
  expect_invalid(R"("changeDates":[{"date":"2036-07-02"},{"date":"2036-07-02"}])",
                 "changeDates[1].date");
  const Json now = shop.concert(c);
  EXPECT_EQ(now["title"].text(), "t");
  EXPECT_EQ(now["dates"].size(), 2U);
}

TEST_F(ChangedSale, sections_and_prices_show_in_every_view_of_the_seats) {
  const Fan fan = shop.enter(c);
  const Response before = seats(fan, "2036-07-02");
  const std::int64_t version = before.json()["version"].integer();
  ASSERT_EQ(change_date("2036-07-02", R"("prices":{"floor":75},
      "addSections":[{"name":"stand","kind":"general","capacity":60,"price":20}])")
                .status,
            200);
  const Response after =
      seats(fan, "2036-07-02", "", {{"If-None-Match", std::string(before.header("etag"))}});
  ASSERT_EQ(after.status, 200) << "another version";
  const Json map = after.json();
  EXPECT_EQ(map["seatsTotal"].integer(), 64);
  EXPECT_EQ(map["sections"][0]["price"].integer(), 75);
  EXPECT_EQ(map["sections"][1]["first"].integer(), 5);
  EXPECT_EQ(map["sections"][1]["kind"].text(), "general");
  const Json since = seats(fan, "2036-07-02", fmt::format("?since={}", version)).json();
  EXPECT_EQ(since["seatsTotal"].integer(), 64) << "the whole map";
  EXPECT_EQ(hold(fan, "2036-07-02", 64).json()["amount"].integer(), 20);
}

TEST_F(ChangedSale, postponed_date_is_told_by_its_new_key) {
  const Fan fan = shop.enter(c);
  const Response held = hold(fan, "2036-07-02", 1);
  const std::string hold_path =
      Shop::path(c, fmt::format("/holds/{}", held.json()["holdId"].integer()));
  ASSERT_EQ(change_date("2036-07-02", R"("postponeTo":"2036-07-12T20:00")").status, 200);
  EXPECT_EQ(shop.fan(fan, "GET", hold_path).json()["date"].text(), "2036-07-12T20:00");
  expect_problem(seats(fan, "2036-07-02"), 404, "date-not-found");
  const Response now = seats(fan, "2036-07-12T20:00");
  ASSERT_EQ(now.status, 200);
  EXPECT_EQ(now.json()["seatsAvailable"].integer(), 3);
  const Json dates = shop.concert(c)["dates"];
  EXPECT_EQ(dates[1]["date"].text(), "2036-07-12T20:00") << "behind the other one";
  EXPECT_EQ(dates[1]["startsAt"].text(), "2036-07-12T11:00:00.000Z");
  EXPECT_EQ(dates[1]["closesAt"].text(), "2036-07-12T11:00:00.000Z");
  ASSERT_EQ(shop.admin("POST",
                       fmt::format("/v1/admin/concerts/{}/dates/2036-07-12T20:00/cancellation", c))
                .status,
            200);
  expect_problem(change_date("2036-07-12T20:00", R"("postponeTo":"2036-07-20")"), 409,
                 "date-cancelled");
}

TEST_F(ChangedSale, etag_of_the_settings_has_dates_and_prices) {
  const std::string path = fmt::format("/v1/admin/concerts/{}", c);
  const std::string tag(shop.admin("GET", path).header("etag"));
  ASSERT_EQ(change_date("2036-07-02", R"("prices":{"floor":75})").status, 200);
  EXPECT_NE(shop.admin("GET", path).header("etag"), tag);
}

}  // namespace
}  // namespace frontrow::api
