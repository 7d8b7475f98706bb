// Restarts while fans buy: of one instance after the other, as for a new version; and of all at
// once, after kills and after stops.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/cluster/slot_watch.h"

namespace frontrow::cluster {
namespace {

constexpr int kRestartGapMsMax = 8'000;  // on a busy machine; the goal is 300 ms
constexpr int kRestartSoldMsMax = 30'000;

using Restart = LocalClusterTest;
using ThoroughRestart = Restart;

TEST_F(ThoroughRestart, of_one_after_the_other_is_a_short_pause_for_its_slots) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 11);
  crowd.play_rounds(kInstances, [&](int round) {
    const int id = 1 + round;
    ASSERT_TRUE(crowd.await_sales(20, kRestartSoldMsMax));
    std::vector<int> others = cluster->living();
    std::erase(others, id);
    SlotWatch watch(*cluster, cluster->slots_of(id), others);
    ASSERT_GE(watch.await_answers(SlotWatch::Clock::now(), kRestartSoldMsMax), 0);
    cluster->instance(id).ask_to_stop();
    EXPECT_EQ(cluster->instance(id).wait(30'000), 0) << cluster->instance(id).log();
    EXPECT_GE(watch.await_answers(SlotWatch::Clock::now(), kRestartSoldMsMax), 0);
    const std::int64_t stop_ms = watch.gap_ms_max();
    cluster->launch(id);
    ASSERT_TRUE(cluster->instance(id).await_ready());
    ASSERT_TRUE(cluster->await_settled());
    watch.end();
    std::printf(
        "instance %d: a slot gave no answer for at most %ld ms at the stop, %ld ms in all\n", id,
        stop_ms, watch.gap_ms_max());
    EXPECT_LE(watch.gap_ms_max(), kRestartGapMsMax);
  });
  std::printf("%s\n", crowd.encounters().text().c_str());
  Logs::stop_and_check(*cluster, crowd.books());
}

TEST_F(Restart, of_all_after_a_kill_of_all_at_once) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 12);
  crowd.play_rounds(2, [&](int) {
    ASSERT_TRUE(crowd.await_sales(30, kRestartSoldMsMax));
    for (const int id : cluster->living()) cluster->instance(id).kill();
    for (int id = 1; id <= kInstances; ++id) cluster->launch(id);
    ASSERT_TRUE(crowd.await_sales(10, kRestartSoldMsMax));
    ASSERT_TRUE(cluster->await_settled());
  });
  std::printf("%s\n", crowd.encounters().text().c_str());
  Logs::stop_and_check(*cluster, crowd.books());
}

TEST_F(ThoroughRestart, of_all_after_a_stop_of_all) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 13);
  crowd.play_rounds(2, [&](int) {
    ASSERT_TRUE(crowd.await_sales(30, kRestartSoldMsMax));
    cluster->stop();
    for (int id = 1; id <= kInstances; ++id) cluster->launch(id);
    ASSERT_TRUE(crowd.await_sales(10, kRestartSoldMsMax));
    ASSERT_TRUE(cluster->await_settled());
  });
  Logs::stop_and_check(*cluster, crowd.books());
}

// Instances and etcd: nothing but the disks is left.
TEST_F(ThoroughRestart, of_all_machines_after_a_kill_of_all_at_once) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 14);
  crowd.play_rounds(1, [&](int) {
    ASSERT_TRUE(crowd.await_sales(30, kRestartSoldMsMax));
    for (int id = 1; id <= kInstances; ++id) {
      cluster->instance(id).kill();
      cluster->etcd().kill(id);
    }
    for (int id = 1; id <= kInstances; ++id) {
      cluster->launch(id);
      cluster->etcd().launch(id);
    }
    ASSERT_TRUE(crowd.await_sales(10, kRestartSoldMsMax));
    ASSERT_TRUE(cluster->await_settled());
  });
  Logs::stop_and_check(*cluster, crowd.books());
}

}  // namespace
}  // namespace frontrow::cluster
