// Histories of a cluster, recorded over HTTP from parallel clients at all instances, while one of
// the instances, the member of etcd that leads, or both are killed, and checked seat by seat and
// wallet by wallet. Long: FRONTROW_HISTORIES sets their number (500 by default), FRONTROW_SEED the
// first one.
#include <gtest/gtest.h>

#include <cstdio>

#include "engine/base/prng.h"
#include "tests/cluster/cluster.h"
#include "tests/faults/history.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

constexpr int kHistoryConnectMs = 300;
constexpr int kHistoryAnswerMs = 8'000;

class ClusterHistories : public LocalClusterTest {
 protected:
  void check(int count, std::uint64_t first_seed);
};

void ClusterHistories::check(int count, std::uint64_t first_seed) {
  ASSERT_TRUE(cluster->start());
  std::size_t unanswered = 0, refused = 0, paid = 0, office_acts = 0;
  const auto where = [&](std::size_t turn) -> std::optional<api::HttpPlace> {
    return cluster->place(1 + static_cast<int>(turn % kInstances), kHistoryConnectMs,
                          kHistoryAnswerMs);
  };
  for (int i = 0; i < count && !HasFailure(); ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("history of seed " + std::to_string(seed));
    Prng random(seed);
    faults::History history(where, Cluster::admin_key(), seed);
    const int victim = random.chance(70) ? 1 + static_cast<int>(random.below(kInstances)) : 0;
    const int leader = victim == 0 || random.chance(40) ? cluster->etcd_leader() : 0;
    history.play([&] {
      if (victim != 0) cluster->instance(victim).kill();
      if (leader != 0) cluster->etcd().kill(leader);
    });
    if (leader != 0) cluster->etcd().launch(leader);
    if (victim != 0) cluster->launch(victim);
    ASSERT_TRUE(cluster->await_settled());
    history.play();
    history.check();
    unanswered += history.unanswered();
    refused += history.refused();
    paid += history.paid();
    office_acts += history.office_acts();
  }
  EXPECT_GT(paid, static_cast<std::size_t>(count));
  EXPECT_GT(office_acts, static_cast<std::size_t>(count));
  EXPECT_GT(unanswered + refused, 0U);
  std::printf(
      "%d histories, %zu operations without an answer, %zu refused, %zu payments, %zu acts of the "
      "office\n",
      count, unanswered, refused, paid, office_acts);
}

TEST_F(ClusterHistories, are_linearizable_over_kills) { check(2, 1); }

using ThoroughClusterHistories = ClusterHistories;
TEST_F(ThoroughClusterHistories, are_linearizable_over_kills) { check(8, 100); }

using LongClusterHistories = ClusterHistories;
TEST_F(LongClusterHistories, are_linearizable_over_kills) {
  check(static_cast<int>(number_from("FRONTROW_HISTORIES", 500)),
        number_from("FRONTROW_SEED", 1'000));
}

}  // namespace
}  // namespace frontrow::cluster
