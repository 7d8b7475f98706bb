// Concurrent clients compete for one resource: one gets it, the others get a rejection, and the
// ledger agrees.

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "tests/api/support/payment_ledger.h"

namespace frontrow::api {
namespace {

constexpr int kRaceClients = 64;

// The parameter is the number of threads: concerts and users fall on other threads each time.
class Race : public testing::TestWithParam<const char*> {
 protected:
  Race() : server_({"--threads", GetParam()}), shop_(server_) {}

  std::vector<Fan> enter(std::int64_t concert, int count) {
    std::vector<Fan> fans;
    for (int i = 0; i < count; ++i) fans.push_back(shop_.enter(concert));
    return fans;
  }

  ServerProcess server_;
  Shop shop_;
};

INSTANTIATE_TEST_SUITE_P(Threads, Race, testing::Values("1", "2", "4"),
                         [](const auto& param) { return std::string("on_") + param.param; });

TEST_P(Race, each_of_50_seats_has_one_owner_among_64_clients) {
  const std::int64_t c = shop_.create_concert();
  const std::vector<Fan> fans = enter(c, kRaceClients);
  std::vector<std::atomic<int>> owners(51);
  std::atomic<int> others{0};
  in_parallel(kRaceClients, [&](int i) {
    Shop shop(server_);
    for (int k = 0; k < 50; ++k) {
      const int seat = (i + k) % 50 + 1;
      const Response held = shop.post_hold(c, fans[i], {seat});
      if (held.status == 201) {
        ++owners[seat];
      } else if (held.slug() != "seat-unavailable" && held.slug() != "limit-exceeded") {
        ++others;
      }
    }
  });
  EXPECT_EQ(others, 0);
  for (int seat = 1; seat <= 50; ++seat) EXPECT_EQ(owners[seat], 1) << seat;
  EXPECT_EQ(shop_.concert(c)["dates"][0]["held"].integer(), 50);
}

TEST_P(Race, one_seat_goes_to_one_of_64_and_is_sold_once) {
  const std::int64_t c = shop_.create_concert();
  const std::vector<Fan> fans = enter(c, kRaceClients);
  for (const Fan& fan : fans) shop_.charge(fan, 1000);
  std::atomic<int> sold{0};
  std::atomic<int> conflicts{0};
  in_parallel(kRaceClients, [&](int i) {
    Shop shop(server_);
    const Response held = shop.post_hold(c, fans[i], {1});
    conflicts += held.status == 409;
    if (held.status != 201) return;
    sold += shop.post_payment(c, fans[i], held.json()["holdId"].integer()).status == 201;
  });
  EXPECT_EQ(sold, 1);
  EXPECT_EQ(conflicts, kRaceClients - 1);
  EXPECT_EQ(shop_.concert(c)["dates"][0]["sold"].integer(), 1);
}

TEST_P(Race, overlapping_pairs_of_seats_are_all_or_nothing) {
  const std::int64_t c = shop_.create_concert();
  const std::vector<Fan> fans = enter(c, 50);
  std::atomic<int> held{0};
  in_parallel(50, [&](int i) {
    Shop shop(server_);
    held += shop.post_hold(c, fans[i], {i + 1, (i + 1) % 50 + 1}).status == 201 ? 2 : 0;
  });
  EXPECT_EQ(shop_.concert(c)["dates"][0]["held"].integer(), held);
  EXPECT_GE(held, 2 * 50 / 3);
}

TEST_P(Race, charges_and_payments_on_one_wallet_conserve_money) {
  // One user pays in 32 concerts while charges arrive.
  constexpr int kConcerts = 32;
  const std::string user = new_user();
  std::vector<std::int64_t> concerts;
  std::vector<Fan> fans;
  std::vector<std::int64_t> holds;
  for (int i = 0; i < kConcerts; ++i) {
    concerts.push_back(shop_.create_concert());
    fans.push_back(shop_.enter(concerts[i], user));
    holds.push_back(shop_.hold(concerts[i], fans[i], {1}));
  }
  std::atomic<std::int64_t> charged{0};
  std::atomic<std::int64_t> spent{0};
  std::atomic<int> odd{0};
  in_parallel(kRaceClients, [&](int i) {
    Shop shop(server_);
    if (i % 2 == 0) {
      for (int k = 0; k < 5; ++k)
        charged += shop.post_charge(fans[i / 2], 130).status == 201 ? 130 : 0;
      return;
    }
    const Response paid = shop.post_payment(concerts[i / 2], fans[i / 2], holds[i / 2]);
    if (paid.status == 201) spent += paid.json()["amount"].integer();
    odd += paid.status != 201 && paid.slug() != "insufficient-balance";
  });
  EXPECT_EQ(odd, 0);
  EXPECT_EQ(charged, 32 * 5 * 130);
  EXPECT_EQ(shop_.balance(user), charged - spent);
  std::int64_t revenue = 0;
  for (const std::int64_t c : concerts) revenue += shop_.concert(c)["revenue"].integer();
  EXPECT_EQ(revenue, spent);
}

TEST_P(Race, double_click_pays_once) {
  for (const bool with_key : {false, true}) {
    for (int round = 0; round < 8; ++round) {
      const std::int64_t c = shop_.create_concert();
      const Fan fan = shop_.enter(c);
      shop_.charge(fan, 5000);
      const std::int64_t hold = shop_.hold(c, fan, {1});
      std::mutex mutex;
      std::set<std::int64_t> payments;
      std::map<int, int> statuses;
      in_parallel(8, [&](int) {
        Shop shop(server_);
        const Response paid = shop.post_payment(
            c, fan, hold, with_key ? Headers{{"Idempotency-Key", "click"}} : Headers{});
        const std::lock_guard lock(mutex);
        ++statuses[paid.status];
        if (paid.status < 300) payments.insert(paid.json()["paymentId"].integer());
        EXPECT_TRUE(paid.status < 300 || paid.slug() == "payment-in-progress") << paid.body;
      });
      EXPECT_EQ(payments.size(), 1U);
      if (!with_key) {
        EXPECT_EQ(statuses[201], 1);
      }
      EXPECT_EQ(shop_.balance(fan.user), 4000);
      EXPECT_EQ(shop_.concert(c)["revenue"].integer(), 1000);
    }
  }
}

TEST_P(Race, refund_in_parallel_gives_back_once) {
  for (int round = 0; round < 8; ++round) {
    const std::int64_t c = shop_.create_concert();
    const Fan fan = shop_.enter(c);
    shop_.charge(fan, 1000);
    const std::int64_t payment = shop_.pay(c, fan, shop_.hold(c, fan, {1}));
    in_parallel(8, [&](int) {
      Shop shop(server_);
      const Response refunded = shop.refund(c, payment);
      EXPECT_TRUE(refunded.status == 201 || refunded.status == 200) << refunded.body;
    });
    EXPECT_EQ(shop_.balance(fan.user), 1000);
    EXPECT_EQ(shop_.concert(c)["revenue"].integer(), 0);
    EXPECT_EQ(shop_.concert(c)["dates"][0]["free"].integer(), 50);
  }
}

TEST_P(Race, one_user_from_64_connections_has_one_place) {
  const std::int64_t c = shop_.create_concert(R"("queue":{"maxActive":1})");
  const std::string user = new_user();
  std::mutex mutex;
  std::set<std::int64_t> numbers;
  int made = 0;
  in_parallel(kRaceClients, [&](int) {
    Shop shop(server_);
    const Response joined = shop.post_join(c, user);
    const std::lock_guard lock(mutex);
    numbers.insert(joined.json()["number"].integer());
    made += joined.status == 201;
  });
  EXPECT_EQ(numbers.size(), 1U);
  EXPECT_EQ(made, 1);
  const Json concert = shop_.concert(c);
  EXPECT_EQ(concert["waiting"].integer() + concert["active"].integer(), 1);
}

TEST_P(Race, pay_and_release_at_once_has_one_winner) {
  for (int round = 0; round < 20; ++round) {
    const std::int64_t c = shop_.create_concert();
    const Fan fan = shop_.enter(c);
    shop_.charge(fan, 1000);
    const std::int64_t hold = shop_.hold(c, fan, {1});
    std::atomic<int> paid{0};
    std::atomic<int> released{0};
    in_parallel(2, [&](int i) {
      Shop shop(server_);
      if (i == 0) paid = shop.post_payment(c, fan, hold).status;
      if (i == 1)
        released = shop.fan(fan, "DELETE", Shop::path(c, fmt::format("/holds/{}", hold))).status;
    });
    EXPECT_NE(paid == 201, released == 204) << paid << ' ' << released;
    EXPECT_EQ(shop_.balance(fan.user), paid == 201 ? 0 : 1000);
    EXPECT_EQ(shop_.concert(c)["dates"][0]["sold"].integer(), paid == 201 ? 1 : 0);
  }
}

TEST_P(Race, whole_shop_with_refunds_and_leavers_keeps_its_books) {
  const std::int64_t c = shop_.create_concert(R"("maxSeatsPerUser":1000)");
  const std::vector<Fan> fans = enter(c, kRaceClients);
  std::map<std::string, std::int64_t> charged;
  for (const Fan& fan : fans) {
    shop_.charge(fan, 3000);
    charged[fan.user] = 3000;
  }
  in_parallel(kRaceClients, [&](int i) {
    Shop shop(server_);
    for (int k = 0; k < 4; ++k) {
      const Fan fan = shop.enter(c, fans[i].user);
      const Response held =
          shop.post_hold(c, fan, {(i * 7 + k) % 50 + 1, (i * 7 + k + 1) % 50 + 1});
      if (held.status != 201) continue;
      if (i % 4 == 0) shop.fan(fan, "DELETE", Shop::path(c, "/queue/token"));
      const Response paid = shop.post_payment(c, fan, held.json()["holdId"].integer());
      if (paid.status == 201 && i % 3 == 0) shop.refund(c, paid.json()["paymentId"].integer());
    }
  });
  expect_books_balance(shop_, c, charged);
}

}  // namespace
}  // namespace frontrow::api
