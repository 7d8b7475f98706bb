// Slots move while fans buy: to an instance that joins, away from one that is drained, to other
// owners by weights and pins; also while instances are killed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/prng.h"
#include "engine/core/protocol/command.h"
#include "engine/runtime/membership/map_changes.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/cluster/slot_watch.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

constexpr int kMoveGapMsMax = 8'000;  // of one slot, on a busy machine; the goal is 50 ms
constexpr int kMoveSoldMsMax = 30'000;
constexpr std::uint32_t kMoveWeights[] = {0, 50, 100, 100, 300};

std::vector<SlotId> all_slots() {
  std::vector<SlotId> slots;
  slots.reserve(kSlotCount);
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) slots.push_back(SlotId{slot});
  return slots;
}

class Moves : public LocalClusterTest {
 protected:
  // Calls change() while all slots are watched through these instances, and waits until the cluster
  // has settled again.
  void watched(const std::vector<int>& through, const char* what,
               const std::function<void()>& change) {
    SlotWatch watch(*cluster, all_slots(), through);
    ASSERT_GE(watch.await_answers(SlotWatch::Clock::now(), kMoveSoldMsMax), 0);
    const auto changed = SlotWatch::Clock::now();
    change();
    ASSERT_TRUE(cluster->await_settled());
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(SlotWatch::Clock::now() - changed);
    watch.end();
    std::printf(
        "%s: settled within %ld ms, %lu refusals, a slot gave no answer for at most %ld ms\n", what,
        took.count(), watch.refusals(), watch.gap_ms_max());
    EXPECT_LE(watch.gap_ms_max(), kMoveGapMsMax);
  }

  void set_weights(Prng& random);
  void rounds_with_kills(int count, std::uint64_t seed);
};

TEST_F(Moves, to_an_instance_that_joins) {
  ASSERT_TRUE(cluster->start({1, 2}));
  Crowd crowd(*cluster, 21);
  crowd.play_rounds(1, [&](int) {
    ASSERT_TRUE(crowd.await_sales(30, kMoveSoldMsMax));
    watched({1, 2}, "an instance joins", [&] {
      cluster->launch(3);
      ASSERT_TRUE(cluster->instance(3).await_ready());
    });
    EXPECT_GT(cluster->slots_of(3).size(), kSlotCount / 6U);
    ASSERT_TRUE(crowd.await_sales(30, kMoveSoldMsMax));
  });
  const Logs logs = Logs::stop_and_check(*cluster, crowd.books());
  EXPECT_GT(logs.moves(), 0U);
}

using ThoroughMoves = Moves;

TEST_F(ThoroughMoves, away_from_an_instance_that_is_drained) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 22);
  crowd.play_rounds(1, [&](int) {
    ASSERT_TRUE(crowd.await_sales(30, kMoveSoldMsMax));
    watched({1, 2}, "an instance is drained", [&] {
      cluster->change_map(
          [&](const ClusterMap& map) { return set_draining(map, cluster->map_id(map, 3), true); });
    });
    EXPECT_EQ(cluster->slots_of(3).size(), 0U);
    cluster->instance(3).ask_to_stop();
    EXPECT_EQ(cluster->instance(3).wait(30'000), 0);
    cluster->change_map(
        [&](const ClusterMap& map) { return remove_instance(map, cluster->map_id(map, 3)); });
    ASSERT_TRUE(crowd.await_sales(30, kMoveSoldMsMax));
    ASSERT_TRUE(cluster->await_settled());
  });
  Logs::stop_and_check(*cluster, crowd.books());
}

TEST_F(ThoroughMoves, of_a_hundred_pinned_slots) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, 23);
  std::vector<SlotId> slots = cluster->slots_of(1);
  slots.resize(100);
  crowd.play_rounds(2, [&](int round) {
    ASSERT_TRUE(crowd.await_sales(30, kMoveSoldMsMax));
    const int to = 2 + round;
    watched({1, 2, 3}, "100 slots are pinned", [&] {
      cluster->change_map([&](const ClusterMap& map) {
        Result<ClusterMap> next = map;
        for (const SlotId slot : slots) next = pin_slot(*next, slot, cluster->map_id(map, to));
        return next;
      });
    });
    for (const SlotId slot : slots) EXPECT_EQ(cluster->owner_of(slot), to);
  });
  Logs::stop_and_check(*cluster, crowd.books());
}

// People join one concert over several connections, many requests at a time.
void join_many(Cluster& cluster, std::int64_t concert, int people) {
  constexpr int kConnections = 9;
  constexpr int kAtOnce = 64;
  std::atomic<int> left{people};
  std::vector<std::jthread> threads;
  threads.reserve(kConnections);
  for (int i = 0; i < kConnections; ++i) {
    threads.emplace_back([&, i] {
      api::HttpClient client(cluster.place(1 + i % kInstances));
      ASSERT_TRUE(client.connect());
      for (int before = left.fetch_sub(kAtOnce); before > 0; before = left.fetch_sub(kAtOnce)) {
        const int count = std::min(before, kAtOnce);
        std::string requests;
        for (int k = 0; k < count; ++k) {
          const std::string body = fmt::format(R"({{"userId":"{}"}})", api::new_user());
          requests += fmt::format(
              "POST /v1/concerts/{}/queue/tokens HTTP/1.1\r\nHost: test\r\n"
              "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
              concert, body.size(), body);
        }
        ASSERT_TRUE(client.send(requests));
        for (int k = 0; k < count; ++k) ASSERT_EQ(client.receive().status, 201);
      }
    });
  }
}

TEST_F(ThoroughMoves, of_a_long_line) {
  const auto people = static_cast<int>(number_from("FRONTROW_PEOPLE", 200'000));
  ASSERT_TRUE(cluster->start());
  api::Shop shop = cluster->shop(1);
  const std::int64_t concert = shop.create_concert(R"("opensAt":"2040-01-01T00:00:00Z")");
  const SlotId slot = slot_of_concert(ConcertId{static_cast<std::uint32_t>(concert)});
  const api::Fan first = shop.join(concert);
  join_many(*cluster, concert, people);
  const api::Fan last = cluster->shop(1).join(concert);  // the first connection was idle too long
  ASSERT_TRUE(cluster->await_settled());
  const int from = cluster->owner_of(slot);
  const int to = 1 + from % kInstances;
  SlotWatch watch(*cluster, {slot}, {1, 2, 3});
  ASSERT_GE(watch.await_answers(SlotWatch::Clock::now(), kMoveSoldMsMax), 0);
  cluster->change_map(
      [&](const ClusterMap& map) { return pin_slot(map, slot, cluster->map_id(map, to)); });
  ASSERT_TRUE(cluster->await_settled());
  watch.end();
  std::printf("a line of %d people: no answer for at most %ld ms\n", people, watch.gap_ms_max());
  EXPECT_LE(watch.gap_ms_max(), kMoveGapMsMax);
  EXPECT_EQ(cluster->owner_of(slot), to);
  for (const api::Fan& fan : {first, last})
    EXPECT_EQ(shop.entry(concert, fan)["number"].integer(), fan.number);
  EXPECT_EQ(last.number - first.number, people + 1);
}

void Moves::set_weights(Prng& random) {
  cluster->change_map([&](const ClusterMap& map) {
    Result<ClusterMap> next = map;
    std::uint32_t sum = 0;
    while (sum == 0) {
      for (const MapInstance& instance : map.instances) {
        const std::uint32_t weight = kMoveWeights[random.below(std::size(kMoveWeights))];
        sum += weight;
        next = set_weight(*next, instance.id, weight);
      }
    }
    return next;
  });
}

// The weights change, and a drawn instance is killed somewhere in the moves.
void Moves::rounds_with_kills(int count, std::uint64_t seed) {
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, seed);
  Prng random(seed);
  crowd.play_rounds(count, [&](int round) {
    SCOPED_TRACE(fmt::format("round {}, seed {}", round, seed));
    ASSERT_TRUE(crowd.await_sales(10, kMoveSoldMsMax));
    set_weights(random);
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(2'000)));
    const int victim = 1 + static_cast<int>(random.below(kInstances));
    cluster->instance(victim).kill();
    if (random.below(2) == 0) set_weights(random);
    if (random.below(2) == 0) std::this_thread::sleep_for(std::chrono::seconds(4));
    cluster->launch(victim);
    const auto launched = SlotWatch::Clock::now();
    ASSERT_TRUE(cluster->await_settled());
    std::printf(
        "round %d: settled %ld ms after the start of the killed instance\n", round,
        std::chrono::duration_cast<std::chrono::milliseconds>(SlotWatch::Clock::now() - launched)
            .count());
  });
  std::printf("%s\n", crowd.encounters().text().c_str());
  Logs::stop_and_check(*cluster, crowd.books());
}

TEST_F(ThoroughMoves, of_slots_whose_instances_are_killed) { rounds_with_kills(5, 25); }

using LongMoves = Moves;

TEST_F(LongMoves, of_slots_whose_instances_are_killed) {
  rounds_with_kills(static_cast<int>(number_from("FRONTROW_ROUNDS", 100)),
                    number_from("FRONTROW_SEED", 26));
}

}  // namespace
}  // namespace frontrow::cluster
