// The shuffled opening over HTTP: fans who joined before get places that follow from the seed that
// the concert publishes.
#include <fmt/format.h>

#include "engine/base/seeded_shuffle.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

std::string at_random(std::string_view opens_at) {
  return fmt::format(
      R"("order":"random","opensAt":"{}","queue":{{"maxActive":1,"admitPerSecond":1}})", opens_at);
}

class ShuffleOfFans : public ApiTest {
 protected:
  Json concert_seen_by_all(std::int64_t c) {
    const Response response = shop.http.request("GET", fmt::format("/v1/concerts/{}", c));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.json();
  }
};

TEST_F(ShuffleOfFans, gives_places_that_anybody_can_check) {
  const std::int64_t c = shop.create_concert(at_random(time_from_now(2500)));
  const Json before = concert_seen_by_all(c);
  EXPECT_EQ(before["order"].text(), "random");
  EXPECT_EQ(before["shuffle"].text(), "pending");
  const auto commitment = parse_bytes32(before["seedCommitment"].text());
  ASSERT_TRUE(commitment);
  const std::string as_told = shop.admin("GET", fmt::format("/v1/admin/concerts/{}", c)).body;
  EXPECT_EQ(as_told.find("\"seed\""), as_told.npos) << "operators do not know it either";

  std::vector<Fan> fans;
  for (int i = 0; i < 8; ++i) fans.push_back(shop.join(c));
  const Response waiting = shop.fan(fans[0], "GET", Shop::path(c, "/queue/token"));
  EXPECT_EQ(waiting.json()["shuffle"].text(), "pending");
  EXPECT_EQ(waiting.json()["position"].integer(), 8);
  EXPECT_EQ(waiting.body.find("\"place\""), waiting.body.npos);
  EXPECT_NE(waiting.body.find("\"estimatedWaitSeconds\":null"), waiting.body.npos);
  const Response refused = shop.fan(fans[0], "GET", Shop::path(c, "/dates"));
  expect_problem(refused, 403, "not-admitted");
  EXPECT_EQ(refused.json()["shuffle"].text(), "pending");

  ASSERT_TRUE(await([&] { return concert_seen_by_all(c)["shuffle"].text() == "done"; }));
  const Json after = concert_seen_by_all(c);
  EXPECT_EQ(after["seedCommitment"].text(), to_hex(*commitment));
  EXPECT_EQ(after["shuffledCount"].integer(), 8);
  const auto seed = parse_bytes32(after["seed"].text());
  ASSERT_TRUE(seed);
  EXPECT_EQ(commitment_of(*seed), *commitment);
  const std::vector<std::uint32_t> numbers = shuffled_numbers(*seed, 8);
  for (const Fan& fan : fans) {
    const Json entry = shop.entry(c, fan);
    EXPECT_EQ(entry["shuffle"].text(), "done");
    EXPECT_EQ(entry["number"].integer(), fan.number);
    const auto place = static_cast<std::size_t>(entry["place"].integer());
    ASSERT_TRUE(place >= 1 && place <= 8);
    EXPECT_EQ(numbers[place - 1], fan.number);
  }
  EXPECT_EQ(shop.entry(c, shop.join(c))["place"].integer(), 9);
}

TEST_F(ShuffleOfFans, each_concert_has_a_seed_of_its_own) {
  const std::string members = at_random("2046-05-01T10:00:00Z");
  const std::int64_t one = shop.create_concert(members), other = shop.create_concert(members);
  EXPECT_NE(concert_seen_by_all(one)["seedCommitment"].text(),
            concert_seen_by_all(other)["seedCommitment"].text());
}

TEST_F(ShuffleOfFans, order_of_arrival_is_the_default_and_has_no_seed) {
  for (const std::string_view members : {"", R"("order":"arrival")"}) {
    const std::int64_t c = shop.create_concert(members);
    const Response response = shop.http.request("GET", fmt::format("/v1/concerts/{}", c));
    EXPECT_EQ(response.json()["order"].text(), "arrival");
    EXPECT_EQ(response.body.find("seed"), response.body.npos);
    const Response entry = shop.fan(shop.join(c), "GET", Shop::path(c, "/queue/token"));
    EXPECT_EQ(entry.body.find("shuffle"), entry.body.npos);
  }
}

TEST_F(ShuffleOfFans, sale_that_opens_at_once_can_not_be_shuffled) {
  for (const std::string_view order : {"random", "alphabetic"}) {
    const Response response = shop.admin(
        "POST", "/v1/admin/concerts",
        fmt::format(R"({{"title":"T","order":"{}","dates":[{{"date":"2047-05-01"}}]}})", order));
    expect_problem(response, 422, "invalid-field");
    EXPECT_EQ(response.json()["field"].text(), "order");
  }
}

}  // namespace
}  // namespace frontrow::api
