// kill -9 under load, again and again on the same directory, with a ledger of what was acknowledged
// in another process (this one). The clock of the machine may jump, and the process may stand
// still: neither may cost or give anybody anything.
//
// Long: FRONTROW_KILLS tells how many (500 by default).
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "engine/base/prng.h"
#include "tests/faults/ledger.h"

namespace frontrow::faults {
namespace {

const std::vector<std::string> kArguments = {
    "--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"};

void kill_again_and_again(int kills) {
  api::ServerProcess server(kArguments);
  Ledger ledger(server);
  Prng random(static_cast<std::uint64_t>(kills));
  for (int kill = 1; kill <= kills && !testing::Test::HasFailure(); ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    ledger.work(server, static_cast<int>(10 + random.below(300)), [&] { server.kill(); });
    ASSERT_TRUE(server.start()) << server.log();
    // Looking everything up takes ever longer.
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

// Stopped for longer than a session's idle time would allow, a server goes on as if nothing was:
// deadlines that passed meanwhile have passed, and nothing else.
TEST(Standstill, stopped_process_goes_on_and_loses_nothing) {
  api::ServerProcess server(kArguments);
  Ledger ledger(server);
  ledger.work(server, 200, [&] {
    server.send_signal(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    server.send_signal(SIGCONT);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    server.kill();
  });
  ASSERT_TRUE(server.start()) << server.log();
  ledger.check(server);
}

}  // namespace
}  // namespace frontrow::faults
