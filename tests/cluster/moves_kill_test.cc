// Instances are killed during slot migrations while fans buy; the map changes back and forth, also
// before the last migration is complete. Then all answers of the clients are verified, over HTTP
// and in the logs of all instances.
//
// Ten rounds, and more in the long test, where FRONTROW_ROUNDS sets their number (60 by default)
// and FRONTROW_SEED the draw.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMovedMsMax = 60'000;
constexpr int kSoldMsMax = 15'000;
constexpr int kBegunMsMax = 3'000;
constexpr std::uint64_t kStartUs = 400'000;
constexpr std::uint64_t kKillStrikeUsMax = 4'000;
constexpr int kWeights[] = {0, 50, 100, 100, 300};

// The operator's second change of the map, before the first is complete.
enum class NextMap { kNone, kAfterRestart, kWhileDead };
constexpr const char* kNextMaps[] = {"", ", then another map",
                                     ", another map before they are back"};

std::uint64_t ms_gone_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(Clock::now() - start).count());
}

class MovesKilled : public LocalClusterTest {
 protected:
  void rounds(int count, std::uint64_t seed);

 private:
  void round(int number, Crowd& crowd);
  // Stops all instances, and starts them with other weights.
  void change_weights();
  // Waits for a drawn moment: of the start, or when a drawn part of this instance's moves is
  // complete.
  void wait_for_a_moment(int of);
  void kill(const std::vector<int>& victims);
  void restart(const std::vector<int>& victims);
  std::vector<int> draw_victims();
  bool is_under_way();
  // Any signal ends a process that has only just begun.
  void await_all_in_life();
  void check_everything(Crowd& crowd);
  int any_instance() { return 1 + static_cast<int>(random_.below(kInstances)); }

  Prng random_{0};
  std::uint64_t span_ms_max_ = 0;  // from the last start of a round until all moves were complete
  int kills_ = 0;
  int in_the_middle_ = 0;  // kills during moves
};

void MovesKilled::change_weights() {
  std::map<int, int> weights;
  int sum = 0;
  while (sum == 0 || weights == cluster->told().weights) {
    sum = 0;
    for (int id = 1; id <= kInstances; ++id)
      sum += weights[id] = kWeights[random_.below(std::size(kWeights))];
  }
  std::vector<std::string> changes;
  for (const auto& [id, weight] : weights) {
    if (weight == cluster->told().weights.at(id)) continue;
    changes.insert(changes.end(), {"--weight", fmt::format("{}:{}", id, weight)});
  }
  cluster->change_map(changes);
}

void MovesKilled::wait_for_a_moment(int of) {
  const bool at_the_start = random_.below(4) == 0;
  const std::uint64_t tenths = random_.below(10);
  const auto delay =
      std::chrono::microseconds(random_.below(at_the_start ? kStartUs : kKillStrikeUsMax));
  std::int64_t at_first = 0;
  const auto is_so_far = [&] {
    const auto its = cluster->handover(of);
    if (!its || its->is_recovering) return false;
    const std::int64_t left = its->awaited + its->leaving;
    at_first = std::max(at_first, left);
    return left * 10 <= at_first * static_cast<std::int64_t>(tenths + 1);
  };
  if (!at_the_start) api::await(is_so_far, kBegunMsMax);
  std::this_thread::sleep_for(delay);
}

// One instance, or two or three at the same moment.
std::vector<int> MovesKilled::draw_victims() {
  std::vector<int> victims = {any_instance()};
  const std::uint64_t more = random_.below(8);
  if (more <= 1) victims.push_back(victims[0] % kInstances + 1);
  if (more == 0) victims.push_back(victims[1] % kInstances + 1);
  return victims;
}

// According to the instances that answer.
bool MovesKilled::is_under_way() {
  for (int id = 1; id <= kInstances; ++id) {
    const auto its = cluster->handover(id);
    if (its && its->awaited + its->leaving > 0) return true;
  }
  return false;
}

void MovesKilled::kill(const std::vector<int>& victims) {
  wait_for_a_moment(victims[0]);
  for (const int victim : victims) cluster->instance(victim).kill();
  ++kills_;
  in_the_middle_ += is_under_way() ? 1 : 0;
}

void MovesKilled::restart(const std::vector<int>& victims) {
  for (const int victim : victims) cluster->launch(victim);
}

void MovesKilled::await_all_in_life() {
  for (int id = 1; id <= kInstances; ++id) {
    if (!cluster->instance(id).in_life()) continue;
    EXPECT_TRUE(api::await([&] { return cluster->handover(id).has_value(); }));
  }
}

void MovesKilled::round(int number, Crowd& crowd) {
  const std::vector<int> first = draw_victims();
  const std::vector<int> second = random_.below(2) == 0 ? draw_victims() : std::vector<int>{};
  const auto map = static_cast<NextMap>(random_.below(3));
  SCOPED_TRACE(fmt::format("round {}: killed {}, then {}{}", number, first, second,
                           kNextMaps[static_cast<int>(map)]));
  change_weights();
  auto started = Clock::now();
  kill(first);
  if (!second.empty()) {
    restart(first);
    kill(second);
  }
  const std::vector<int>& dead = second.empty() ? first : second;
  if (map != NextMap::kWhileDead) restart(dead);
  if (map == NextMap::kAfterRestart) wait_for_a_moment(any_instance());
  if (map != NextMap::kNone) {
    await_all_in_life();
    change_weights();
    started = Clock::now();
  }
  for (int id = 1; id <= kInstances; ++id) ASSERT_TRUE(cluster->instance(id).await_ready());
  ASSERT_TRUE(cluster->await_slots(kMovedMsMax));
  span_ms_max_ = std::max(span_ms_max_, ms_gone_since(started));
  EXPECT_TRUE(crowd.await_sales(1, kSoldMsMax)) << "nothing is sold any more";
}

void MovesKilled::rounds(int count, std::uint64_t seed) {
  random_ = Prng(seed);
  RecordProperty("seed", std::to_string(seed));
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, seed);
  crowd.play_rounds(count, [&](int number) { round(number, crowd); });
  check_everything(crowd);
  // Otherwise no move was exposed to the kills.
  EXPECT_GT(in_the_middle_, kills_ / 4);
  std::printf(
      "%d rounds, seed %lu: %d kills, %d of them while slots moved; all through within %lu ms; "
      "%s\n",
      count, seed, kills_, in_the_middle_, span_ms_max_, crowd.encounters().text().c_str());
}

void MovesKilled::check_everything(Crowd& crowd) {
  const ClusterLedger& books = crowd.books();
  const Logs logs = Logs::stop_and_check(*cluster, books);
  EXPECT_GT(logs.moves(), 0U);
  std::printf("%zu moves of slots; %zu charges, %zu holds, %zu payments\n", logs.moves(),
              books.charges.size(), books.all_holds.size(), logs.payments());
}

TEST_F(MovesKilled, nothing_acknowledged_is_lost_doubled_or_sold_twice) { rounds(10, 1); }

using LongMovesKilled = MovesKilled;

TEST_F(LongMovesKilled, nothing_acknowledged_is_lost_doubled_or_sold_twice) {
  rounds(static_cast<int>(number_from("FRONTROW_ROUNDS", 60)), number_from("FRONTROW_SEED", 2));
}

}  // namespace
}  // namespace frontrow::cluster
