#include "engine/core/containers/counter_map.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/ids.h"

namespace frontrow {
namespace {

HoldId hold(std::uint32_t counter) { return make_hold_id(ConcertId{1}, counter); }

TEST(CounterMap, finds_what_was_put_in_and_nothing_else) {
  CounterMap<HoldId, std::string> map;
  EXPECT_TRUE(map.emplace(hold(1000), "a").second);
  EXPECT_EQ(map.find(hold(1000))->second, "a");
  EXPECT_EQ(map.find(hold(999)), map.end());
  EXPECT_EQ(map.find(hold(4'000'000'000)), map.end());
  EXPECT_EQ(map.size(), 1U);
}

TEST(CounterMap, key_of_another_concert_with_the_same_counter_is_not_found) {
  CounterMap<HoldId, std::string> map;
  map.emplace(hold(7), "a");
  const HoldId other = make_hold_id(ConcertId{2}, 7);
  EXPECT_FALSE(map.contains(other));
  EXPECT_EQ(map.erase(other), 0U);
  EXPECT_TRUE(map.contains(hold(7)));
}

TEST(CounterMap, emplace_of_a_taken_counter_changes_nothing) {
  CounterMap<HoldId, std::string> map;
  map.emplace(hold(7), "a");
  const auto [at, is_new] = map.emplace(hold(7), "b");
  EXPECT_FALSE(is_new);
  EXPECT_EQ(at->second, "a");
  EXPECT_EQ(map.size(), 1U);
}

TEST(CounterMap, entries_stay_where_they_are_while_others_come) {
  CounterMap<HoldId, int> map;
  const int* first = &map.emplace(hold(1), 1).first->second;
  for (std::uint32_t i = 2; i < 10'000; ++i) map.emplace(hold(i), 2);
  EXPECT_EQ(&map.find(hold(1))->second, first);
}

TEST(CounterMap, values_are_destroyed_on_erase_and_with_the_map) {
  const auto counted = std::make_shared<int>(0);
  {
    CounterMap<HoldId, std::shared_ptr<int>> map;
    for (std::uint32_t i = 1; i <= 200; ++i) map.emplace(hold(i), counted);
    EXPECT_EQ(counted.use_count(), 201);
    map.erase(hold(5));
    EXPECT_EQ(counted.use_count(), 200);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(CounterMap, random_steps_agree_with_an_ordered_map) {
  CounterMap<HoldId, std::uint64_t> map;
  std::map<HoldId, std::uint64_t> model;
  std::uint64_t seed = 42;
  for (int step = 0; step < 20'000; ++step) {
    seed = mix64(seed);
    const HoldId id = hold(static_cast<std::uint32_t>(seed % 1500));
    if (seed >> 32 & 1) {
      EXPECT_EQ(map.emplace(id, seed).second, model.emplace(id, seed).second);
    } else {
      EXPECT_EQ(map.erase(id), model.erase(id));
    }
  }
  ASSERT_GT(model.size(), 0U);
  EXPECT_EQ(map.size(), model.size());
  const std::vector<std::pair<HoldId, std::uint64_t>> all(map.begin(), map.end());
  EXPECT_EQ(all, (std::vector<std::pair<HoldId, std::uint64_t>>(model.begin(), model.end())));
}

}  // namespace
}  // namespace frontrow
