// Seating plans over HTTP: registered once, read by everybody, used by the dates of a sale.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

constexpr std::string_view kPlan =
    R"({"name":"Olympic Hall","categories":["VIP","R"],"sections":[
      {"name":"Floor A","category":"R","rows":[
        {"label":"A","seats":[{"label":"1","category":"VIP","x":1.5,"y":2},
                              {"label":"2","category":"VIP","x":2,"y":2},{"label":"3"}]},
        {"label":"B","first":1,"count":5,"y":3,"dx":0.5}]},
      {"name":"Standing","kind":"general","capacity":4,"category":"R"}]})";
constexpr std::string_view kDate = R"("date":"2047-05-01")";

class Plans : public ApiTest {
 protected:
  std::int64_t register_plan(std::string_view body = kPlan) {
    const Response made = shop.admin("POST", "/v1/admin/plans", body);
    EXPECT_EQ(made.status, 201) << made.body;
    const std::int64_t id = made.json()["planId"].integer();
    EXPECT_EQ(made.header("location"), fmt::format("/v1/plans/{}", id));
    return id;
  }
  Response create(std::string_view date) {
    return shop.admin("POST", "/v1/admin/concerts",
                      fmt::format(R"({{"title":"Planned","dates":[{{{}}}]}})", date));
  }
  std::int64_t concert_of_plan() {
    const Response made = create(fmt::format(
        R"({},"planId":{},"prices":{{"VIP":150000,"R":90000}})", kDate, register_plan()));
    EXPECT_EQ(made.status, 201) << made.body;
    return made.json()["concertId"].integer();
  }
  Response hold(std::int64_t c, const Fan& fan, std::string_view members) {
    return shop.fan(fan, "POST", Shop::path(c, "/holds"), fmt::format("{{{},{}}}", kDate, members));
  }
};

TEST_F(Plans, plan_is_public_complete_and_kept_by_caches) {
  const std::int64_t id = register_plan();
  const std::string path = fmt::format("/v1/plans/{}", id);
  for (int i = 0; i < 2; ++i) {
    const Response read = shop.http.request("GET", path);
    ASSERT_EQ(read.status, 200);
    EXPECT_EQ(read.header("cache-control"), "public, max-age=86400, immutable");
    const Json plan = read.json();
    EXPECT_EQ(plan["planId"].integer(), id);
    EXPECT_EQ(plan["seats"].integer(), 12);
    const Json rows = plan["sections"][0]["rows"];
    EXPECT_EQ(rows[1]["firstSeat"].integer(), 4);
    EXPECT_EQ(rows[1]["seats"][4]["label"].text(), "5");
    EXPECT_EQ(rows[0]["seats"][2]["category"].text(), "R");
    EXPECT_EQ(plan["sections"][1]["firstSeat"].integer(), 9);
    const Response same =
        shop.http.request("GET", path, {{"If-None-Match", std::string(read.header("etag"))}});
    EXPECT_EQ(same.status, 304);
    // A rendered plan can be registered again.
    EXPECT_EQ(shop.admin("POST", "/v1/admin/plans", read.body).status, 201);
  }
  const Json list = shop.admin("GET", "/v1/admin/plans").json();
  EXPECT_GE(list["plans"].size(), 2U);
  EXPECT_EQ(list["plans"][0]["name"].text(), "Olympic Hall");
  expect_problem(shop.http.request("GET", "/v1/plans/9999"), 404, "plan-not-found");
  expect_problem(shop.http.request("GET", "/v1/plans/x"), 404, "plan-not-found");
}

TEST_F(Plans, faults_are_named_by_their_place) {
  const auto refused = [&](std::string_view body, std::string_view field) {
    const Response no = shop.admin("POST", "/v1/admin/plans", body);
    expect_problem(no, 422, "invalid-field");
    EXPECT_EQ(no.json()["field"].text(), field) << no.body;
  };
  refused(R"({"name":"x","categories":["A"],"sections":[]})", "sections");
  refused(R"({"name":"x","categories":["A"],"sections":[{"name":"s","rows":[
            {"label":"1","seats":[{"label":"7","category":"A"},{"label":"7","category":"A"}]}]}]})",
          "sections[0].rows[0].seats[1].label");
  refused(R"({"name":"x","categories":["A"],"sections":[{"name":"s","rows":[
            {"label":"1","first":1,"count":2,"category":"B"}]}]})",
          "sections[0].rows[0].category");
  refused(R"({"name":"x","categories":["A"],"sections":[{"name":"s","category":"A","rows":[
            {"label":"1","first":1,"count":100001}]}]})",
          "sections[0].rows[0].count");
  refused(R"({"name":"x","categories":["A","A"],"sections":[{"name":"s","category":"A","rows":[
            {"label":"1","first":1,"count":3}]}]})",
          "categories[1]");
}

TEST_F(Plans, dates_take_sections_rows_and_prices_from_the_plan) {
  const std::int64_t c = concert_of_plan();
  const Json date = shop.concert(c)["dates"][0];
  EXPECT_EQ(date["seatsTotal"].integer(), 12);
  EXPECT_GE(date["planId"].integer(), 1);
  EXPECT_EQ(date["sections"][0]["category"].text(), "VIP");
  EXPECT_EQ(date["sections"][0]["price"].integer(), 150'000);
  EXPECT_EQ(date["sections"][1]["last"].integer(), 8);
  EXPECT_EQ(date["sections"][2]["kind"].text(), "general");
  const Fan fan = shop.enter(c);
  const Response back = hold(c, fan, R"("section":"Floor A","category":"R","quantity":4)");
  ASSERT_EQ(back.status, 201) << back.body;
  EXPECT_EQ(back.json()["seats"][0].integer(), 4) << "in one row, though seat 3 comes first";
  expect_problem(hold(c, fan, R"("category":"S","quantity":1)"), 404, "section-not-found");
  expect_problem(hold(c, fan, R"("category":"R","seats":[1])"), 422, "invalid-field");
  const Json seats = shop.fan(fan, "GET", Shop::path(c, "/dates/2047-05-01/seats")).json();
  EXPECT_EQ(seats["planId"].integer(), date["planId"].integer());
  EXPECT_EQ(seats["sections"][0]["category"].text(), "VIP");
}

TEST_F(Plans, prices_and_plan_must_fit) {
  const std::int64_t id = register_plan();
  const auto refused = [&](std::string_view members, int status, std::string_view slug) {
    const Response no = create(fmt::format("{},{}", kDate, members));
    expect_problem(no, status, slug);
    return no.json();
  };
  const std::string plan = fmt::format("\"planId\":{}", id);
  const Json missing = refused(plan + R"(,"prices":{"VIP":1})", 422, "price-missing");
  EXPECT_EQ(missing["category"].text(), "R");
  EXPECT_EQ(missing["date"].text(), "2047-05-01");
  const Json unknown =
      refused(plan + R"(,"prices":{"VIP":1,"R":1,"S":1})", 422, "category-not-found");
  EXPECT_EQ(unknown["category"].text(), "S");
  refused(R"("planId":99999,"prices":{"VIP":1})", 404, "plan-not-found");
  refused(plan + R"(,"sections":[{"name":"a","seats":1,"price":1}])", 422, "invalid-field");
  refused(R"("prices":{"VIP":1})", 422, "invalid-field");
  refused(plan + R"(,"prices":{"VIP":1,"VIP":2,"R":1})", 422, "invalid-field");
  refused(plan + R"(,"prices":{"VIP":-1,"R":1})", 422, "invalid-field");
  refused(plan + R"(,"prices":{"":1})", 422, "invalid-field");
  const std::string name(70'000, 'x');
  refused(fmt::format(R"({},"prices":{{"{}":1}})", plan, name), 422, "invalid-field");
}

// 100,000 seats: whole seats with positions make about 5 MB of JSON.
TEST_F(Plans, stadium_is_registered_read_and_sold) {
  std::string body = R"({"name":"Stadium","categories":["A","B","C","D"],"sections":[)";
  for (int section = 0; section < 100; ++section) {
    body += fmt::format(R"({}{{"name":"block {}","rows":[)", section == 0 ? "" : ",", section);
    for (int row = 0; row < 25; ++row) {
      body += fmt::format(R"({}{{"label":"{}","category":"{}","seats":[)", row == 0 ? "" : ",",
                          row + 1, "ABCD"[section % 4]);
      for (int seat = 0; seat < 40; ++seat) {
        body += fmt::format(R"({}{{"label":"{}","x":{}.{:02},"y":{}}})", seat == 0 ? "" : ",",
                            seat + 1, section * 50 + seat / 2, seat % 2 * 50, row);
      }
      body += "]}";
    }
    body += "]}";
  }
  body += "]}";
  const std::int64_t id = register_plan(body);
  const Response read = shop.http.request("GET", fmt::format("/v1/plans/{}", id));
  EXPECT_EQ(read.json()["seats"].integer(), 100'000);
  const Response made =
      create(fmt::format(R"({},"planId":{},"prices":{{"A":4,"B":3,"C":2,"D":1}})", kDate, id));
  ASSERT_EQ(made.status, 201) << made.body;
  const std::int64_t c = made.json()["concertId"].integer();
  const Fan fan = shop.enter(c);
  const Response held = hold(c, fan, R"("category":"D","quantity":2)");
  ASSERT_EQ(held.status, 201) << held.body;
  EXPECT_EQ(held.json()["seats"][0].integer(), 3001);
}

TEST(PlansAfterCrash, are_there_again) {
  ServerProcess server;
  const Response made = Shop(server).admin("POST", "/v1/admin/plans", kPlan);
  ASSERT_EQ(made.status, 201) << made.body;
  server.kill();
  ASSERT_TRUE(server.start());
  Shop again(server);
  const Response after = again.http.request("GET", std::string(made.header("location")));
  ASSERT_EQ(after.status, 200) << after.body;
  EXPECT_EQ(after.json()["seats"].integer(), 12);
  EXPECT_EQ(again.admin("POST", "/v1/admin/plans", kPlan).json()["planId"].integer(),
            made.json()["planId"].integer() + 1);
}

}  // namespace
}  // namespace frontrow::api
