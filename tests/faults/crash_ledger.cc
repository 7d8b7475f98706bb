#include "tests/faults/crash_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

namespace frontrow::faults {

using api::Response;
using api::Shop;

namespace {

constexpr int kLedgerSeats = 100'000;
constexpr std::int64_t kCharge = 7;

}  // namespace

CrashLedger::CrashLedger(const api::ServerProcess& server) : clients_(kClients) {
  Shop shop(server);
  concert_ = shop.create_concert(fmt::format(
      R"("holdSeconds":86400,"maxSeatsPerUser":1000,"queue":{{"sessionSeconds":86400}},)"
      R"("dates":[{{"date":"2047-05-01","sections":[{{"name":"all","seats":{},"price":1}}]}}])",
      kLedgerSeats));
  line_ =
      shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":86400,"sessionSeconds":86400})");
  for (Client& client : clients_) client.fan = shop.enter(concert_);
}

void CrashLedger::work(const api::ServerProcess& server, int answers,
                       const std::function<void()>& fault) {
  std::atomic<int> answered{0};
  std::vector<std::jthread> clients;
  for (int i = 0; i < kClients; ++i)
    clients.emplace_back([this, &server, &answered, i] { act(server, i, answered); });
  EXPECT_TRUE(api::await([&] { return answered >= answers; }, 20'000));
  fault();
}

void CrashLedger::act(const api::ServerProcess& server, int number, std::atomic<int>& answered) {
  Shop shop(server);
  Client& client = clients_[static_cast<std::size_t>(number)];
  for (int i = 0;; ++i) {
    const bool alive = i % 3 == 0   ? charge(shop, client)
                       : i % 3 == 1 ? hold(shop, client, number)
                                    : join(shop);
    if (!alive) {
      ++in_doubt_;
      return;
    }
    ++answered;
    ++acknowledged_;
  }
}

// Neither an answer nor a rejection that rules out an effect.
static bool is_doubtful(const Response& response) {
  return response.status == 0 || response.slug() == "outcome-unknown";
}

bool CrashLedger::charge(Shop& shop, Client& client) {
  const Response response = shop.post_charge(client.fan, kCharge);
  if (is_doubtful(response)) ++client.charges_in_doubt;
  if (response.status == 201) client.charged += kCharge;
  return response.status == 201;
}

bool CrashLedger::hold(Shop& shop, Client& client, int number) {
  const int seat = 1 + number + kClients * client.next_seat++;
  const Response response = shop.post_hold(concert_, client.fan, {seat});
  if (is_doubtful(response)) client.seats_in_doubt.push_back(seat);
  if (response.status == 201) client.holds[seat] = response.json()["holdId"].integer();
  return response.status == 201;
}

bool CrashLedger::join(Shop& shop) {
  const std::string user = api::new_user();
  const Response response = shop.post_join(line_, user);
  if (response.status != 201) return false;
  const std::lock_guard lock(mutex_);
  numbers_[user] = response.json()["number"].integer();
  return true;
}

// Operations in doubt are decided by now: each acted once or not at all, and is no longer in doubt.
void CrashLedger::settle(Shop& shop, Client& client) {
  const std::int64_t balance = shop.balance(client.fan.user);
  const std::int64_t acted = (balance - client.charged) / kCharge;
  EXPECT_EQ(balance, client.charged + acted * kCharge);
  EXPECT_TRUE(acted >= 0 && acted <= client.charges_in_doubt)
      << acted << " of " << client.charges_in_doubt << " charges in doubt";
  client.charged = balance;
  client.charges_in_doubt = 0;
  for (const int seat : client.seats_in_doubt) {
    const Response again = shop.post_hold(concert_, client.fan, {seat});
    EXPECT_TRUE(again.status == 201 || again.slug() == "seat-unavailable") << again.body;
  }
  client.seats_in_doubt.clear();
}

// Reads all holds, then releases them: a user may hold only so many.
void CrashLedger::check_holds(Shop& shop, Client& client) {
  for (const auto& [seat, hold] : client.holds) {
    const std::string path = Shop::path(concert_, fmt::format("/holds/{}", hold));
    const Response read = shop.fan(client.fan, "GET", path);
    ASSERT_EQ(read.status, 200) << "seat " << seat << ": " << read.body;
    EXPECT_EQ(read.json()["seats"].integers(), (std::vector<std::int64_t>{seat}));
    EXPECT_EQ(shop.fan(client.fan, "DELETE", path).status, 204);
  }
  client.holds.clear();
}

void CrashLedger::check(const api::ServerProcess& server) {
  Shop shop(server);
  std::int64_t holds = 0;
  for (Client& client : clients_) {
    settle(shop, client);
    holds += static_cast<std::int64_t>(client.holds.size());
  }
  // Beside those in the ledger there are at most as many as were ever in doubt.
  const std::int64_t held = shop.concert(concert_)["dates"][0]["held"].integer();
  EXPECT_GE(held, holds);
  EXPECT_LE(held, holds + static_cast<std::int64_t>(in_doubt_));
  for (Client& client : clients_) check_holds(shop, client);

  for (const auto& [user, number] : numbers_) {
    EXPECT_TRUE(drawn_.insert(number).second) << "number " << number << " drawn twice";
    EXPECT_EQ(shop.join(line_, user).number, number);
  }
  numbers_.clear();
  const std::int64_t joined = shop.concert(line_)["joined"].integer();
  EXPECT_GE(joined, static_cast<std::int64_t>(drawn_.size()));
  EXPECT_LE(joined, static_cast<std::int64_t>(drawn_.size() + in_doubt_));
}

}  // namespace frontrow::faults
