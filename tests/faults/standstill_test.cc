// The process is stopped (SIGSTOP), as under a debugger, in a frozen container or on a host that
// swaps, and must continue without damage: only deadlines that passed meanwhile take effect.
//
// Long: 1, 5, 10 and 30 seconds.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "tests/faults/crash_ledger.h"

namespace frontrow::faults {
namespace {

using api::Shop;

// A line whose users would count as idle by the end of the longest stop, though they could not
// poll, and a hold that ends during it.
struct Bystanders {
  static constexpr int kHoldSeconds = 20;
  static constexpr int kIdleSeconds = 10;

  explicit Bystanders(Shop& shop)
      : concert(shop.create_concert("\"holdSeconds\":" + std::to_string(kHoldSeconds))),
        line(shop.create_concert(R"("queue":{"maxActive":1,"idleSeconds":)" +
                                 std::to_string(kIdleSeconds) + R"(,"sessionSeconds":86400})")) {
    owner = shop.enter(concert);
    hold = shop.hold(concert, owner, {1});
    placed = std::chrono::steady_clock::now();
    shop.enter(line);
    next = shop.join(line);
  }
  void check(Shop& shop) const {
    const std::string path = Shop::path(concert, "/holds/" + std::to_string(hold));
    const auto before = std::chrono::steady_clock::now();
    const int status = shop.fan(owner, "GET", path).status;
    const auto deadline = placed + std::chrono::seconds(kHoldSeconds);
    if (std::chrono::steady_clock::now() < deadline) {
      EXPECT_EQ(status, 200) << "its time is not over";
    } else if (before > deadline) {
      EXPECT_EQ(status, 410) << "its time is over";
    }
  }

  std::int64_t concert;
  std::int64_t line;
  api::Fan owner;
  api::Fan next;
  std::int64_t hold = 0;
  std::chrono::steady_clock::time_point placed;
};

void stand_still(api::ServerProcess& server, CrashLedger& ledger, int seconds) {
  SCOPED_TRACE(std::to_string(seconds) + " s");
  ledger.work(server, 200, [&] {
    Shop shop(server);
    const Bystanders bystanders(shop);
    server.send_signal(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    server.send_signal(SIGCONT);
    Shop other(server);
    bystanders.check(other);
    EXPECT_EQ(other.state(bystanders.line, bystanders.next), "waiting");
    other.charge(other.enter(bystanders.concert), 5);  // the server accepts new work
    server.kill();
  });
  ASSERT_TRUE(server.start()) << server.log();
  ledger.check(server);
}

void stand_still(const std::vector<int>& stops) {
  api::ServerProcess server(
      {"--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"});
  CrashLedger ledger(server);
  for (const int seconds : stops) stand_still(server, ledger, seconds);
  std::printf("%zu stops: %lu operations acknowledged, %lu in doubt\n", stops.size(),
              static_cast<unsigned long>(ledger.acknowledged()),
              static_cast<unsigned long>(ledger.in_doubt()));
}

TEST(Standstill, stopped_process_goes_on_and_loses_nothing) { stand_still({2}); }

TEST(LongStandstill, stopped_process_goes_on_and_loses_nothing) { stand_still({1, 5, 10, 30}); }

}  // namespace
}  // namespace frontrow::faults
