// The waitlist over HTTP.
#include <fmt/format.h>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class WaitlistOfFans : public ApiTest {
 protected:
  // Sold out, but for the holds of `holder`.
  std::int64_t sold_out(Fan& holder, std::vector<std::int64_t>& holds) {
    const std::int64_t c = shop.create_concert(
        R"("offerSeconds":60,"dates":[{"date":"2047-05-01",
           "sections":[{"name":"floor","seats":4,"price":1000}]}])");
    holder = shop.enter(c);
    holds = {shop.hold(c, holder, {1, 2}), shop.hold(c, holder, {3, 4})};
    return c;
  }
  Response join(std::int64_t c, const Fan& fan, std::string_view body) {
    return shop.fan(fan, "POST", Shop::path(c, "/waitlist"), body);
  }
  Json read(std::int64_t c, const Fan& fan) {
    const Response response = shop.fan(fan, "GET", Shop::path(c, "/waitlist"));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.json();
  }
};

constexpr std::string_view kTwo = R"({"date":"2047-05-01","quantity":2})";

TEST_F(WaitlistOfFans, seats_that_come_back_are_offered) {
  Fan holder;
  std::vector<std::int64_t> holds;
  const std::int64_t c = sold_out(holder, holds);
  const Fan ann = shop.enter(c);
  const Fan bob = shop.enter(c);
  const Response joined = join(c, ann, kTwo);
  ASSERT_EQ(joined.status, 201) << joined.body;
  EXPECT_EQ(joined.header("Location"), fmt::format("/v1/concerts/{}/waitlist", c));
  const Json entry = joined.json()["entries"][0];
  entry.expect_shape("date:d quantity:i position:i waiting:i since:t");
  EXPECT_EQ(join(c, ann, kTwo).status, 200);
  EXPECT_EQ(join(c, bob, R"({"date":"2047-05-01","section":"floor","quantity":1})").status, 201);
  EXPECT_EQ(read(c, bob)["entries"][0]["position"].integer(), 2);
  EXPECT_EQ(read(c, bob)["entries"][0]["section"].text(), "floor");
  EXPECT_EQ(shop.entry(c, bob)["waitlistPosition"].integer(), 2);

  const Response user =
      shop.admin("GET", fmt::format("/v1/admin/concerts/{}/users/{}", c, bob.user));
  ASSERT_EQ(user.status, 200) << user.body;
  const Json seen = user.json()["waitlist"];
  ASSERT_EQ(seen.size(), 1U);
  seen[0].expect_shape("date:d section:s quantity:i position:i waiting:i since:t");
  EXPECT_EQ(seen[0]["position"].integer(), 2);

  shop.charge(ann, 5000);
  EXPECT_EQ(shop.fan(holder, "DELETE", Shop::path(c, fmt::format("/holds/{}", holds[0]))).status,
            204);
  ASSERT_TRUE(await([&] { return read(c, ann)["offers"].size() == 1; }));
  const Json offer = read(c, ann)["offers"][0];
  EXPECT_EQ(offer["seats"].integers(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(shop.entry(c, ann)["offeredHoldId"].integer(), offer["holdId"].integer());
  shop.pay(c, ann, offer["holdId"].integer());
  EXPECT_EQ(read(c, bob)["entries"][0]["position"].integer(), 1);
}

TEST_F(WaitlistOfFans, requests_that_make_no_sense_are_refused) {
  Fan holder;
  std::vector<std::int64_t> holds;
  const std::int64_t c = sold_out(holder, holds);
  const Fan ann = shop.enter(c);
  expect_problem(join(c, ann, R"({"date":"2047-05-01"})"), 422, "invalid-field");
  expect_problem(join(c, ann, R"({"date":"2047-05-01","quantity":0})"), 422, "invalid-field");
  expect_problem(join(c, ann, R"({"date":"2047-05-01","quantity":33})"), 422, "invalid-field");
  expect_problem(join(c, ann, R"({"date":"2047-05-01","quantity":5})"), 422, "limit-exceeded");
  expect_problem(join(c, ann, R"({"date":"2047-05-02","quantity":1})"), 404, "date-not-found");
  expect_problem(join(c, ann, R"({"date":"2047-05-01","section":"roof","quantity":1})"), 404,
                 "section-not-found");
  ASSERT_EQ(join(c, ann, kTwo).status, 201);
  expect_problem(join(c, ann, R"({"date":"2047-05-01","quantity":1})"), 409, "on-waitlist");
  EXPECT_EQ(shop.fan(ann, "DELETE", Shop::path(c, "/waitlist?date=2047-05-01")).status, 204);
  EXPECT_EQ(shop.fan(ann, "DELETE", Shop::path(c, "/waitlist")).status, 204);
  EXPECT_EQ(read(c, ann)["entries"].size(), 0U);
  const std::int64_t fresh = shop.create_concert();
  const Response early = join(fresh, shop.enter(fresh), kTwo);
  expect_problem(early, 409, "not-sold-out");
  EXPECT_EQ(early.json()["seatsAvailable"].integer(), 50);
}

TEST_F(WaitlistOfFans, an_offer_is_all_that_its_session_is_for) {
  Fan holder;
  std::vector<std::int64_t> holds;
  const std::int64_t c = sold_out(holder, holds);
  const Fan ann = shop.enter(c);
  ASSERT_EQ(join(c, ann, kTwo).status, 201);
  EXPECT_EQ(shop.fan(ann, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  for (const std::int64_t hold : holds)
    EXPECT_EQ(shop.fan(holder, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold))).status,
              204);
  ASSERT_TRUE(await([&] { return shop.state(c, ann) == "active"; }));
  expect_problem(shop.post_hold(c, ann, {3}), 409, "offer-only");
}

}  // namespace
}  // namespace frontrow::api
