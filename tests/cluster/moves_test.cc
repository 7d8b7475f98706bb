// The cluster starts with another map than before: an instance joins, an instance leaves, and sales
// in progress continue at their new owners.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cluster/cluster.h"
#include "tests/cluster/logs.h"
#include "tests/cluster/stalls.h"

namespace frontrow::cluster {
namespace {

constexpr int kUsualMovedMsMax = 60'000;

// Starts with these weights from the first start on.
void start_with(Cluster& cluster, const std::map<int, int>& weights) {
  Told told = cluster.told();
  told.weights = weights;
  cluster.tell_all(told);
  ASSERT_TRUE(cluster.start());
}

// Launches all with the planned map; waits until every slot is live at its owner and the status is
// well.
void start_planned(Cluster& cluster) {
  cluster.put_planned();
  cluster.launch_all();
  for (const int id : cluster.members()) ASSERT_TRUE(cluster.instance(id).await_ready());
  ASSERT_TRUE(cluster.await_slots(kUsualMovedMsMax));
  cluster.await_well();
}

// Instance 3 joins two that have sold already.
void take_in_the_third(Cluster& cluster) {
  ASSERT_NO_FATAL_FAILURE(start_with(cluster, {{1, 100}, {2, 100}}));
  const Host& host = cluster.instance(3).host();
  cluster.plan({"--add", fmt::format("3={}:{},{}:{}", host.address, host.http_port, host.address,
                                     host.peer_port)});
  Stalls stalls(cluster, {{1, 1}, {1, 3}, {2, 2}, {2, 3}});
  const auto before = stalls.read(1);
  cluster.stop();
  ASSERT_NO_FATAL_FAILURE(start_planned(cluster));

  EXPECT_GT(cluster.handover(3)->live, 0);
  for (const int at : cluster.members()) EXPECT_EQ(stalls.read(at), before) << "asked of " << at;
  stalls.expect_keys_kept(3);
  stalls.go_on(3);
  stalls.expect_keys_kept(2);
  cluster.await_outboxes();
  cluster.stop();
  const Logs logs(cluster);  // verifies all three together
  logs.check_payments();
  EXPECT_GT(logs.moves(), 0U);
}

using Moves = LocalClusterTest;
using MovesOverTls = ClusterTest;

TEST_F(Moves, instance_that_comes_takes_its_slots_and_everything_in_them) {
  take_in_the_third(*cluster);
}

TEST_F(MovesOverTls, instance_that_comes_takes_its_slots_and_everything_in_them) {
  take_in_the_third(*cluster);
  EXPECT_GT(cluster->instance(3).lines_with("is up (TLS 1.3)"), 0);
}

TEST_F(Moves, instance_that_leaves_is_drained_first_and_then_needed_no_more) {
  ASSERT_NO_FATAL_FAILURE(start_with(*cluster, {{1, 100}, {2, 100}, {3, 100}}));
  cluster->plan({"--weight", "3:0"});
  Stalls stalls(*cluster, {{1, 1}, {2, 2}, {3, 1}, {3, 2}});
  const auto before = stalls.read(3);
  cluster->stop();
  ASSERT_NO_FATAL_FAILURE(start_planned(*cluster));
  EXPECT_EQ(cluster->handover(3)->live, 0);
  EXPECT_EQ(stalls.read(3), before);

  cluster->stop();
  cluster->plan({"--remove", "3"});
  std::filesystem::remove_all(cluster->instance(3).data());
  ASSERT_NO_FATAL_FAILURE(start_planned(*cluster));
  EXPECT_EQ(stalls.read(2), before);
  stalls.expect_keys_kept(1);
  stalls.go_on(2);
  stalls.expect_keys_kept(2);
  cluster->stop();
  Logs::verify({"--data-dir", cluster->instance(1).data().string(), "--data-dir",
                cluster->instance(2).data().string()});
}

}  // namespace
}  // namespace frontrow::cluster
