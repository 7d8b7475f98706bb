// kill -9 under load, repeatedly on the same directory, with a ledger of acknowledged operations in
// another process (this one).
//
// Long: FRONTROW_KILLS sets the number (500 by default).
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/base/prng.h"
#include "tests/faults/crash_ledger.h"

namespace frontrow::faults {
namespace {

const std::vector<std::string> kArguments = {
    "--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"};

void kill_again_and_again(int kills) {
  api::ServerProcess server(kArguments);
  CrashLedger ledger(server);
  Prng random(static_cast<std::uint64_t>(kills));
  for (int kill = 1; kill <= kills && !testing::Test::HasFailure(); ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    ledger.work(server, static_cast<int>(10 + random.below(300)), [&] { server.kill(); });
    ASSERT_TRUE(server.start()) << server.log();
    // A full check takes longer with each kill.
    if (kill % 5 == 0 || kill == kills) ledger.check(server);
  }
  std::printf("%d kills: %lu operations acknowledged, %lu in doubt\n", kills,
              static_cast<unsigned long>(ledger.acknowledged()),
              static_cast<unsigned long>(ledger.in_doubt()));
}

TEST(Kill, nothing_acknowledged_is_lost_doubled_or_invented) { kill_again_and_again(20); }

TEST(LongKill, nothing_acknowledged_is_lost_doubled_or_invented) {
  const char* kills = std::getenv("FRONTROW_KILLS");
  kill_again_and_again(kills == nullptr ? 500 : std::atoi(kills));
}

}  // namespace
}  // namespace frontrow::faults
