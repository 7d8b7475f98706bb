#include "engine/runtime/cluster/slot_map.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

SlotMap make(std::vector<SlotMap::Instance> instances, const SlotMap::Pins& pins = {},
             std::uint64_t revision = 1) {
  auto map = SlotMap::make(revision, std::move(instances), pins);
  EXPECT_TRUE(map.ok()) << (map.ok() ? "" : map.error());
  return *map;
}

TEST(SlotMap, one_instance_owns_every_slot) {
  const SlotMap map = make({{7, 100}});
  EXPECT_EQ(map.slots_of(7), kSlotCount);
}

TEST(SlotMap, share_follows_the_weight) {
  const SlotMap map = make({{1, 100}, {2, 200}, {3, 100}, {4, 0}});
  // Five standard deviations of a binomial share of 4096 draws.
  EXPECT_NEAR(static_cast<double>(map.slots_of(1)), 1024, 140);
  EXPECT_NEAR(static_cast<double>(map.slots_of(2)), 2048, 160);
  EXPECT_NEAR(static_cast<double>(map.slots_of(3)), 1024, 140);
  EXPECT_EQ(map.slots_of(4), 0U);
}

TEST(SlotMap, adding_an_instance_moves_slots_to_it_only) {
  const SlotMap before = make({{1, 100}, {2, 100}, {3, 100}});
  const SlotMap after = make({{1, 100}, {2, 100}, {3, 100}, {4, 100}});
  std::size_t moved = 0;
  for (const auto& [ends, slots] : moves_between(before, after)) {
    EXPECT_EQ(ends.second, 4);
    moved += slots.size();
  }
  EXPECT_EQ(moved, after.slots_of(4));
  EXPECT_NEAR(static_cast<double>(moved), kSlotCount / 4.0, 140);
}

TEST(SlotMap, removing_an_instance_moves_its_own_slots_only) {
  const SlotMap before = make({{1, 100}, {2, 300}, {3, 100}});
  const SlotMap after = make({{1, 100}, {3, 100}});
  std::size_t moved = 0;
  for (const auto& [ends, slots] : moves_between(before, after)) {
    EXPECT_EQ(ends.first, 2);
    moved += slots.size();
  }
  EXPECT_EQ(moved, before.slots_of(2));
}

TEST(SlotMap, more_weight_only_gains) {
  const SlotMap before = make({{1, 100}, {2, 100}});
  const SlotMap after = make({{1, 150}, {2, 100}});
  for (const auto& [ends, slots] : moves_between(before, after)) EXPECT_EQ(ends.second, 1);
  EXPECT_GT(after.slots_of(1), before.slots_of(1));
}

TEST(SlotMap, pin_overrides_the_draw_of_its_slot_only) {
  const SlotMap before = make({{1, 100}, {2, 100}, {3, 0}});
  const SlotMap after = make({{1, 100}, {2, 100}, {3, 0}}, {{SlotId{99}, 3}});
  EXPECT_EQ(after.owner(SlotId{99}), 3);
  EXPECT_EQ(after.slots_of(3), 1U);
  EXPECT_EQ(moves_between(before, after).size(), 1U);
}

// Instances of other builds and machines must compute the same table: a change of this number is a
// change of the protocol.
TEST(SlotMap, table_is_the_same_everywhere) {
  const SlotMap map = make({{1, 100}, {2, 100}, {3, 250}});
  // Verified by a computation with real logarithms in another language.
  EXPECT_EQ(map.hash(), 0xb38fe6cb002afe15ULL);
}

TEST(SlotMap, hash_is_of_the_table_and_not_of_the_order_in_the_file) {
  const SlotMap map = make({{1, 100}, {2, 100}});
  EXPECT_EQ(map.hash(), make({{2, 100}, {1, 100}}).hash());
  EXPECT_NE(map.hash(), make({{1, 100}, {2, 100}}, {}, 2).hash());
  EXPECT_NE(map.hash(), make({{1, 100}, {2, 101}}).hash());
}

TEST(SlotMap, refuses_what_no_cluster_can_be) {
  const auto refusal = [](std::vector<SlotMap::Instance> instances,
                          const SlotMap::Pins& pins = {}) {
    const auto map = SlotMap::make(1, std::move(instances), pins);
    return map.ok() ? std::string("made") : map.error();
  };
  EXPECT_EQ(refusal({}), "the map names no instance");
  EXPECT_EQ(refusal({{1, 1}, {1, 2}}), "instance 1 is there twice");
  EXPECT_EQ(refusal({{0, 1}}), "instance 0: ids are 1 to 999");
  EXPECT_EQ(refusal({{1000, 1}}), "instance 1000: ids are 1 to 999");
  EXPECT_EQ(refusal({{1, 10'001}}), "instance 1: weights are 0 to 10000");
  EXPECT_EQ(refusal({{1, 0}}), "no instance of the map has a weight");
  EXPECT_EQ(refusal({{1, 1}}, {{SlotId{5}, 2}}),
            "slot 5 is pinned to instance 2, and one of the two is not there");
  EXPECT_EQ(refusal({{1, 1}}, {{SlotId{4096}, 1}}),
            "slot 4096 is pinned to instance 1, and one of the two is not there");
  std::vector<SlotMap::Instance> many;
  for (InstanceId id = 1; id <= kInstancesMax + 1; ++id) many.push_back({id, 1});
  EXPECT_EQ(refusal(many), "the map names more than 64 instances");
}

}  // namespace
}  // namespace frontrow
