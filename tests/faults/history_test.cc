// Histories recorded over HTTP from parallel clients, with kills in between, and checked seat by
// seat and wallet by wallet.
//
// Three users with two connections each hold, release and pay the same few seats, charge, and read.
// Long: FRONTROW_HISTORIES sets their number (1,000 by default).
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include "engine/base/prng.h"
#include "tests/api/support/shop.h"
#include "tests/faults/linearizability.h"

namespace frontrow::faults {
namespace {

using api::Fan;
using api::Response;
using api::Shop;
using Seat = SeatRegister::What;
using Money = WalletRegister::What;
using SeatCheck = LinearizabilityCheck<SeatRegister>;
using WalletCheck = LinearizabilityCheck<WalletRegister>;

constexpr int kUsers = 3;
constexpr int kClients = 2 * kUsers;
constexpr int kSeats = 8;
constexpr int kLives = 3;           // of the server in one history
constexpr int kActsPerClient = 30;  // in one life, unless killed before
constexpr std::int64_t kPrice = 10;

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

class History {
 public:
  History(api::ServerProcess& server, std::uint64_t seed) : server_(server), random_(seed) {
    Shop shop(server_);
    concert_ = shop.create_concert(
        R"("holdSeconds":3600,"maxSeatsPerUser":1000,"queue":{"idleSeconds":3600},)"
        R"("dates":[{"date":"2027-05-01","sections":[{"name":"all","seats":8,"price":10}]}])");
    for (int u = 0; u < kUsers; ++u) users_.push_back(api::new_user());
    for (int c = 0; c < kClients; ++c) seeds_[c] = random_.next();
  }

  void record() {
    for (int life = 0; life < kLives; ++life) {
      const bool killed = life + 1 < kLives;
      std::vector<std::jthread> clients;
      std::atomic<int> acts{0};
      const int kill_after =
          killed ? static_cast<int>(5 + random_.below(30)) : kActsPerClient * kClients;
      for (int c = 0; c < kClients; ++c) clients.emplace_back([&, c] { act(c, acts); });
      if (killed) {
        EXPECT_TRUE(api::await([&] { return acts >= kill_after; }));
        server_.kill();
      }
      clients.clear();
      if (!killed) continue;
      ASSERT_TRUE(server_.start()) << server_.log();
    }
  }

  void check() const {
    for (int seat = 1; seat <= kSeats; ++seat) {
      const auto found = seats_.find(seat);
      if (found == seats_.end()) continue;
      EXPECT_TRUE(SeatCheck::holds({}, found->second)) << "seat " << seat;
    }
    for (int user = 0; user < kUsers; ++user) {
      const auto found = wallets_.find(user);
      if (found == wallets_.end()) continue;
      EXPECT_TRUE(WalletCheck::holds(0, found->second)) << "wallet of user " << user;
    }
  }
  std::size_t unanswered() const { return unanswered_; }
  std::size_t paid() const { return paid_; }

 private:
  struct Client {
    Shop shop;
    int user;
    Fan fan;
    Prng random;
    std::map<int, std::int64_t> holds;  // by seat
    bool alive = true;
  };

  void act(int number, std::atomic<int>& acts) {
    Client client{Shop(server_), number / 2, {}, Prng(seeds_[number]++), {}, true};
    client.alive = enter(client);
    for (int i = 0; i < kActsPerClient && client.alive; ++i, ++acts) {
      switch (client.random.below(10)) {
        case 0:
        case 1:
        case 2:
          hold(client);
          break;
        case 3:
          release(client);
          break;
        case 4:
        case 5:
          pay(client);
          break;
        case 6:
        case 7:
          charge(client);
          break;
        case 8:
          look_at_seats(client);
          break;
        default:
          look_at_balance(client);
      }
    }
    acts += kActsPerClient;  // a client that ends early must not delay the kill
  }

  bool enter(Client& client) {
    const Response joined = client.shop.post_join(concert_, users_[client.user]);
    if (joined.status == 0) return false;
    client.fan = {users_[client.user], joined.json()["token"].text(), 0};
    return true;
  }

  // Handles the response; an unexpected rejection of the session begins a new one.
  void after(Client& client, const Response& response) {
    if (response.status == 0) client.alive = false;
    if (response.status == 401) client.alive = enter(client);
  }
  std::int64_t answered_at(const Response& response) {
    if (response.status != 0) return now();
    ++unanswered_;
    return kNoAnswer;
  }
  void note(int seat, std::int64_t called, std::int64_t answered, Seat what, int user) {
    const std::lock_guard lock(mutex_);
    seats_[seat].push_back({called, answered, {what, user}});
  }
  void note(int user, std::int64_t called, std::int64_t answered, Money what, std::int64_t amount,
            std::int64_t balance) {
    const std::lock_guard lock(mutex_);
    wallets_[user].push_back({called, answered, {what, amount, balance}});
  }

  // A user can't hold a seat again for some seconds after giving it up, though it is free: such a
  // rejection proves no state of the seat. A seat is given up by its release, or by a payment,
  // which ends the session with all its holds; both are recorded before their request is sent. A
  // hold that the user's other client requests meanwhile ends with the session too, so a rejection
  // counts as such whenever the seat was requested before it.
  void note_requested(int user, int seat) {
    const std::lock_guard lock(mutex_);
    ++requests_[{user, seat}];
  }
  void note_released(int user, int seat) {
    const std::lock_guard lock(mutex_);
    released_at_[{user, seat}] = now();
  }
  void note_paid(int user) {
    const std::lock_guard lock(mutex_);
    paid_at_[user] = now();
  }
  // Of a request that was noted itself.
  bool rests(int user, int seat, std::int64_t called) {
    constexpr std::int64_t kLongEnough = std::chrono::nanoseconds(std::chrono::seconds(10)).count();
    const std::lock_guard lock(mutex_);
    const auto is_recent = [called](std::int64_t at) {
      return at != 0 && called - at < kLongEnough;
    };
    return is_recent(released_at_[{user, seat}]) ||
           (is_recent(paid_at_[user]) && requests_[{user, seat}] > 1);
  }

  void hold(Client& client) {
    const int seat = static_cast<int>(1 + client.random.below(kSeats));
    note_requested(client.user, seat);
    const std::int64_t called = now();
    const Response response = client.shop.post_hold(concert_, client.fan, {seat});
    const std::int64_t answered = answered_at(response);
    if (response.status == 201) client.holds[seat] = response.json()["holdId"].integer();
    if (response.status == 201 || response.status == 0)
      note(seat, called, answered, Seat::kHold, client.user);
    if (response.slug() == "seat-unavailable" && !rests(client.user, seat, called))
      note(seat, called, answered, Seat::kHoldRefused, client.user);
    after(client, response);
  }

  void release(Client& client) {
    if (client.holds.empty()) return;
    const auto [seat, hold] = *client.holds.begin();
    note_released(client.user, seat);
    const std::int64_t called = now();
    const Response response = client.shop.fan(
        client.fan, "DELETE", Shop::path(concert_, "/holds/" + std::to_string(hold)));
    const std::int64_t answered = answered_at(response);
    if (response.status == 204 || response.status == 0)
      note(seat, called, answered, Seat::kRelease, client.user);
    client.holds.erase(seat);
    after(client, response);
  }

  void pay(Client& client) {
    if (client.holds.empty()) return;
    const auto [seat, hold] = *client.holds.begin();
    note_paid(client.user);
    const std::int64_t called = now();
    const Response response = client.shop.post_payment(concert_, client.fan, hold);
    const std::int64_t answered = answered_at(response);
    if (response.status == 201 || response.status == 0) {
      const std::int64_t balance =
          response.status == 201 ? response.json()["balance"].integer() : 0;
      note(seat, called, answered, Seat::kPay, client.user);
      note(client.user, called, answered, Money::kPay, kPrice, balance);
      // The payment ends the session and releases its other holds, also those of the user's other
      // client.
      for (int other = 1; other <= kSeats; ++other) {
        if (other != seat) note(other, called, kNoAnswer, Seat::kRelease, client.user);
      }
      client.holds.clear();
      ++paid_;
    }
    if (response.slug() == "insufficient-balance") {
      note(client.user, called, answered, Money::kPayRefused, kPrice,
           response.json()["balance"].integer());
    }
    after(client, response);
  }

  void charge(Client& client) {
    const auto amount = static_cast<std::int64_t>(1 + client.random.below(12));
    const std::int64_t called = now();
    const Response response = client.shop.post_charge(client.fan, amount);
    const std::int64_t answered = answered_at(response);
    if (response.status == 201 || response.status == 0) {
      note(client.user, called, answered, Money::kCharge, amount,
           response.status == 201 ? response.json()["balance"].integer() : 0);
    }
    after(client, response);
  }

  void look_at_balance(Client& client) {
    const std::int64_t called = now();
    const Response response =
        client.shop.fan(client.fan, "GET", "/v1/users/" + users_[client.user] + "/balance");
    if (response.status == 200)
      note(client.user, called, now(), Money::kRead, 0, response.json()["balance"].integer());
    after(client, response);
  }

  void look_at_seats(Client& client) {
    const std::int64_t called = now();
    const Response response =
        client.shop.fan(client.fan, "GET", Shop::path(concert_, "/dates/2027-05-01/seats"));
    const std::int64_t answered = now();
    if (response.status == 200) {
      std::array<bool, kSeats + 1> free{};
      const api::Json available = response.json()["sections"][0]["available"];
      for (std::size_t i = 0; i < available.size(); ++i)
        free[static_cast<std::size_t>(available[i].integer())] = true;
      for (int seat = 1; seat <= kSeats; ++seat) {
        note(seat, called, answered,
             free[static_cast<std::size_t>(seat)] ? Seat::kSeenFree : Seat::kSeenTaken, -1);
      }
    }
    after(client, response);
  }

  api::ServerProcess& server_;
  Prng random_;
  std::int64_t concert_ = 0;
  std::vector<std::string> users_;
  std::array<std::uint64_t, kClients> seeds_{};
  std::mutex mutex_;
  std::map<int, SeatCheck::Operations> seats_;
  std::map<int, WalletCheck::Operations> wallets_;
  // By user and seat, or by user; times of the newest.
  std::map<std::pair<int, int>, int> requests_;
  std::map<std::pair<int, int>, std::int64_t> released_at_;
  std::map<int, std::int64_t> paid_at_;
  std::atomic<std::size_t> unanswered_{0};
  std::atomic<std::size_t> paid_{0};
};

void check_histories(int count) {
  std::size_t unanswered = 0;
  std::size_t paid = 0;
  api::ServerProcess server(
      {"--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"});
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const auto seed = static_cast<std::uint64_t>(i) + 1;
    SCOPED_TRACE("history of seed " + std::to_string(seed));
    History history(server, seed);
    history.record();
    history.check();
    unanswered += history.unanswered();
    paid += history.paid();
  }
  // The kills interrupted operations, and seats were sold.
  EXPECT_GT(unanswered, 0U);
  EXPECT_GT(paid, static_cast<std::size_t>(count));
  std::printf("%d histories, %zu operations without an answer, %zu payments\n", count, unanswered,
              paid);
}

TEST(Histories, are_linearizable_over_kills) { check_histories(50); }

TEST(LongHistories, are_linearizable_over_kills) {
  const char* count = std::getenv("FRONTROW_HISTORIES");
  check_histories(count == nullptr ? 1000 : std::atoi(count));
}

}  // namespace
}  // namespace frontrow::faults
