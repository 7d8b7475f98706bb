// Machines whose clocks differ by an hour.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cluster/cluster.h"
#include "tests/faults/wall_clock.h"

namespace frontrow::cluster {
namespace {

constexpr int kHour = 3600;

class Clocks : public LocalClusterTest {
 protected:
  // The first instance's clock is ahead of the others'; each reads the wall clock at its start.
  void start_with_the_first_ahead() {
    ASSERT_TRUE(cluster->begin_etcd());
    wall.set_ahead(kHour);
    cluster->launch(1);
    ASSERT_TRUE(cluster->instance(1).await_ready());
    wall.set_ahead(0);
    cluster->launch(2);
    cluster->launch(3);
    for (const int id : cluster->living()) ASSERT_TRUE(cluster->instance(id).await_ready());
    ASSERT_TRUE(cluster->await_settled());
  }

  std::int64_t concert_of(int id, api::Shop& shop) {
    for (;;) {
      const std::int64_t concert = shop.create_concert(R"("queue":{"maxActive":1})");
      if (HasFailure() || cluster->owner_of_concert(concert) == id) return concert;
    }
  }

  faults::WallClock wall;
};

TEST_F(Clocks, stream_tells_of_a_place_whose_owner_is_an_hour_ahead) {
  if (!wall.why_not().empty()) GTEST_SKIP() << "no clock to set: " << wall.why_not();
  ASSERT_NO_FATAL_FAILURE(start_with_the_first_ahead());
  api::Shop shop(cluster->shop(2));
  const std::int64_t concert = concert_of(1, shop);
  const api::Fan first = shop.enter(concert);
  const api::Fan next = shop.join(concert);
  api::HttpClient stream(cluster->place(2));
  ASSERT_TRUE(stream.connect());
  stream.send(
      fmt::format("GET /v1/concerts/{}/queue/token/events HTTP/1.1\r\nHost: x\r\n"
                  "Authorization: Bearer {}\r\n\r\n",
                  concert, next.token));
  std::string told;
  const auto tells = [&](const char* state) {
    told += stream.receive_some(20);
    return told.find(fmt::format(R"("state":"{}")", state)) != told.npos;
  };
  ASSERT_TRUE(api::await([&] { return tells("waiting"); })) << told;
  EXPECT_EQ(shop.fan(first, "DELETE", api::Shop::path(concert, "/queue/token")).status, 204);
  EXPECT_TRUE(api::await([&] { return tells("active"); })) << told;
}

}  // namespace
}  // namespace frontrow::cluster
