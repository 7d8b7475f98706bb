// All machines lose power at once, while fans buy: the disks of all instances and of all members of
// etcd drop unsynced writes (FS_IOC_SHUTDOWN). When the power is back, all that was
// acknowledged is there.
//
// In the long test FRONTROW_ROUNDS sets the number of cuts (100 by default).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <thread>

#include "engine/base/prng.h"
#include "tests/api/support/small_disk.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

// etcd allocates 64 MiB for each file of its log.
constexpr std::int64_t kMachineDiskBytes = std::int64_t{1} << 30;
constexpr int kPowerSoldMsMax = 40'000;

void cut_power(int cuts, std::uint64_t seed) {
  if (const std::string why = Cluster::why_not(); !why.empty()) GTEST_SKIP() << why;
  std::array<api::SmallDisk, kInstances> disks{api::SmallDisk(kMachineDiskBytes),
                                               api::SmallDisk(kMachineDiskBytes),
                                               api::SmallDisk(kMachineDiskBytes)};
  std::vector<std::filesystem::path> roots;
  for (const api::SmallDisk& disk : disks) {
    if (!disk.why_not().empty()) GTEST_SKIP() << "needs mounts of its own: " << disk.why_not();
    roots.push_back(disk.root());
  }
  Cluster cluster(loopback_hosts(kInstances), roots);
  ASSERT_TRUE(cluster.start());
  Crowd crowd(cluster, seed);
  Prng random(seed);
  std::string why_not;
  crowd.play_rounds(cuts, [&](int cut) {
    SCOPED_TRACE(fmt::format("cut {}", cut));
    if (!why_not.empty()) return;
    ASSERT_TRUE(crowd.await_sales(10 + random.below(30), kPowerSoldMsMax));
    for (api::SmallDisk& disk : disks) {
      const std::string reason = disk.cut_power();
      if (!reason.empty()) why_not = reason;
    }
    for (int id = 1; id <= kInstances; ++id) {
      cluster.instance(id).kill();
      cluster.etcd().kill(id);
    }
    for (api::SmallDisk& disk : disks) disk.come_back();
    for (int id = 1; id <= kInstances; ++id) {
      cluster.etcd().launch(id);
      cluster.launch(id);
    }
    ASSERT_TRUE(crowd.await_sales(5, kPowerSoldMsMax));
    ASSERT_TRUE(cluster.await_settled());
  });
  if (!why_not.empty()) GTEST_SKIP() << why_not;
  std::printf("%d power cuts: %s\n", cuts, crowd.encounters().text().c_str());
  Logs::stop_and_check(cluster, crowd.books());
}

TEST(ThoroughPowerCutOfAll, nothing_acknowledged_is_lost) { cut_power(2, 41); }

TEST(LongPowerCutOfAll, nothing_acknowledged_is_lost) {
  cut_power(static_cast<int>(number_from("FRONTROW_ROUNDS", 100)),
            number_from("FRONTROW_SEED", 42));
}

}  // namespace
}  // namespace frontrow::cluster
