#include "tests/cluster/cluster_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace frontrow::cluster {
namespace {

// Bounds the users that are checked over HTTP, spread evenly over all, because checking all takes
// too long. Logs are checked whole.
constexpr std::size_t kUsersAsked = 1'500;
constexpr int kAskers = 6;

template <class Map>
auto keys_of(const Map& map, std::size_t most) {
  std::vector<typename Map::key_type> keys;
  const std::size_t step = map.size() / most + 1;
  std::size_t i = 0;
  for (const auto& [key, value] : map) {
    if (i++ % step == 0) keys.push_back(key);
  }
  return keys;
}

// Calls look(shop of some instance, i) for all i below `count`, several at a time.
void ask_all(Cluster& cluster, std::size_t count,
             const std::function<void(api::Shop&, std::size_t)>& look) {
  std::atomic<std::size_t> next{0};
  const std::vector<int> members = cluster.living();
  api::in_parallel(kAskers, [&](int asker) {
    api::Shop shop(cluster.shop(members[static_cast<std::size_t>(asker) % members.size()]));
    for (std::size_t i = next++; i < count; i = next++) look(shop, i);
  });
}

}  // namespace

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void ClusterLedger::check(Cluster& cluster) const {
  check_line();
  check_seats();
  check_answers(cluster);
}

void ClusterLedger::check_line() const {
  for (const auto& [concert, line] : joins) {
    std::vector<const Join*> by_asked;
    std::vector<const Join*> by_answered;
    std::set<std::int64_t> numbers;
    for (const auto& [user, join] : line) {
      by_asked.push_back(&join);
      by_answered.push_back(&join);
      EXPECT_TRUE(numbers.insert(join.number).second)
          << "number " << join.number << " of concert " << concert << " was drawn twice";
    }
    std::sort(by_asked.begin(), by_asked.end(),
              [](const Join* a, const Join* b) { return a->asked_us < b->asked_us; });
    std::sort(by_answered.begin(), by_answered.end(),
              [](const Join* a, const Join* b) { return a->answered_us < b->answered_us; });
    std::int64_t newest = 0;  // among earlier answers
    std::size_t answered = 0;
    for (const Join* join : by_asked) {
      while (by_answered[answered]->answered_us < join->asked_us)
        newest = std::max(newest, by_answered[answered++]->number);
      EXPECT_GT(join->number, newest)
          << "a later join has an earlier number in concert " << concert;
    }
  }
}

void ClusterLedger::check_seats() const {
  std::map<std::pair<std::int64_t, SeatKey>, std::int64_t> owner;
  for (const auto& [id, payment] : payments) {
    if (payment.refunded) continue;
    for (const SeatKey& seat : payment.seats) {
      const auto [at, fresh] = owner.try_emplace({payment.concert, seat}, id);
      EXPECT_TRUE(fresh) << "seat " << seat.second << " of " << seat.first << " in concert "
                         << payment.concert << " was sold by payments " << at->second << " and "
                         << id;
    }
  }
  for (const auto& [id, hold] : holds) {
    for (const SeatKey& seat : hold.seats) {
      EXPECT_TRUE(owner.try_emplace({hold.concert, seat}, id).second)
          << "seat " << seat.second << " of " << seat.first << " in concert " << hold.concert
          << " is held by " << id << " and somebody else's";
    }
  }
}

void ClusterLedger::check_answers(Cluster& cluster) const {
  for (const auto& [concert, line] : joins) check_concert(cluster, concert);
  std::map<std::string, int> users;
  for (const auto& [id, charge] : charges) users[charge.user] = 0;
  const auto asked = keys_of(users, kUsersAsked);
  ask_all(cluster, asked.size(),
          [&](api::Shop& shop, std::size_t i) { check_user(shop, asked[i]); });

  const auto kept = keys_of(holds, kUsersAsked);
  ask_all(cluster, kept.size(), [&](api::Shop& shop, std::size_t i) {
    const Hold& hold = holds.at(kept[i]);
    const api::Response read =
        shop.http.request("GET", api::Shop::path(hold.concert, fmt::format("/holds/{}", kept[i])),
                          {api::bearer(hold.token)});
    EXPECT_EQ(read.status, 200) << "hold " << kept[i] << ": " << read.body;
    if (read.status != 200) return;
    EXPECT_EQ(read.json()["state"].text(), "held");
    EXPECT_EQ(read.json()["seats"].size(), hold.seats.size());
  });
}

// The same values from each instance.
void ClusterLedger::check_concert(Cluster& cluster, std::int64_t concert) const {
  std::int64_t revenue = 0;
  std::int64_t sold = 0;
  std::int64_t held = 0;
  for (const auto& [id, payment] : payments) {
    if (payment.concert != concert || payment.refunded) continue;
    revenue += payment.amount;
    sold += static_cast<std::int64_t>(payment.seats.size());
  }
  for (const auto& [id, hold] : holds) {
    if (hold.concert == concert) held += static_cast<std::int64_t>(hold.seats.size());
  }
  for (const int id : cluster.living()) {
    SCOPED_TRACE(fmt::format("concert {}, asked of instance {}", concert, id));
    api::Shop shop(cluster.shop(id));
    const api::Json said = shop.concert(concert);
    std::int64_t said_sold = 0;
    std::int64_t said_held = 0;
    for (std::size_t d = 0; d < said["dates"].size(); ++d) {
      said_sold += said["dates"][d]["sold"].integer();
      said_held += said["dates"][d]["held"].integer();
    }
    EXPECT_EQ(said["revenue"].integer(), revenue);
    EXPECT_EQ(said_sold, sold);
    EXPECT_EQ(said_held, held);
    EXPECT_EQ(said["joined"].integer(), static_cast<std::int64_t>(joins.at(concert).size()));
  }
}

void ClusterLedger::check_user(api::Shop& shop, const std::string& user) const {
  std::int64_t balance = 0;
  std::map<std::int64_t, const Payment*> own;
  for (const auto& [id, charge] : charges) {
    if (charge.user == user) balance += charge.amount;
  }
  for (const auto& [id, payment] : payments) {
    if (payment.user != user) continue;
    own[id] = &payment;
    if (!payment.refunded) balance -= payment.amount;
  }
  EXPECT_EQ(shop.balance(user), balance) << user;
  const api::Json said =
      shop.admin("GET", fmt::format("/v1/users/{}/payments?limit=100", user)).json()["payments"];
  EXPECT_EQ(said.size(), own.size()) << user;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto found = own.find(said[i]["paymentId"].integer());
    if (found == own.end()) {
      ADD_FAILURE() << "nobody was told of payment " << said[i]["paymentId"].integer();
      continue;
    }
    EXPECT_EQ(said[i]["amount"].integer(), found->second->amount);
    EXPECT_EQ(said[i]["state"].text(), found->second->refunded ? "refunded" : "completed");
  }
}

}  // namespace frontrow::cluster
