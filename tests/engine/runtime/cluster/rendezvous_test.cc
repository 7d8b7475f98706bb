#include "engine/runtime/cluster/rendezvous.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/prng.h"

namespace frontrow {
namespace {

std::vector<InstanceId> ranked(std::uint16_t slot, const std::vector<WeightedInstance>& instances,
                               std::size_t count) {
  std::vector<InstanceId> best(count);
  best.resize(rank_instances(SlotId{slot}, instances, best));
  return best;
}

std::vector<WeightedInstance> random_instances(Prng& random, std::size_t count) {
  std::vector<WeightedInstance> instances;
  for (InstanceId id = 1; id <= count; ++id)
    instances.push_back({id, static_cast<std::uint32_t>(1 + random.below(500))});
  return instances;
}

// The definition, with real logarithms and a sort.
std::vector<InstanceId> naive_order(std::uint16_t slot,
                                    const std::vector<WeightedInstance>& instances) {
  std::vector<std::pair<long double, InstanceId>> scores;
  for (const auto& [id, weight] : instances) {
    const std::uint64_t random = HashFold(0x736c6f74).add(slot).add(id).value();
    const long double u = static_cast<long double>(random) / 0x1p64L;
    scores.emplace_back(-std::log(u) / weight, id);
  }
  std::ranges::sort(scores);
  std::vector<InstanceId> order;
  order.reserve(scores.size());
  for (const auto& [score, id] : scores) order.push_back(id);
  return order;
}

TEST(Rendezvous, order_is_that_of_the_scores) {
  Prng random(1);
  for (int round = 0; round < 20; ++round) {
    const auto instances = random_instances(random, 1 + random.below(12));
    for (std::uint16_t slot = 0; slot < kSlotCount; slot += 17)
      ASSERT_EQ(ranked(slot, instances, instances.size()), naive_order(slot, instances));
  }
}

TEST(Rendezvous, fewer_places_are_the_first_ones) {
  Prng random(3);
  const auto instances = random_instances(random, 20);
  for (std::uint16_t slot = 0; slot < 500; ++slot) {
    const auto all = ranked(slot, instances, kInstancesMax);
    ASSERT_EQ(all.size(), instances.size());
    for (std::size_t count = 0; count < all.size(); ++count) {
      const auto some = ranked(slot, instances, count);
      ASSERT_EQ(some.size(), count);
      ASSERT_TRUE(std::ranges::equal(some, std::span(all).first(count)));
    }
  }
}

TEST(Rendezvous, order_of_the_others_stays_without_one_instance) {
  Prng random(4);
  const auto instances = random_instances(random, 9);
  for (std::uint16_t slot = 0; slot < 500; ++slot) {
    auto order = ranked(slot, instances, 9);
    auto rest = instances;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(slot % 9));
    std::erase(order, instances[slot % 9].id);
    ASSERT_EQ(ranked(slot, rest, 9), order);
  }
}

TEST(Rendezvous, order_does_not_depend_on_that_of_the_list) {
  Prng random(5);
  const auto instances = random_instances(random, 9);
  auto reversed = instances;
  std::ranges::reverse(reversed);
  for (std::uint16_t slot = 0; slot < 500; ++slot)
    ASSERT_EQ(ranked(slot, instances, 4), ranked(slot, reversed, 4));
}

TEST(Rendezvous, instance_without_a_weight_is_left_out) {
  EXPECT_EQ(ranked(5, {{1, 0}, {2, 100}, {3, 0}}, 3), std::vector<InstanceId>{2});
  EXPECT_TRUE(ranked(5, {{1, 0}}, 3).empty());
  EXPECT_TRUE(ranked(5, {}, 3).empty());
}

// Each of the other two gets its share of the weights that are left.
TEST(Rendezvous, second_place_follows_the_weights_too) {
  std::size_t first = 0, second_is_heavy = 0;
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    const auto order = ranked(slot, {{1, 100}, {2, 300}, {3, 100}}, 2);
    if (order[0] != 1) continue;
    ++first;
    if (order[1] == 2) ++second_is_heavy;
  }
  const double expected = 0.75 * static_cast<double>(first);
  EXPECT_NEAR(static_cast<double>(second_is_heavy), expected, 5 * std::sqrt(expected * 0.25));
}

}  // namespace
}  // namespace frontrow
