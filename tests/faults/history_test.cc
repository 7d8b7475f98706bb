// Histories recorded over HTTP from parallel clients, with kills in between, and checked seat by
// seat and wallet by wallet. Long: FRONTROW_HISTORIES sets their number (1,000 by default).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>

#include "tests/api/support/server_process.h"
#include "tests/faults/history.h"
#include "tests/support/environment.h"

namespace frontrow::faults {
namespace {

constexpr int kLives = 3;  // of the server in one history

void check_histories(int count) {
  std::size_t unanswered = 0;
  std::size_t paid = 0;
  std::size_t office_acts = 0;
  api::ServerProcess server(
      {"--threads", "2", "--snapshots-events", "1000", "--snapshots-interval-seconds", "1"});
  // A client ends with its server, and begins again in the next life.
  std::atomic<bool> is_up{true};
  const auto where = [&](std::size_t) -> std::optional<api::HttpPlace> {
    if (!is_up) return std::nullopt;
    return api::HttpPlace{.port = server.port()};
  };
  for (int i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    const auto seed = static_cast<std::uint64_t>(i) + 1;
    SCOPED_TRACE("history of seed " + std::to_string(seed));
    History history(where, server.admin_key(), seed);
    for (int life = 1; life < kLives; ++life) {
      history.play([&] {
        is_up = false;
        server.kill();
      });
      ASSERT_TRUE(server.start()) << server.log();
      is_up = true;
    }
    history.play();
    history.check();
    unanswered += history.unanswered();
    paid += history.paid();
    office_acts += history.office_acts();
  }
  // The kills interrupted operations, and seats were sold.
  EXPECT_GT(unanswered, 0U);
  EXPECT_GT(paid, static_cast<std::size_t>(count));
  EXPECT_GT(office_acts, static_cast<std::size_t>(count));
  std::printf(
      "%d histories, %zu operations without an answer, %zu payments, %zu acts of the office\n",
      count, unanswered, paid, office_acts);
}

TEST(Histories, are_linearizable_over_kills) { check_histories(20); }

TEST(LongHistories, are_linearizable_over_kills) {
  check_histories(static_cast<int>(number_from("FRONTROW_HISTORIES", 1000)));
}

}  // namespace
}  // namespace frontrow::faults
