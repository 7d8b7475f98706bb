// The line as caches keep it, over HTTP.
#include <fmt/format.h>

#include <vector>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

class LineView : public ApiTest {
 protected:
  Response read(std::int64_t c, std::string_view rest = "") {
    return shop.http.request("GET", fmt::format("/v1/concerts/{}/line{}", c, rest));
  }
};

TEST_F(LineView, is_public_and_short_lived_in_caches) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":45})");
  std::vector<Fan> fans;
  for (int i = 0; i < 12; ++i) fans.push_back(shop.join(c));
  EXPECT_EQ(shop.fan(fans[4], "DELETE", Shop::path(c, "/queue/token")).status, 204);

  const Response line = read(c);
  ASSERT_EQ(line.status, 200) << line.body;
  EXPECT_EQ(line.header("Cache-Control"), "public, max-age=1");
  const Json seen = line.json();
  seen.expect_shape(
      "concertId:i phase:s waiting:i places:i admittedUpTo:i room:i admitPerSecond:i "
      "admittedPerMinute:i blockPlaces:i idleSeconds:i asOf:t");
  EXPECT_EQ(seen["waiting"].integer(), 10);
  EXPECT_EQ(seen["places"].integer(), 12);
  EXPECT_EQ(seen["admittedUpTo"].integer(), 1);
  EXPECT_EQ(seen["idleSeconds"].integer(), 45);

  const Response block = read(c, "/blocks/0");
  ASSERT_EQ(block.status, 200) << block.body;
  EXPECT_EQ(block.header("Cache-Control"), "public, max-age=2");
  block.json().expect_shape("concertId:i block:i places:i waitingBefore:i bits:s asOf:t");
  EXPECT_EQ(block.json()["bits"].text(), "7g8=") << "places 2 to 12 without 5";
  EXPECT_EQ(read(c, "/blocks/1").json()["places"].integer(), 0);
}

TEST_F(LineView, refuses_paths_that_name_no_block) {
  const std::int64_t c = shop.create_concert();
  for (const char* block : {"x", "-1", "01", "4294967296", "0x1", "1.5"})
    expect_problem(read(c, fmt::format("/blocks/{}", block)), 422, "invalid-field");
  EXPECT_EQ(read(c, "/blocks/").status, 404);
  expect_problem(read(999'999), 404, "not-found");
  expect_problem(read(999'999, "/blocks/0"), 404, "not-found");
}

TEST_F(LineView, clients_are_sent_to_the_cache_where_there_is_one) {
  ServerProcess server({"--http-line-cached"});
  Shop cached(server);
  const std::int64_t c = cached.create_concert(R"("queue":{"maxActive":1})");
  const Fan inside = cached.join(c);
  const Fan waiting = cached.join(c);
  EXPECT_TRUE(cached.entry(c, waiting)["lineCached"].boolean());
  EXPECT_FALSE(cached.entry(c, inside).has("lineCached"));
  const std::int64_t other = shop.create_concert(R"("queue":{"maxActive":1})");
  shop.join(other);
  EXPECT_FALSE(shop.entry(other, shop.join(other)).has("lineCached"));
}

}  // namespace
}  // namespace frontrow::api
