// Holds over time: who owns the seat before and after the deadline, and who gets it at the
// deadline.

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/api/support/payment_ledger.h"

namespace frontrow::api {
namespace {

using std::chrono::steady_clock;

class HoldExpiry : public ApiTest {};

TEST_F(HoldExpiry, seat_is_closed_to_others_until_the_deadline_and_free_after_it) {
  const std::int64_t c = shop.create_concert(R"("holdSeconds":1)");
  const Fan owner = shop.enter(c);
  const Fan other = shop.enter(c);
  shop.charge(owner, 1000);
  const auto start = steady_clock::now();
  const std::int64_t hold = shop.hold(c, owner, {1});
  Response taken;
  ASSERT_TRUE(await([&] { return (taken = shop.post_hold(c, other, {1})).status == 201; }, 3000))
      << taken.body;
  const auto waited = steady_clock::now() - start;
  EXPECT_GE(waited, std::chrono::milliseconds(990));
  EXPECT_LT(waited, std::chrono::milliseconds(1500));
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  for (const Response& gone : {shop.fan(owner, "GET", path), shop.fan(owner, "DELETE", path),
                               shop.post_payment(c, owner, hold)}) {
    EXPECT_EQ(gone.status, 410) << gone.body;
    EXPECT_EQ(gone.slug(), "hold-expired");
  }
  EXPECT_EQ(shop.balance(owner.user), 1000);
}

TEST_F(HoldExpiry, expired_seats_are_shown_as_free_to_all) {
  const std::int64_t c = shop.create_concert(R"("holdSeconds":1)");
  const Fan owner = shop.enter(c);
  shop.hold(c, owner, {1, 2});
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 2);
  EXPECT_TRUE(await([&] { return shop.concert(c)["dates"][0]["held"].integer() == 0; }, 2500));
  const Response seats = shop.fan(owner, "GET", Shop::path(c, "/dates/2047-05-01/seats"));
  EXPECT_EQ(seats.json()["seatsAvailable"].integer(), 50);
  const Response again = shop.post_hold(c, owner, {1, 2});
  expect_problem(again, 409, "seat-unavailable");  // other fans come first
  shop.hold(c, owner, {3, 4, 5, 6});               // expired holds don't count to the limit
}

TEST_F(HoldExpiry, deadline_is_exact_for_payments_around_it) {
  // 40 fans pay between 60 ms before and 60 ms after their deadlines while other fans wait for the
  // seats.
  constexpr int kFans = 40;
  const std::int64_t c = shop.create_concert(R"("holdSeconds":1)");
  std::map<std::string, std::int64_t> charged;
  std::vector<Fan> fans;
  std::vector<Fan> others;
  for (int i = 0; i < kFans; ++i) {
    fans.push_back(shop.enter(c));
    others.push_back(shop.enter(c));
    shop.charge(fans[i], 1000);
    charged[fans[i].user] = 1000;
  }
  std::atomic<int> paid{0};
  std::atomic<int> expired{0};
  in_parallel(kFans, [&](int i) {
    Shop own(server());
    const std::int64_t hold = own.hold(c, fans[i], {i + 1});
    std::this_thread::sleep_for(std::chrono::milliseconds(940 + i * 120 / kFans));
    bool taken = false;
    std::jthread rival([&, i] {
      Shop theirs(server());
      taken = await([&] { return theirs.post_hold(c, others[i], {i + 1}).status == 201; }, 400);
    });
    const Response answer = own.post_payment(c, fans[i], hold);
    rival.join();
    EXPECT_TRUE(answer.status == 201 || answer.slug() == "hold-expired") << answer.body;
    EXPECT_NE(answer.status == 201, taken) << "seat " << i + 1;
    paid += answer.status == 201;
    expired += answer.status == 410;
  });
  EXPECT_EQ(paid + expired, kFans);
  EXPECT_GT(paid, 0);
  EXPECT_GT(expired, 0);
  EXPECT_EQ(shop.concert(c)["dates"][0]["sold"].integer(), paid);
  expect_books_balance(shop, c, charged);
}

TEST_F(HoldExpiry, several_seats_come_all_or_not_at_all) {
  const std::int64_t c = shop.create_concert();
  const Fan first = shop.enter(c);
  const Fan second = shop.enter(c);
  shop.hold(c, first, {3});
  EXPECT_EQ(shop.post_hold(c, second, {1, 2, 3}).status, 409);
  EXPECT_EQ(shop.concert(c)["dates"][0]["held"].integer(), 1);
  shop.hold(c, second, {1, 2});
}

TEST_F(HoldExpiry, hold_survives_a_restart_with_its_deadline) {
  ServerProcess other;
  std::int64_t c = 0;
  Fan fan;
  std::int64_t hold = 0;
  std::string expires_at;
  {
    Shop before(other);
    // Longer than a restart takes, also where the store waits for the lease of the process before.
    c = before.create_concert(R"("holdSeconds":12)");
    fan = before.enter(c);
    const Response held = before.post_hold(c, fan, {1});
    hold = held.json()["holdId"].integer();
    expires_at = held.json()["expiresAt"].text();
  }
  other.kill();
  ASSERT_TRUE(other.start());
  Shop after(other);
  const std::string path = Shop::path(c, fmt::format("/holds/{}", hold));
  EXPECT_EQ(after.fan(fan, "GET", path).json()["expiresAt"].text(), expires_at);
  EXPECT_TRUE(await([&] { return after.fan(fan, "GET", path).status == 410; }, 15'000));
}

TEST_F(HoldExpiry, thousand_holds_that_expire_together_free_all_their_seats) {
  const std::int64_t c = shop.create_concert(
      R"("holdSeconds":2,"maxSeatsPerUser":1000,"dates":[{"date":"2047-05-01","sections":[{"name":"a","seats":1000,"price":1}]}])");
  const Fan fan = shop.enter(c);
  in_parallel(8, [&](int i) {
    Shop own(server());
    for (int seat = i + 1; seat <= 1000; seat += 8) own.hold(c, fan, {seat});
  });
  EXPECT_GT(shop.concert(c)["dates"][0]["held"].integer(), 0);
  EXPECT_TRUE(await([&] { return shop.concert(c)["dates"][0]["free"].integer() == 1000; }, 6000));
}

}  // namespace
}  // namespace frontrow::api
