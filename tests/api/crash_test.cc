// The server is killed under load and restarted on its data directory: every acknowledged change is
// there exactly once, and every unacknowledged one at most once.

#include <fmt/format.h>
#include <signal.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "tests/api/support/payment_ledger.h"

namespace frontrow::api {
namespace {

constexpr int kClients = 16;

class Crash : public testing::TestWithParam<const char*> {
 protected:
  // Checkpoints run as often as the settings allow, so that kills interrupt them too.
  Crash()
      : server_({"--threads", GetParam(), "--snapshots-events", "1000",
                 "--snapshots-interval-seconds", "1"}) {}

  // Lets the clients work until `answers` were counted, then kills the server and restarts it.
  void crash_after(int answers,
                   const std::function<void(Shop&, int client, std::atomic<int>& answered)>& work) {
    std::atomic<int> answered{0};
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&, i] {
        Shop shop(server_);
        work(shop, i, answered);
      });
    }
    EXPECT_TRUE(await([&] { return answered >= answers; }, 20'000));
    server_.kill();
    clients.clear();
    ASSERT_TRUE(server_.start());
  }

  ServerProcess server_;
};

INSTANTIATE_TEST_SUITE_P(Threads, Crash, testing::Values("1", "2", "4"),
                         [](const auto& param) { return std::string("on_") + param.param; });

TEST_P(Crash, nobody_is_overtaken_in_the_line) {
  const std::int64_t c =
      Shop(server_).create_concert(R"("queue":{"maxActive":1,"idleSeconds":600})");
  std::mutex mutex;
  std::map<std::int64_t, Fan> by_number;
  for (int round = 1; round <= 3; ++round) {
    crash_after(150, [&](Shop& shop, int, std::atomic<int>& answered) {
      while (true) {
        const std::string user = new_user();
        std::int64_t seen = 0;
        {
          const std::lock_guard lock(mutex);
          seen = by_number.empty() ? 0 : by_number.rbegin()->first;
        }
        const Response joined = shop.post_join(c, user);
        if (joined.status == 0) return;
        ASSERT_EQ(joined.status, 201) << joined.body;
        const std::int64_t number = joined.json()["number"].integer();
        const std::lock_guard lock(mutex);
        EXPECT_GT(number, seen);
        EXPECT_TRUE(
            by_number.emplace(number, Fan{user, joined.json()["token"].text(), number}).second)
            << number;
        ++answered;
      }
    });
  }
  Shop shop(server_);
  std::int64_t position = 0;
  for (const auto& [number, fan] : by_number) {
    const Json entry = shop.entry(c, fan);
    EXPECT_EQ(entry["number"].integer(), number);
    if (entry["state"].text() == "active") continue;
    EXPECT_EQ(entry["state"].text(), "waiting");
    EXPECT_GT(entry["position"].integer(), position);
    position = entry["position"].integer();
    const Fan again = shop.join(c, fan.user);
    EXPECT_EQ(again.number, number);
  }
}

TEST_P(Crash, seats_keep_their_one_owner) {
  Shop before(server_);
  const std::int64_t c = before.create_concert(
      R"("maxSeatsPerUser":1000,"dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":2000,"price":1}]}])");
  std::vector<Fan> fans;
  for (int i = 0; i < kClients; ++i) fans.push_back(before.enter(c));
  std::mutex mutex;
  std::map<int, int> owner;
  std::map<int, std::int64_t> hold_of;
  crash_after(200, [&](Shop& shop, int i, std::atomic<int>& answered) {
    for (int seat = 1; seat <= 2000; ++seat) {
      const Response held = shop.post_hold(c, fans[i], {seat});
      if (held.status == 0) return;
      ++answered;
      if (held.status != 201) continue;
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(owner.emplace(seat, i).second) << "seat " << seat << " held twice";
      hold_of[seat] = held.json()["holdId"].integer();
    }
  });
  Shop shop(server_);
  for (const auto& [seat, i] : owner) {
    const Response hold =
        shop.fan(fans[i], "GET", Shop::path(c, fmt::format("/holds/{}", hold_of[seat])));
    ASSERT_EQ(hold.status, 200) << hold.body;
    EXPECT_EQ(hold.json()["seats"].integers(), (std::vector<std::int64_t>{seat}));
    EXPECT_EQ(shop.post_hold(c, fans[(i + 1) % kClients], {seat}).slug(), "seat-unavailable");
  }
  EXPECT_GE(shop.concert(c)["dates"][0]["held"].integer(), static_cast<std::int64_t>(owner.size()));
}

TEST_P(Crash, charges_count_exactly_once_when_sent_again) {
  Shop before(server_);
  const std::int64_t c = before.create_concert();
  std::vector<Fan> fans;
  for (int i = 0; i < kClients; ++i) fans.push_back(before.enter(c));
  std::vector<std::int64_t> charged(kClients);
  std::vector<std::string> in_doubt(kClients);
  crash_after(200, [&](Shop& shop, int i, std::atomic<int>& answered) {
    for (int k = 0;; ++k) {
      const std::string key = fmt::format("charge-{}-{}", i, k);
      const Response done = shop.post_charge(fans[i], 7, {{"Idempotency-Key", key}});
      if (done.status != 201) {
        in_doubt[i] = key;
        return;
      }
      charged[i] += 7;
      EXPECT_EQ(done.json()["balance"].integer(), charged[i]);
      ++answered;
    }
  });
  Shop shop(server_);
  for (int i = 0; i < kClients; ++i) {
    const Response again = shop.post_charge(fans[i], 7, {{"Idempotency-Key", in_doubt[i]}});
    EXPECT_EQ(again.status, 201) << again.body;
    EXPECT_EQ(shop.balance(fans[i].user), charged[i] + 7);
  }
}

// A payment that the kill interrupted continues after the restart: a fan who rejoins before it
// settles has a completed token right after, and joins anew.
Fan enter_again(Shop& shop, std::int64_t concert, const std::string& user) {
  Fan fan;
  EXPECT_TRUE(await([&] {
    fan = shop.join(concert, user);
    return shop.state(concert, fan) == "active";
  }));
  return fan;
}

TEST_P(Crash, money_is_conserved_over_killed_payments) {
  Shop before(server_);
  const std::int64_t c = before.create_concert(
      R"("maxSeatsPerUser":1000,"dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":3000,"price":10}]}])");
  std::map<std::string, std::int64_t> charged;
  std::vector<std::string> users;
  for (int i = 0; i < kClients; ++i) {
    const Fan fan = before.enter(c);
    users.push_back(fan.user);
    before.charge(fan, 500);
    charged[fan.user] = 500;
  }
  PaymentLedger books;
  for (int round = 0; round < 3; ++round) {
    std::mutex mutex;
    std::map<int, std::int64_t> in_doubt;
    crash_after(60, [&](Shop& shop, int i, std::atomic<int>& answered) {
      for (int seat = 1 + i; seat <= 3000; seat += kClients) {
        const Response joined = shop.post_join(c, users[i]);
        if (joined.status == 0) return;
        const Fan fan{users[i], joined.json()["token"].text(), 0};
        Response held;
        await([&] { return (held = shop.post_hold(c, fan, {seat})).slug() != "not-admitted"; });
        if (held.status == 0) return;
        if (held.status != 201) continue;
        const std::int64_t hold = held.json()["holdId"].integer();
        Response paid;
        await([&] {
          return (paid = shop.post_payment(c, fan, hold)).slug() != "payment-in-progress";
        });
        if (paid.status == 0) {
          const std::lock_guard lock(mutex);
          in_doubt[i] = hold;
          return;
        }
        ++answered;
        if (paid.status == 201) books.paid(users[i], paid.json());
        EXPECT_EQ(paid.slug(), paid.status == 201 ? "" : "insufficient-balance");
      }
    });
    Shop shop(server_);
    // Clients without an answer ask again: a rejoin returns the same session, or a new one after a
    // completed payment.
    for (const auto& [i, hold] : in_doubt) {
      const Fan fan = enter_again(shop, c, users[i]);
      Response paid;
      await(
          [&] { return (paid = shop.post_payment(c, fan, hold)).slug() != "payment-in-progress"; });
      EXPECT_TRUE(paid.status == 201 || paid.status == 200 || paid.slug() == "insufficient-balance")
          << paid.body;
      if (paid.status < 300) books.paid(users[i], paid.json());
    }
    for (int i = 0; i < kClients; ++i) {
      const Fan fan = enter_again(shop, c, users[i]);
      shop.charge(fan, 100);
      charged[users[i]] += 100;
    }
    books.expect_agree(shop, c);
    expect_books_balance(shop, c, charged);
  }
  EXPECT_GT(books.payments(), 150U);
}

TEST_P(Crash, refunds_act_once) {
  Shop before(server_);
  const std::int64_t c = before.create_concert(
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":400,"price":10}]}])");
  std::vector<Fan> fans;
  std::vector<std::int64_t> payments;
  for (int i = 0; i < 160; ++i) {
    fans.push_back(before.enter(c));
    before.charge(fans[i], 10);
    payments.push_back(before.pay(c, fans[i], before.hold(c, fans[i], {i + 1})));
  }
  crash_after(40, [&](Shop& shop, int i, std::atomic<int>& answered) {
    for (std::size_t k = i; k < payments.size(); k += kClients) {
      const Response refunded = shop.refund(c, payments[k]);
      if (refunded.status == 0) return;
      EXPECT_EQ(refunded.status, 201) << refunded.body;
      ++answered;
    }
  });
  Shop shop(server_);
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const Response refunded = shop.refund(c, payments[i]);
    EXPECT_TRUE(refunded.status == 201 || refunded.status == 200) << refunded.body;
    EXPECT_EQ(shop.balance(fans[i].user), 10);
  }
  EXPECT_EQ(shop.concert(c)["revenue"].integer(), 0);
  EXPECT_EQ(shop.concert(c)["dates"][0]["free"].integer(), 400);
}

TEST(Stop, terminated_server_answers_what_it_took_and_returns_0) {
  ServerProcess server;
  Shop shop(server);
  const std::int64_t c = shop.create_concert();
  const Fan fan = shop.join(c);
  std::atomic<int> joined{0};
  std::jthread client([&] {
    Shop other(server);
    while (other.post_join(c, new_user()).status == 201) ++joined;
  });
  ASSERT_TRUE(await([&] { return joined > 50; }));
  EXPECT_EQ(server.stop(), 0) << server.log();
  client.join();
  ASSERT_TRUE(server.start());
  Shop again(server);
  EXPECT_GE(again.concert(c)["joined"].integer(), joined + 1);
  EXPECT_EQ(again.join(c, fan.user).number, fan.number);
}

TEST(Stop, second_server_on_the_same_directory_is_refused) {
  ServerProcess server;
  std::string output;
  const int code = ServerProcess::run_once(
      {"serve", "--data-dir", (server.directory() / "data").string(), "--listen", "127.0.0.1:0"},
      output);
  EXPECT_GT(code, 0) << output;
  EXPECT_EQ(output.find("listening on http://127.0.0.1:"), output.npos) << output;
  Shop shop(server);
  shop.create_concert();
}

TEST(Stop, settings_that_make_no_sense_are_refused) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"serve", "--threads", "0"},
        {"serve", "--threads", "x"},
        {"serve", "--listen", "nowhere"},
        {"serve", "--unknown"},
        {"dance"},
        {"serve", "--config", "/nonexistent.toml"},
        {"serve", "--admin-key", "short"}}) {
    std::string output;
    EXPECT_GT(ServerProcess::run_once(arguments, output), 0) << output;
    EXPECT_FALSE(output.empty());
  }
}

}  // namespace
}  // namespace frontrow::api
