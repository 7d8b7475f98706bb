#include "tests/cluster/stalls.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace frontrow::cluster {
namespace {

using api::Fan;
using api::Json;
using api::Response;
using api::Shop;

constexpr std::int64_t kMoney = 9'000;
constexpr std::int64_t kStallPrice = 1'000;
constexpr std::size_t kWaiting = 3;

std::string wallet_of(const Fan& fan) { return fmt::format("/v1/users/{}/balance", fan.user); }

// The members of an entry that do not change with time.
std::string place_in(const Json& entry) {
  return fmt::format("{} number {} position {} {}", entry["state"].text(),
                     entry["number"].integer(), entry["position"].integer(),
                     entry["expiresAt"].is_null() ? "" : entry["expiresAt"].text());
}

std::string seats_of(const Json& concert) {
  std::string text =
      fmt::format("{}: revenue {}, joined {}, waiting {}, active {}", concert["phase"].text(),
                  concert["revenue"].integer(), concert["joined"].integer(),
                  concert["waiting"].integer(), concert["active"].integer());
  for (std::size_t i = 0; i < concert["dates"].size(); ++i) {
    const Json date = concert["dates"][i];
    text += fmt::format("; {} free, {} held, {} sold", date["free"].integer(),
                        date["held"].integer(), date["sold"].integer());
  }
  return text;
}

}  // namespace

Stalls::Stalls(Cluster& cluster, const std::set<Route>& routes) : cluster_(cluster) {
  Shop shop(cluster.shop(1));
  std::set<Route> missing = routes;
  auto wallets = routes.begin();
  while (!missing.empty() && !testing::Test::HasFailure()) {
    const std::int64_t concert =
        shop.create_concert(R"("holdSeconds":3600,"queue":{"maxActive":2,"sessionSeconds":3600,)"
                            R"("idleSeconds":3600})");
    const Route route{cluster.owner_of_concert(concert), cluster.next_owner_of_concert(concert)};
    if (missing.erase(route) == 0) continue;
    std::vector<std::string> users;
    for (std::size_t i = 0; i < 3 + kWaiting; ++i) {
      users.push_back(user_on(*wallets));
      if (++wallets == routes.end()) wallets = routes.begin();
    }
    open(concert, users);
  }
}

std::string Stalls::user_on(Route route) {
  std::string user = api::new_user();
  while (!testing::Test::HasFailure() &&
         Route{cluster_.owner_of_user(user), cluster_.next_owner_of_user(user)} != route)
    user = api::new_user();
  return user;
}

Json Stalls::post(Shop& shop, const std::string& target, const Fan& fan, const std::string& body) {
  Asked asked{target, {}, body, {}};
  asked.headers = {{"Idempotency-Key", fmt::format("stall-{}", asked_.size())}};
  if (!fan.token.empty()) asked.headers.push_back(api::bearer(fan.token));
  asked.answer = shop.http.request("POST", target, asked.headers, body);
  EXPECT_EQ(asked.answer.status, 201) << target << ": " << asked.answer.body;
  asked_.push_back(asked);
  return asked.answer.json();
}

void Stalls::buy(Shop& shop, std::int64_t concert, const Fan& fan, int seat) {
  post(shop, wallet_of(fan) + "/charges", fan, fmt::format(R"({{"amount":{}}})", kMoney));
  const std::int64_t hold = shop.hold(concert, fan, {seat});
  post(shop, Shop::path(concert, "/payments"), fan, fmt::format(R"({{"holdId":{}}})", hold));
  EXPECT_EQ(shop.balance(fan.user), kMoney - kStallPrice);
}

// Two are admitted at a time: the buyer makes room for one more, and the line stops then.
void Stalls::open(std::int64_t concert, const std::vector<std::string>& users) {
  Shop shop(cluster_.shop(1));
  const auto join = [&](std::size_t i) {
    const Json joined = post(shop, Shop::path(concert, "/queue/tokens"), {},
                             fmt::format(R"({{"userId":"{}"}})", users[i]));
    return Fan{users[i], joined["token"].text(), joined["number"].integer()};
  };
  const auto enter = [&](const Fan& fan) {
    EXPECT_TRUE(api::await([&] { return shop.state(concert, fan) == "active"; }));
    return fan;
  };
  Stall stall{.concert = concert};
  stall.buyer = enter(join(0));
  buy(shop, concert, stall.buyer, 1);
  stall.payment = asked_.back().answer.json()["paymentId"].integer();
  stall.holder = enter(join(1));
  post(shop, wallet_of(stall.holder) + "/charges", stall.holder,
       fmt::format(R"({{"amount":{}}})", kMoney));
  stall.hold = post(shop, Shop::path(concert, "/holds"), stall.holder,
                    R"({"date":"2027-05-01","seats":[2,3]})")["holdId"]
                   .integer();
  stall.guest = enter(join(2));
  for (std::size_t i = 3; i < users.size(); ++i) stall.line.push_back(join(i));
  stalls_.push_back(std::move(stall));
}

std::map<std::string, std::string> Stalls::read(int at) {
  Shop shop(cluster_.shop(at));
  std::map<std::string, std::string> all;
  for (const Stall& stall : stalls_) {
    const auto ask = [&](const Fan& fan, const std::string& target) {
      const Response answer = shop.fan(fan, "GET", target);
      EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
      all[fmt::format("{} of {}", target, fan.user)] = answer.body;
    };
    std::vector<Fan> fans = stall.line;
    fans.insert(fans.end(), {stall.buyer, stall.holder, stall.guest});
    for (const Fan& fan : fans) {
      all[fmt::format("place of {} at {}", fan.user, stall.concert)] =
          place_in(shop.entry(stall.concert, fan));
      all["wallet of " + fan.user] =
          shop.admin("GET", wallet_of(fan)).body +
          shop.admin("GET", fmt::format("/v1/users/{}/payments", fan.user)).body;
    }
    ask(stall.buyer, Shop::path(stall.concert, fmt::format("/payments/{}", stall.payment)));
    ask(stall.holder, Shop::path(stall.concert, fmt::format("/holds/{}", stall.hold)));
    ask(stall.guest, Shop::path(stall.concert, "/dates/2027-05-01/seats"));
    all[fmt::format("concert {}", stall.concert)] = seats_of(shop.concert(stall.concert));
  }
  all["list"] = std::to_string(shop.http.request("GET", "/v1/concerts").json()["concerts"].size());
  return all;
}

void Stalls::expect_keys_kept(int at) {
  Shop shop(cluster_.shop(at));
  for (const Asked& asked : asked_) {
    const Response again = shop.http.request("POST", asked.target, asked.headers, asked.body);
    EXPECT_EQ(again.status, asked.answer.status) << asked.target << ": " << again.body;
    EXPECT_EQ(again.body, asked.answer.body) << asked.target;
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true") << asked.target;
  }
}

void Stalls::go_on(int at) {
  Shop shop(cluster_.shop(at));
  for (Stall& stall : stalls_) go_on(shop, stall);
}

void Stalls::go_on(Shop& shop, Stall& stall) {
  api::expect_problem(shop.post_hold(stall.concert, stall.guest, {1}), 409, "seat-unavailable");
  api::expect_problem(shop.post_hold(stall.concert, stall.guest, {2}), 409, "seat-unavailable");
  shop.pay(stall.concert, stall.holder, stall.hold);
  EXPECT_EQ(shop.balance(stall.holder.user), kMoney - 2 * kStallPrice);
  const Fan& first = stall.line.front();
  EXPECT_TRUE(api::await([&] { return shop.state(stall.concert, first) == "active"; }));
  buy(shop, stall.concert, first, 4);
  const Fan late = shop.join(stall.concert);
  EXPECT_GT(late.number, stall.line.back().number);
  EXPECT_EQ(shop.concert(stall.concert)["revenue"].integer(), 4 * kStallPrice);
}

}  // namespace frontrow::cluster
