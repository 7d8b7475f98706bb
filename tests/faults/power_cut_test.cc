// A power cut: the data directory is on a file system of its own, which drops all unsynced data
// (FS_IOC_SHUTDOWN). The server must detect the failure, acknowledge no further request and end;
// after the power is back all acknowledged changes are there.
//
// Long: FRONTROW_POWER_CUTS sets the number (200 by default).
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/base/prng.h"
#include "tests/api/support/small_disk.h"
#include "tests/faults/crash_ledger.h"

namespace frontrow::faults {
namespace {

void cut_power(int cuts) {
  api::SmallDisk disk;
  if (!disk.why_not().empty()) GTEST_SKIP() << "needs a mount of its own: " << disk.why_not();
  api::ServerProcess server(
      {"--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1",
       "--journal-low-space-mib", "1", "--journal-write-buffer-mib", "1"},
      disk.root() / "data");
  CrashLedger ledger(server);
  Prng random(static_cast<std::uint64_t>(cuts));
  for (int cut = 1; cut <= cuts && !testing::Test::HasFailure(); ++cut) {
    SCOPED_TRACE("cut " + std::to_string(cut));
    std::string why_not;
    ledger.work(server, static_cast<int>(20 + random.below(400)),
                [&] { why_not = disk.cut_power(); });
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    EXPECT_EQ(server.wait(10'000), 1) << "it must end by itself, and say that it failed";
    disk.come_back();
    ASSERT_TRUE(server.start()) << server.log();
    ledger.check(server);
  }
  std::printf("%d power cuts: %lu operations acknowledged, %lu in doubt\n", cuts,
              static_cast<unsigned long>(ledger.acknowledged()),
              static_cast<unsigned long>(ledger.in_doubt()));
}

TEST(PowerCut, nothing_acknowledged_is_lost) { cut_power(5); }

TEST(LongPowerCut, nothing_acknowledged_is_lost) {
  const char* cuts = std::getenv("FRONTROW_POWER_CUTS");
  cut_power(cuts == nullptr ? 200 : std::atoi(cuts));
}

}  // namespace
}  // namespace frontrow::faults
