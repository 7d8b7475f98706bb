// The waiting line as fans see it: order, admission, and the ways in which a place ends.

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using std::chrono::steady_clock;

class Line : public ApiTest {
 protected:
  static int ms_since(steady_clock::time_point start) {
    return static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start).count());
  }

  void leave(std::int64_t c, const Fan& fan) {
    EXPECT_EQ(shop.fan(fan, "DELETE", Shop::path(c, "/queue/token")).status, 204);
  }
};

TEST_F(Line, order_of_200_joins_is_the_order_of_admission) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"admitPerSecond":1000000})");
  std::vector<Fan> fans;
  for (int i = 0; i < 200; ++i) {
    fans.push_back(shop.join(c));
    EXPECT_EQ(fans[i].number, i + 1);
  }
  for (int i = 1; i < 200; ++i) EXPECT_EQ(shop.entry(c, fans[i])["position"].integer(), i);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(await([&] { return shop.state(c, fans[i]) == "active"; })) << i;
    if (i + 1 < 200) {
      const Json next = shop.entry(c, fans[i + 1]);
      EXPECT_EQ(next["state"].text(), "waiting");
      EXPECT_EQ(next["position"].integer(), 1);
      EXPECT_EQ(next["waiting"].integer(), 199 - i);
    }
    if (i % 2 == 0) {
      leave(c, fans[i]);
    } else {
      shop.charge(fans[i], 1000);
      const std::int64_t payment = shop.pay(c, fans[i], shop.hold(c, fans[i], {1}));
      EXPECT_EQ(shop.refund(c, payment).status, 201);
    }
  }
}

TEST_F(Line, positions_shrink_as_people_before_leave) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  std::vector<Fan> fans;
  for (int i = 0; i < 20; ++i) fans.push_back(shop.join(c));
  leave(c, fans[5]);
  leave(c, fans[10]);
  EXPECT_EQ(shop.entry(c, fans[4])["position"].integer(), 4);
  EXPECT_EQ(shop.entry(c, fans[6])["position"].integer(), 5);
  EXPECT_EQ(shop.entry(c, fans[19])["position"].integer(), 17);
  EXPECT_EQ(shop.entry(c, fans[19])["waiting"].integer(), 17);
  EXPECT_EQ(shop.state(c, fans[5]), "left");
}

TEST_F(Line, who_left_joins_again_at_the_end) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  shop.enter(c);
  const Fan gone = shop.join(c);
  const Fan behind = shop.join(c);
  leave(c, gone);
  const Response again = shop.post_join(c, gone.user);
  EXPECT_EQ(again.status, 201);
  EXPECT_GT(again.json()["number"].integer(), behind.number);
  EXPECT_EQ(shop.entry(c, behind)["position"].integer(), 1);
}

TEST_F(Line, rejoining_keeps_the_old_token_good) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  shop.enter(c);
  const Fan first = shop.join(c);
  const Fan second = shop.join(c, first.user);
  EXPECT_EQ(first.number, second.number);
  EXPECT_EQ(shop.entry(c, first)["position"].integer(), 1);
  EXPECT_EQ(shop.entry(c, second)["position"].integer(), 1);
}

TEST_F(Line, opens_by_itself_at_the_time_and_in_order) {
  const std::string opens_at = time_from_now(1500);
  const auto start = steady_clock::now();
  const std::int64_t c =
      shop.create_concert(fmt::format(R"("opensAt":"{}","queue":{{"maxActive":2}})", opens_at));
  EXPECT_EQ(shop.concert(c)["opensAt"].text(), opens_at);
  std::vector<Fan> fans;
  for (int i = 0; i < 4; ++i) fans.push_back(shop.join(c));
  EXPECT_EQ(shop.entry(c, fans[0])["state"].text(), "waiting");
  EXPECT_EQ(shop.entry(c, fans[0])["position"].integer(), 1);
  ASSERT_TRUE(await([&] { return shop.state(c, fans[0]) == "active"; }));
  EXPECT_GE(ms_since(start), 1450);
  EXPECT_LT(ms_since(start), 2500);
  EXPECT_TRUE(await([&] { return shop.state(c, fans[1]) == "active"; }));
  EXPECT_EQ(shop.state(c, fans[2]), "waiting");
  EXPECT_EQ(shop.concert(c)["phase"].text(), "open");
}

TEST_F(Line, paused_line_takes_joins_and_admits_nobody) {
  const std::int64_t c = shop.create_concert();
  const Fan inside = shop.enter(c);
  shop.change(c, R"({"phase":"paused"})");
  const Fan waiting = shop.join(c);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(300));  // long enough for an admission if the sale were open
  EXPECT_EQ(shop.state(c, waiting), "waiting");
  EXPECT_EQ(shop.state(c, inside), "active");
  shop.change(c, R"({"phase":"open"})");
  EXPECT_TRUE(await([&] { return shop.state(c, waiting) == "active"; }));
}

TEST_F(Line, closed_line_admits_nobody) {
  const std::int64_t c = shop.create_concert();
  shop.change(c, R"({"phase":"closed"})");
  EXPECT_EQ(shop.concert(c)["phase"].text(), "closed");
  const Response joined = shop.post_join(c, new_user());
  EXPECT_TRUE(joined.status == 409 || joined.status == 403 || joined.status == 201) << joined.body;
  if (joined.status == 201) {
    EXPECT_EQ(joined.json()["state"].text(), "waiting");
  }
  EXPECT_EQ(shop.concert(c)["active"].integer(), 0);
}

TEST_F(Line, never_more_active_than_the_cap) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":7,"admitPerSecond":1000})");
  std::vector<Fan> fans;
  for (int i = 0; i < 30; ++i) fans.push_back(shop.join(c));
  ASSERT_TRUE(await([&] { return shop.concert(c)["active"].integer() == 7; }));
  for (int i = 0; i < 23; ++i) {
    leave(c, fans[i]);
    EXPECT_LE(shop.concert(c)["active"].integer(), 7);
    EXPECT_TRUE(await([&] { return shop.state(c, fans[i + 7]) == "active"; }));
  }
  EXPECT_EQ(shop.concert(c)["active"].integer(), 7);
  shop.change(c, R"({"queue":{"maxActive":3}})");
  EXPECT_EQ(shop.concert(c)["active"].integer(), 7);
}

TEST_F(Line, raised_cap_admits_at_once) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1})");
  std::vector<Fan> fans;
  for (int i = 0; i < 5; ++i) fans.push_back(shop.join(c));
  shop.change(c, R"({"queue":{"maxActive":5}})");
  EXPECT_TRUE(await([&] { return shop.state(c, fans[4]) == "active"; }, 1000));
}

TEST_F(Line, rate_over_time_is_what_was_set) {
  const std::int64_t c = shop.create_concert(R"("queue":{"admitPerSecond":10,"maxActive":1000})");
  shop.change(c, R"({"phase":"paused"})");
  std::vector<Fan> fans;
  for (int i = 0; i < 60; ++i) fans.push_back(shop.join(c));
  shop.change(c, R"({"phase":"open"})");
  const auto start = steady_clock::now();
  std::int64_t before = 0;
  while (ms_since(start) < 2000) {
    const int began = ms_since(start);
    const std::int64_t active = shop.concert(c)["active"].integer();
    const int ended = ms_since(start);
    // One second's admissions may come at once at the opening; later ones follow the rate.
    EXPECT_LE(active, 10 + (ended + 50) / 100 + 1) << ended;
    EXPECT_GE(active, began / 100 - 4) << began;
    EXPECT_GE(active, before);
    before = active;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

TEST_F(Line, who_stops_polling_leaves_who_polls_stays) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":1})");
  const Fan inside = shop.enter(c);
  shop.hold(c, inside, {1});  // has acted, so is not a no-show
  const Fan silent = shop.join(c);
  const Fan polling = shop.join(c);
  ASSERT_TRUE(await([&] { return shop.entry(c, polling)["position"].integer() == 1; }, 4000));
  EXPECT_EQ(shop.state(c, silent), "expired");
  EXPECT_EQ(shop.state(c, inside), "active");
  const auto start = steady_clock::now();
  while (ms_since(start) < 1500) {
    ASSERT_EQ(shop.state(c, polling), "waiting");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

TEST_F(Line, restart_does_not_punish_for_the_downtime) {
  ServerProcess other;
  std::int64_t c = 0;
  std::vector<Fan> fans;
  {
    Shop before(other);
    c = before.create_concert(R"("queue":{"maxActive":1,"idleSeconds":2})");
    const Fan inside = before.enter(c);
    before.hold(c, inside, {1});
    for (int i = 0; i < 5; ++i) fans.push_back(before.join(c));
  }
  other.kill();
  std::this_thread::sleep_for(std::chrono::milliseconds(2200));  // longer than idleSeconds
  ASSERT_TRUE(other.start());
  Shop after(other);
  for (int i = 0; i < 5; ++i) {
    const Json entry = after.entry(c, fans[i]);
    EXPECT_EQ(entry["state"].text(), "waiting");
    EXPECT_EQ(entry["position"].integer(), i + 1);
  }
}

TEST_F(Line, session_ends_at_its_time_and_frees_seats_for_the_next) {
  const std::int64_t c = shop.create_concert(R"("queue":{"maxActive":1,"sessionSeconds":1})");
  const Fan first = shop.enter(c);
  const auto start = steady_clock::now();
  const Fan second = shop.join(c);
  const std::int64_t hold = shop.hold(c, first, {1});
  ASSERT_TRUE(await([&] { return shop.state(c, second) == "active"; }, 4000));
  EXPECT_GE(ms_since(start), 900);
  EXPECT_LT(ms_since(start), 2000);
  EXPECT_EQ(shop.state(c, first), "expired");
  EXPECT_EQ(shop.post_hold(c, first, {2}).slug(), "token-expired");
  EXPECT_EQ(shop.post_payment(c, first, hold).slug(), "token-expired");
  shop.hold(c, second, {1});
}

TEST_F(Line, poll_interval_grows_with_the_distance) {
  const std::int64_t c =
      shop.create_concert(R"("queue":{"maxActive":1,"admitPerSecond":1,"idleSeconds":600})");
  Fan near;
  std::vector<Fan> far;
  for (int i = 0; i < 2000; ++i) {
    const Fan fan = shop.join(c);
    if (i == 1) near = fan;
    if (i >= 1980) far.push_back(fan);
  }
  const std::int64_t near_ms = shop.entry(c, near)["pollAfterMs"].integer();
  std::set<std::int64_t> seen;
  for (const Fan& fan : far) seen.insert(shop.entry(c, fan)["pollAfterMs"].integer());
  EXPECT_GT(*seen.begin(), near_ms);
  // Twenty neighbours who joined together must get poll times that are well apart.
  EXPECT_GT(*seen.rbegin() - *seen.begin(), 500) << "not jittered";
  // A poll at the requested time is never too late for idleSeconds.
  EXPECT_LT(*seen.rbegin(), 600'000);
}

TEST_F(Line, poll_interval_fits_into_the_idle_time) {
  const std::int64_t c =
      shop.create_concert(R"("queue":{"maxActive":1,"admitPerSecond":1,"idleSeconds":2})");
  Fan last;
  for (int i = 0; i < 1000; ++i) last = shop.join(c);
  EXPECT_LT(shop.entry(c, last)["pollAfterMs"].integer(), 2000);
}

}  // namespace
}  // namespace frontrow::api
