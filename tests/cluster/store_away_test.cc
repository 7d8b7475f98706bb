// etcd has no majority for a while: nothing is acknowledged meanwhile, requests are refused instead
// of waiting, and everything goes on by itself afterwards.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

using Clock = std::chrono::steady_clock;

// Afterwards no reply was given under a lease of before: 1.5 s, and the answer's way.
constexpr auto kLeaseIsOver = std::chrono::milliseconds(2'000);
constexpr int kRefusedMsMax = 7'000;  // of a request that had entered: outcome-unknown
constexpr int kAwaySoldMsMax = 30'000;

struct Refusals {
  int reads = 0, writes = 0, unknown = 0;
  std::int64_t slowest_ms = 0;
};

class StoreAway : public LocalClusterTest {
 protected:
  void lose_the_majority_for(std::chrono::seconds away);
  // Asks for each fan's wallet, and charges it, until `end`.
  void ask_all(Clock::time_point away_since, Clock::time_point end) {
    for (int turn = 0; Clock::now() < end && !HasFailure(); ++turn) {
      const int at = 1 + turn % kInstances;
      api::Shop shop(cluster->shop(at));
      for (const api::Fan& fan : fans) {
        const auto asked = Clock::now();
        if (asked >= end) return;
        const api::Response charged = shop.post_charge(fan, 1);
        expect_refused(charged, "a charge");
        ++refusals.writes;
        const std::string slug = charged.slug();
        EXPECT_TRUE(slug == "log-unavailable" || slug == "outcome-unknown" ||
                    slug == "instance-unavailable")
            << charged.body;
        refusals.unknown += slug == "outcome-unknown" ? 1 : 0;
        note_time(asked);
        const auto asked_again = Clock::now();
        if (asked_again - away_since < kLeaseIsOver || asked_again >= end) continue;
        expect_refused(shop.admin("GET", fmt::format("/v1/users/{}/balance", fan.user)), "a read");
        ++refusals.reads;
        note_time(asked_again);
      }
    }
  }

  void expect_refused(const api::Response& response, const char* what) {
    EXPECT_EQ(response.status, 503) << what << ": " << response.body;
    EXPECT_FALSE(response.header("Retry-After").empty()) << response.body;
  }
  void note_time(Clock::time_point asked) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked);
    refusals.slowest_ms = std::max<std::int64_t>(refusals.slowest_ms, took.count());
  }

  std::vector<api::Fan> fans;  // one for each owner of a wallet
  Refusals refusals;
};

void StoreAway::lose_the_majority_for(std::chrono::seconds away) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 31);
  {
    api::Shop shop(cluster->shop(1));
    const std::int64_t concert = shop.create_concert();
    for (int id = 1; id <= kInstances; ++id)
      fans.push_back(shop.join(concert, cluster->user_of(id)));
  }
  crowd.begin();
  ASSERT_TRUE(crowd.await_sales(30, kAwaySoldMsMax));
  const auto away_since = Clock::now();
  cluster->etcd().stand_still(1);
  cluster->etcd().stand_still(2);
  ask_all(Clock::now(), away_since + away);
  cluster->etcd().go_on(1);
  cluster->etcd().go_on(2);
  const auto back = Clock::now();
  EXPECT_TRUE(crowd.await_sales(30, kAwaySoldMsMax));
  std::printf(
      "%d writes refused, %d of them outcome-unknown, %d reads refused, the slowest in %ld ms; "
      "sales "
      "again %ld ms after etcd\n",
      refusals.writes, refusals.unknown, refusals.reads, refusals.slowest_ms,
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - back).count());
  EXPECT_GT(refusals.reads, 0);
  // One that had entered is refused at its deadline; the others at once.
  EXPECT_GT(refusals.writes, 100);
  EXPECT_LE(refusals.slowest_ms, kRefusedMsMax);
  for (int id = 1; id <= kInstances; ++id)
    EXPECT_TRUE(cluster->instance(id).running()) << "it must wait for etcd";
  ASSERT_TRUE(cluster->await_settled());
  crowd.end();
  crowd.books().check(*cluster);
}

TEST_F(StoreAway, nothing_is_acknowledged_and_all_goes_on_afterwards) {
  lose_the_majority_for(std::chrono::seconds(10));
}

using LongStoreAway = StoreAway;

TEST_F(LongStoreAway, nothing_is_acknowledged_and_all_goes_on_afterwards) {
  lose_the_majority_for(std::chrono::seconds(number_from("FRONTROW_SECONDS", 60)));
}

}  // namespace
}  // namespace frontrow::cluster
