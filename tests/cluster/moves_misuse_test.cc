// Operators' mistakes in slot migration: no instance opens a slot anew that may exist elsewhere,
// and the log names the mistake.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cluster/cluster.h"
#include "tests/cluster/logs.h"
#include "tests/cluster/stalls.h"

namespace frontrow::cluster {
namespace {

using api::Fan;
using api::Response;
using api::Shop;
using testing::HasSubstr;

constexpr int kMisuseMovedMsMax = 60'000;

class MovesMisuse : public LocalClusterTest {
 protected:
  // Takes effect when they are launched next.
  void tell_members(const std::map<int, int>& weights) {
    Told told = cluster->told();
    told.weights = weights;
    cluster->tell_all(told);
  }

  void launch_and_link() {
    cluster->launch_all();
    for (const int id : cluster->members()) ASSERT_TRUE(cluster->instance(id).await_ready());
    ASSERT_TRUE(cluster->await_links(10'000));
  }

  // Waits until the migration states of all members fulfil `good`.
  void await_handovers(const std::function<bool(const Handover&)>& good) {
    ASSERT_TRUE(api::await(
        [&] {
          for (const int id : cluster->members()) {
            const auto its = cluster->handover(id);
            if (!its || !good(*its)) return false;
          }
          return true;
        },
        kMisuseMovedMsMax));
  }

  std::int64_t sum(std::int64_t Handover::* of) {
    std::int64_t all = 0;
    for (const int id : cluster->members()) all += (*cluster->handover(id)).*of;
    return all;
  }
};

class MovesLeftBehind : public MovesMisuse {
 protected:
  void prepare() {
    ASSERT_TRUE(cluster->start());
    cluster->plan({"--remove", "3"});
    stalls = std::make_unique<Stalls>(*cluster, std::set<Route>{{1, 1}, {3, 1}, {3, 2}});
    Shop shop(cluster->shop(1));
    while ((lost == 0 || kept == 0) && !HasFailure()) {
      const std::int64_t concert = shop.create_concert();
      const int owner = cluster->owner_of_concert(concert);
      if (owner == 3) lost = concert;
      if (owner == 1) kept = concert;
    }
    wallet = cluster->user_of(3);
  }

  // Checks from each side that the lost slots are refused and the kept ones served.
  void expect_refused() {
    for (const int at : cluster->members()) {
      Shop shop(cluster->shop(at));
      const Response joined = shop.post_join(lost, api::new_user());
      api::expect_problem(joined, 503, "instance-unavailable");
      EXPECT_FALSE(joined.header("Retry-After").empty());
      api::expect_problem(shop.admin("GET", fmt::format("/v1/users/{}/balance", wallet)), 503,
                          "instance-unavailable");
      shop.join(kept);
    }
  }

  std::unique_ptr<Stalls> stalls;
  std::int64_t lost = 0;  // a concert of the instance that leaves
  std::int64_t kept = 0;
  std::string wallet;  // of the instance that leaves
};

TEST_F(MovesLeftBehind, are_begun_by_nobody_and_there_again_when_it_is_back) {
  prepare();
  if (HasFailure()) return;
  const auto before = stalls->read(1);
  const std::int64_t left_with = cluster->handover(3)->live;
  const Told whole = cluster->told();
  cluster->stop();
  cluster->put_planned();
  for (int start = 0; start < 2; ++start) {
    launch_and_link();
    await_handovers([](const Handover& its) { return its.awaited_from.empty(); });
    if (HasFailure()) return;
    expect_refused();
    EXPECT_EQ(sum(&Handover::awaited), left_with);
    EXPECT_EQ(sum(&Handover::live) + left_with, kSlotCount);
    std::string said;
    EXPECT_EQ(cluster->status(said), 1);
    for (const int id : cluster->members()) {
      EXPECT_THAT(said, HasSubstr(fmt::format("NOT WELL: instance {}: has not got {} of its slots",
                                              id, cluster->handover(id)->awaited)));
    }
    cluster->stop();
  }

  cluster->tell_all(whole);
  ASSERT_TRUE(cluster->start());
  cluster->await_well();
  EXPECT_EQ(stalls->read(3), before);
  stalls->expect_keys_kept(2);
  stalls->go_on(1);
  cluster->await_outboxes();
  cluster->stop();
  const Logs logs(*cluster);
  logs.check_payments();
}

// Servers that ran alone, each with a concert of the same id, and one user with money at both.
class MovesOfTwoServers : public MovesMisuse {
 protected:
  struct Sale {
    Fan fan;
    std::int64_t payment = 0;
  };

  void sell_alone(int id) {
    cluster->launch_alone(id);
    ASSERT_TRUE(cluster->instance(id).await_ready());
    Shop shop(cluster->shop(id));
    concert = shop.create_concert();
    Sale& sale = sales[id];
    sale.fan = shop.enter(concert);
    shop.charge(sale.fan, 5'000);
    sale.payment = shop.pay(concert, sale.fan, shop.hold(concert, sale.fan, {1}));
    shop.charge(shop.enter(concert, user), money[id] = 100 * id);
    cluster->instance(id).ask_to_stop();
    EXPECT_EQ(cluster->instance(id).wait(30'000), 0);
  }

  std::string payment_path(int id) const {
    return Shop::path(concert, fmt::format("/payments/{}", sales.at(id).payment));
  }

  const std::string user = api::new_user();
  std::int64_t concert = 0;
  std::map<int, Sale> sales;
  std::map<int, std::int64_t> money;  // the user's
};

TEST_F(MovesOfTwoServers, with_the_same_slot_do_not_sell_twice_when_made_into_a_cluster) {
  tell_members({{1, 100}, {2, 100}});
  sell_alone(1);
  const std::int64_t first = concert;
  sell_alone(2);
  ASSERT_EQ(first, concert);
  const int owner = cluster->owner_of_concert(concert);
  const int other = 3 - owner;
  launch_and_link();
  await_handovers([](const Handover& its) { return its.leaving == its.refused; });
  if (HasFailure()) return;

  // The concert, the list of concerts, the user's wallet.
  EXPECT_GE(sum(&Handover::refused), 3);
  int lines = 0;
  for (const int id : cluster->members())
    lines += cluster->instance(id).lines_with("can't be handed over to instance");
  EXPECT_EQ(lines, sum(&Handover::refused));
  std::string said;
  EXPECT_EQ(cluster->status(said), 1);
  EXPECT_THAT(said, HasSubstr(fmt::format("NOT WELL: instance {}: has {} slots that another "
                                          "instance does not take",
                                          other, cluster->handover(other)->refused)));

  for (const int at : cluster->members()) {
    SCOPED_TRACE(at);
    Shop shop(cluster->shop(at));
    EXPECT_EQ(shop.concert(concert)["dates"][0]["sold"].integer(), 1);
    EXPECT_EQ(shop.fan(sales[owner].fan, "GET", payment_path(owner)).status, 200);
    EXPECT_NE(shop.fan(sales[other].fan, "GET", payment_path(other)).status, 200);
    EXPECT_EQ(shop.balance(user), money[cluster->owner_of_user(user)]);
    const Fan late = shop.enter(concert);
    api::expect_problem(shop.post_hold(concert, late, {1}), 409, "seat-unavailable");
  }
  cluster->stop();
}

using MovesGivenAway = MovesMisuse;

TEST_F(MovesGivenAway, instance_that_gave_slots_away_does_not_start_alone) {
  tell_members({{1, 100}, {2, 100}});
  ASSERT_TRUE(cluster->start());
  cluster->change_map({"--weight", "1:50"});
  ASSERT_TRUE(cluster->await_slots(kMisuseMovedMsMax));
  cluster->stop();
  Instance& giver = cluster->instance(1);
  cluster->launch_alone(1);
  EXPECT_GT(giver.wait(30'000), 0) << giver.log();
  EXPECT_EQ(giver.lines_with("this is the log of an instance of a cluster"), 1) << giver.log();
  ASSERT_TRUE(cluster->start()) << "in its cluster it does";
}

}  // namespace
}  // namespace frontrow::cluster
