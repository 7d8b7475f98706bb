// The wall clock is set an hour forward and back during a sale, and between two lives of the
// server. Deadlines keep their promised length, no user loses a hold or a place, time within a slot
// never goes back, and the ledger of acknowledged operations agrees (docs/decisions/0006-clock.md).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iomanip>
#include <optional>
#include <sstream>

#include "tests/faults/crash_ledger.h"
#include "tests/faults/wall_clock.h"

namespace frontrow::faults {
namespace {

using api::Fan;
using api::Response;
using api::Shop;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr int kHour = 3600;
constexpr int kHoldSeconds = 10;
constexpr int kIdleSeconds = 60;
constexpr auto kSlack = std::chrono::seconds(2);

class ClockFault : public testing::Test {
 protected:
  void SetUp() override {
    if (!wall.why_not().empty()) GTEST_SKIP() << "no clock to set: " << wall.why_not();
  }

  // How far the server's wall clock is ahead of this machine's, in seconds.
  std::int64_t ahead(Shop& shop) {
    std::istringstream text(shop.http.request("GET", "/livez").header("Date"));
    std::tm parts{};
    text >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S GMT");
    EXPECT_FALSE(text.fail());
    return ::timegm(&parts) - system_clock::to_time_t(system_clock::now());
  }
  void expect_ahead(Shop& shop, int seconds) {
    EXPECT_TRUE(api::await([&] { return std::abs(ahead(shop) - seconds) <= 2; }))
        << "the server's wall clock is " << ahead(shop) << " s ahead, not " << seconds;
  }
  // Verifies the stopped directory, including that time goes back in no slot.
  void expect_sound(api::ServerProcess& server) {
    EXPECT_EQ(server.stop(), 0) << server.log();
    std::string report;
    EXPECT_EQ(api::ServerProcess::run_once(
                  {"recover", "verify", "--data-dir", server.data().string()}, report),
              0)
        << report;
  }

  const std::vector<std::string> arguments = {
      "--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"};
  WallClock wall;
};

// A seat that is held for a few seconds, and a fan in the line behind a shop for one.
struct Waiting {
  explicit Waiting(Shop& shop)
      : concert(shop.create_concert(fmt::format(R"("holdSeconds":{})", kHoldSeconds))),
        line(shop.create_concert(
            fmt::format(R"("queue":{{"maxActive":1,"idleSeconds":{},"sessionSeconds":86400}})",
                        kIdleSeconds))) {
    owner = shop.enter(concert);
    rival = shop.enter(concert);
    shop.enter(line);
    next = shop.join(line);
    placed = steady_clock::now();
    hold = shop.hold(concert, owner, {1});
    expires_at = read(shop).json()["expiresAt"].text();
  }
  Response read(Shop& shop) const {
    return shop.fan(owner, "GET", Shop::path(concert, fmt::format("/holds/{}", hold)));
  }
  void expect_untouched(Shop& shop) const {
    const Response held = read(shop);
    EXPECT_EQ(held.status, 200) << held.body;
    EXPECT_EQ(held.json()["expiresAt"].text(), expires_at);
    EXPECT_EQ(shop.post_hold(concert, rival, {1}).slug(), "seat-unavailable");
    EXPECT_EQ(shop.state(line, next), "waiting");
    EXPECT_EQ(shop.entry(line, next)["position"].integer(), 1);
  }

  std::int64_t concert;
  std::int64_t line;
  Fan owner;
  Fan rival;
  Fan next;
  std::int64_t hold = 0;
  std::string expires_at;
  steady_clock::time_point placed;
};

using ThoroughClockFault = ClockFault;

TEST_F(ThoroughClockFault, set_while_a_sale_is_going_on_moves_no_deadline) {
  api::ServerProcess server(arguments);
  CrashLedger ledger(server);
  ledger.work(server, 100, [&] {
    Shop shop(server);
    const Waiting waiting(shop);
    for (const int seconds : {kHour, -kHour, kHour, 0}) {
      SCOPED_TRACE(fmt::format("{} s ahead", seconds));
      wall.set_ahead(seconds);
      expect_ahead(shop, seconds);
      waiting.expect_untouched(shop);
    }
    // The hold ends after its promised length of real time.
    EXPECT_TRUE(api::await(
        [&] { return shop.post_hold(waiting.concert, waiting.rival, {1}).status == 201; },
        2 * kHoldSeconds * 1000));
    const auto lasted = steady_clock::now() - waiting.placed;
    EXPECT_GE(lasted, std::chrono::seconds(kHoldSeconds) - std::chrono::milliseconds(10));
    EXPECT_LT(lasted, std::chrono::seconds(kHoldSeconds) + kSlack);
    server.kill();
  });
  ASSERT_TRUE(server.start()) << server.log();
  ledger.check(server);
  expect_sound(server);
}

// The server reads the wall clock at its start: a clock that is an hour behind must not turn time
// back within a slot, nor end earlier promises.
TEST_F(ClockFault, set_back_between_two_lives_turns_no_slot_back) {
  wall.set_ahead(kHour);
  api::ServerProcess server(arguments);
  CrashLedger ledger(server);
  std::optional<Waiting> waiting;
  ledger.work(server, 100, [&] {
    Shop shop(server);
    expect_ahead(shop, kHour);
    waiting.emplace(shop);
    server.kill();
  });
  wall.set_ahead(0);
  ASSERT_TRUE(server.start()) << server.log();
  {
    Shop shop(server);
    expect_ahead(shop, 0);
    waiting->expect_untouched(shop);
    const Fan late = shop.enter(waiting->concert);
    const Response held = shop.post_hold(waiting->concert, late, {2});
    // RFC 3339 in UTC sorts as text.
    EXPECT_GE(held.json()["expiresAt"].text(), waiting->expires_at);
  }
  ledger.check(server);
  expect_sound(server);
}

// If the clock moves an hour while the server is down, holds expire by their deadlines. Waiting
// users keep their places, because they could not poll meanwhile.
TEST_F(ClockFault, set_forward_between_two_lives_costs_nobody_a_place) {
  api::ServerProcess server(arguments);
  CrashLedger ledger(server);
  std::optional<Waiting> waiting;
  ledger.work(server, 100, [&] {
    Shop shop(server);
    waiting.emplace(shop);
    server.kill();
  });
  wall.set_ahead(kHour);
  ASSERT_TRUE(server.start()) << server.log();
  {
    Shop shop(server);
    expect_ahead(shop, kHour);
    EXPECT_EQ(shop.state(waiting->line, waiting->next), "waiting");
    EXPECT_EQ(shop.entry(waiting->line, waiting->next)["position"].integer(), 1);
    EXPECT_EQ(waiting->read(shop).slug(), "token-expired") << "a session of ten minutes";
    shop.hold(waiting->concert, shop.enter(waiting->concert), {1});
  }
  ledger.check(server);
  expect_sound(server);
}

}  // namespace
}  // namespace frontrow::faults
