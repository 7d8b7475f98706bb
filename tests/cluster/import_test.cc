// The directories of a static cluster, which earlier versions had, become a cluster, and its sale
// goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/cluster/cluster.h"
#include "tests/cluster/cluster_ledger.h"
#include "tests/cluster/logs.h"
#include "tests/tools/frontrow/recover/moves_support.h"

namespace frontrow::cluster {
namespace {

using testing::HasSubstr;

using Owner = recover::Instance;  // of a static cluster

constexpr int kConcerts = 6;
constexpr std::int64_t kMoney = 5'000;
constexpr std::size_t kSealed = 20;  // of these a third stays with its owner

Instant wall_now() {
  return Instant{std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count()};
}

class Import : public LocalClusterTest {
 protected:
  struct Guest {
    std::int64_t concert = 0;
    api::Fan fan;
    std::int64_t hold = 0;  // neither paid nor released
  };

  // Of each concert, seats are sold and held, and fans wait in the line.
  void open_concerts(api::Shop& shop);
  Guest join(api::Shop& shop, std::int64_t concert);
  void charge(api::Shop& shop, const Guest& guest);
  void hold(api::Shop& shop, Guest& guest, int seat);
  void pay(api::Shop& shop, Guest& guest);
  // The fans go on where they were, at these instances in turn.
  void go_on();
  // Gives the slots of the single server to three instances, which open all others.
  void spread();
  bool is_concert(SlotId slot) const;
  int import(const std::vector<int>& ids, std::string& said);

  std::vector<std::int64_t> concerts;
  std::vector<Guest> holders;
  std::vector<Guest> waiting;
  ClusterLedger books;
};

void Import::open_concerts(api::Shop& shop) {
  for (int i = 0; i < kConcerts; ++i) {
    const std::int64_t concert = shop.create_concert(
        R"("holdSeconds":3600,"queue":{"maxActive":2,"sessionSeconds":3600,"idleSeconds":3600})");
    concerts.push_back(concert);
    for (int seat = 1; seat <= 2; ++seat) {
      Guest guest = join(shop, concert);
      ASSERT_TRUE(api::await([&] { return shop.state(concert, guest.fan) == "active"; }));
      charge(shop, guest);
      hold(shop, guest, seat);
      seat == 1 ? pay(shop, guest) : holders.push_back(guest);
    }
    for (int i_waiting = 0; i_waiting < 3; ++i_waiting) waiting.push_back(join(shop, concert));
  }
}

Import::Guest Import::join(api::Shop& shop, std::int64_t concert) {
  ClusterLedger::Join join{.asked_us = now_us()};
  Guest guest{concert, shop.join(concert)};
  join.answered_us = now_us();
  join.number = guest.fan.number;
  books.joins[concert][guest.fan.user] = join;
  return guest;
}

void Import::charge(api::Shop& shop, const Guest& guest) {
  const api::Response charged = shop.post_charge(guest.fan, kMoney);
  ASSERT_EQ(charged.status, 201) << charged.body;
  books.charges[charged.json()["chargeId"].integer()] = {guest.fan.user, kMoney};
}

void Import::hold(api::Shop& shop, Guest& guest, int seat) {
  guest.hold = shop.hold(guest.concert, guest.fan, {seat});
  books.all_holds.insert(guest.hold);
  books.holds[guest.hold] = {guest.concert, guest.fan.token, {{"2047-05-01", seat}}};
}

void Import::pay(api::Shop& shop, Guest& guest) {
  const api::Response paid = shop.post_payment(guest.concert, guest.fan, guest.hold);
  ASSERT_EQ(paid.status, 201) << paid.body;
  const api::Json said = paid.json();
  books.payments[said["paymentId"].integer()] = {guest.concert, guest.fan.user, guest.hold,
                                                 said["amount"].integer(),
                                                 books.holds.at(guest.hold).seats};
  books.holds.erase(guest.hold);
}

void Import::spread() {
  const std::string data = cluster->instance(1).data().string();
  Owner one(1, data, wall_now());
  Owner two(2, cluster->instance(2).data().string(), wall_now());
  Owner three(3, cluster->instance(3).data().string(), wall_now());
  const std::vector<Owner*> owners = {&one, &two, &three};
  const auto concert = [&](std::size_t i) {
    return slot_of_concert(ConcertId{static_cast<std::uint32_t>(concerts[i])});
  };
  for (std::size_t i = 0; i < concerts.size(); ++i) {
    if (i % owners.size() != 0) hand_over(one, *owners[i % owners.size()], concert(i));
  }
  std::vector<std::vector<SlotId>> opened(owners.size());
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    const std::size_t i = id % owners.size();
    const bool is_away = two.has(slot) || three.has(slot);
    if (one.has(slot) && i != 0 && !is_concert(slot)) {
      hand_over(one, *owners[i], slot);
    } else if (!is_away) {
      opened[one.has(slot) ? 0 : i].push_back(slot);
    }
  }
  for (std::size_t i = 0; i < owners.size(); ++i) owners[i]->open(opened[i]);
  hand_over(two, one, concert(1));  // comes back
  one.seal(concert(0), 2);          // is adopted, and not released yet
  two.adopt(one, concert(0));
  one.seal(concert(3), 2);  // is not adopted yet, as others are that nobody used
  std::erase_if(opened[0], [this](SlotId slot) { return is_concert(slot); });
  for (std::size_t i = 1; i < kSealed; ++i) one.seal(opened[0].at(i), 2);
}

bool Import::is_concert(SlotId slot) const {
  return std::ranges::any_of(concerts, [slot](std::int64_t concert) {
    return slot_of_concert(ConcertId{static_cast<std::uint32_t>(concert)}) == slot;
  });
}

int Import::import(const std::vector<int>& ids, std::string& said) {
  std::vector<std::string> words = {"cluster", "import", "--cluster", cluster->told(1).cluster};
  for (const std::string& endpoint : cluster->etcd().endpoints())
    words.insert(words.end(), {"--etcd", endpoint});
  for (const int id : ids) {
    words.insert(words.end(), {"--data-dir", fmt::format("{}={}", cluster->name_of(id),
                                                         cluster->instance(id).data().string())});
  }
  return Cluster::run(words, said);
}

void Import::go_on() {
  int next = 0;
  const auto some_shop = [&] { return cluster->shop(1 + next++ % kInstances); };
  for (const Guest& guest : waiting) {
    api::Shop shop = some_shop();
    EXPECT_EQ(shop.entry(guest.concert, guest.fan)["number"].integer(), guest.fan.number);
  }
  for (std::size_t i = 0; i < holders.size(); i += 2) {
    api::Shop shop = some_shop();
    pay(shop, holders[i]);
  }
  for (const std::int64_t concert : concerts) {
    api::Shop shop = some_shop();
    join(shop, concert);
  }
  // The first of each line has a place by now.
  for (std::size_t i = 0; i < waiting.size(); i += 3) {
    Guest& guest = waiting[i];
    api::Shop shop = some_shop();
    ASSERT_TRUE(api::await([&] { return shop.state(guest.concert, guest.fan) == "active"; }));
    charge(shop, guest);
    hold(shop, guest, 9);
    pay(shop, guest);
  }
  api::Shop shop = some_shop();
  auto& [payment, refunded] = *books.payments.begin();
  EXPECT_EQ(shop.refund(refunded.concert, payment).status, 201);
  refunded.refunded = true;
}

using ThoroughImport = Import;

TEST_F(ThoroughImport, directories_of_a_static_cluster_serve_on) {
  ASSERT_TRUE(cluster->begin_etcd());
  cluster->launch_alone(1);
  ASSERT_TRUE(cluster->instance(1).await_ready());
  {
    api::Shop shop = cluster->shop(1);
    open_concerts(shop);
  }
  ASSERT_FALSE(HasFailure());
  cluster->stop();
  spread();
  ASSERT_FALSE(HasFailure());
  cluster->launch_alone(2);
  EXPECT_EQ(cluster->instance(2).wait(30'000), 1);
  EXPECT_EQ(cluster->instance(2).lines_with("frontrow cluster import"), 1);

  std::string said;
  EXPECT_EQ(import({1, 2}, said), 1) << said;
  EXPECT_THAT(said, HasSubstr("give the directory of instance 3, too"));
  ASSERT_EQ(import({1, 2, 3}, said), 0) << said;
  EXPECT_THAT(said,
              HasSubstr(fmt::format("{} slots that were sealed and have not moved stay", kSealed)));
  for (int id = 1; id <= kInstances; ++id) cluster->launch(id);
  for (int id = 1; id <= kInstances; ++id) ASSERT_TRUE(cluster->instance(id).await_ready());
  ASSERT_TRUE(cluster->await_settled());
  books.check(*cluster);
  go_on();
  ASSERT_FALSE(HasFailure());

  // Each state is on two disks: a machine may go.
  cluster->instance(2).kill();
  ASSERT_TRUE(cluster->await_settled());
  books.check(*cluster);
  cluster->launch(2);
  ASSERT_TRUE(cluster->instance(2).await_ready());
  ASSERT_TRUE(cluster->await_settled());
  Logs::stop_and_check(*cluster, books);
}

}  // namespace
}  // namespace frontrow::cluster
