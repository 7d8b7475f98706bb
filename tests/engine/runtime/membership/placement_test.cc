#include "engine/runtime/membership/placement.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/engine/runtime/membership/support/maps.h"

namespace frontrow {
namespace {

SlotId slot_id(std::size_t slot) { return SlotId{static_cast<std::uint16_t>(slot)}; }

std::vector<SlotPlace> places_of(const Placement& placement) {
  std::vector<SlotPlace> places(kSlotCount);
  for (std::size_t slot = 0; slot < kSlotCount; ++slot)
    places[slot] = placement.place(slot_id(slot));
  return places;
}

bool has_copy(const SlotPlace& place, InstanceId id) {
  return place.owner == id || place.has_follower(id);
}

TEST(Placement, owners_and_followers_follow_the_weights) {
  const ClusterMap map = begun_map({100, 200, 100, 0}, 2);
  std::array<double, 5> owned{}, followed{};
  for (const SlotPlace& place : map.places) {
    ++owned[place.owner];
    ++followed[place.followers[0]];
  }
  EXPECT_NEAR(owned[1], 1024, 140);
  EXPECT_NEAR(owned[2], 2048, 160);
  EXPECT_NEAR(owned[3], 1024, 140);
  // Instance 2 is second in 2/3 of the slots of the other two; each of those in the rest of them
  // and in half of the slots of instance 2.
  EXPECT_NEAR(followed[1], 4096 * (1 / 4.0 + 1 / 12.0), 160);
  EXPECT_NEAR(followed[2], 4096 / 3.0, 160);
  EXPECT_NEAR(followed[3], 4096 * (1 / 4.0 + 1 / 12.0), 160);
  EXPECT_EQ(owned[4] + followed[4], 0);
  EXPECT_EQ(owned[0] + followed[0], 0);
}

TEST(Placement, instance_without_weight_keeps_copies_that_no_other_one_can) {
  const ClusterMap map = begun_map({100, 0, 0, 100}, 3);
  std::array<double, 5> followed{};
  for (const SlotPlace& place : map.places) {
    ASSERT_TRUE(place.owner == 1 || place.owner == 4);
    ASSERT_EQ(place.followers[0], place.owner == 1 ? 4 : 1);
    ++followed[place.followers[1]];
  }
  EXPECT_NEAR(followed[2], 2048, 160);
  EXPECT_NEAR(followed[3], 2048, 160);
  for (const SlotPlace& place : places_of(Placement(map, {1, 3})))
    ASSERT_EQ(place, (SlotPlace{.owner = 1, .followers = {3, 0}}));
  for (const SlotPlace& place : places_of(Placement(map, {2, 3}))) ASSERT_EQ(place, SlotPlace());
}

TEST(Placement, copies_are_on_different_instances) {
  for (const std::uint32_t copies : {1, 2, 3}) {
    for (std::size_t count = 1; count <= 5; ++count) {
      const ClusterMap map = begun_map(std::vector<std::uint32_t>(count, 100), copies);
      EXPECT_EQ(fault_of(map), "");
      for (const SlotPlace& place : map.places)
        ASSERT_EQ(place.follower_count(), std::min<std::size_t>(copies, count) - 1);
    }
  }
}

TEST(Placement, added_instance_gets_copies_and_no_other_one_does) {
  ClusterMap map = begun_map({100, 100, 100}, 2);
  const auto before = places_of(Placement(map));
  map = changed(add_instance(map, "box-4", 100));
  const auto after = places_of(Placement(map));
  std::size_t owned = 0;
  for (std::size_t slot = 0; slot < kSlotCount; ++slot) {
    if (before[slot].owner != after[slot].owner) {
      ASSERT_EQ(after[slot].owner, 4);
      ++owned;
    }
    for (InstanceId id = 1; id <= 3; ++id)
      if (has_copy(after[slot], id)) {
        ASSERT_TRUE(has_copy(before[slot], id));
      }
  }
  EXPECT_NEAR(static_cast<double>(owned), kSlotCount / 4.0, 140);
}

TEST(Placement, slots_of_a_dead_instance_go_to_their_first_followers) {
  const ClusterMap map = begun_map({100, 300, 100, 50}, 3);
  const auto after = places_of(Placement(map, {1, 3, 4}));
  for (std::size_t slot = 0; slot < kSlotCount; ++slot) {
    const SlotPlace& before = map.places[slot];
    ASSERT_FALSE(has_copy(after[slot], 2));
    ASSERT_EQ(after[slot].owner, before.owner == 2 ? before.followers[0] : before.owner);
    for (const InstanceId id : Living{1, 3, 4})
      if (has_copy(before, id)) {
        ASSERT_TRUE(has_copy(after[slot], id));
      }
  }
}

TEST(Placement, draining_instance_gets_nothing) {
  ClusterMap map = changed(set_draining(begun_map({100, 100, 100}, 2), 2, true));
  map = changed(pin_slot(map, SlotId{7}, 2));
  for (const SlotPlace& place : places_of(Placement(map))) ASSERT_FALSE(has_copy(place, 2));
}

TEST(Placement, pin_overrides_the_owner_while_its_instance_lives) {
  ClusterMap map = begun_map({100, 100, 0}, 2);
  const SlotPlace before = map.places[7];
  map = changed(pin_slot(map, SlotId{7}, 3));
  EXPECT_EQ(Placement(map).place(SlotId{7}),
            (SlotPlace{.owner = 3, .followers = {before.owner, 0}}));
  EXPECT_EQ(Placement(map, {1, 2}).place(SlotId{7}), before);
  map = changed(pin_slot(map, SlotId{7}, before.followers[0]));
  EXPECT_EQ(Placement(map).place(SlotId{7}),
            (SlotPlace{.owner = before.followers[0], .followers = {before.owner, 0}}));
}

TEST(Placement, nothing_is_placed_where_no_instance_may_get_slots) {
  EXPECT_EQ(Placement(empty_map(2)).place(SlotId{7}), SlotPlace());
  EXPECT_EQ(Placement(begun_map({100}, 2), {}).owner(SlotId{7}), 0);
}

TEST(MovesWanted, begun_cluster_wants_none) {
  const ClusterMap map = begun_map({100, 200, 50}, 3);
  EXPECT_TRUE(moves_wanted(map, everyone(map)).empty());
  EXPECT_TRUE(follower_moves_wanted(map, everyone(map)).empty());
}

TEST(MovesWanted, moves_lead_to_an_added_instance) {
  ClusterMap map = changed(add_instance(begun_map({100, 100}, 2), "box-3", 100));
  const auto moves = moves_wanted(map, everyone(map));
  for (const SlotMove& move : moves) {
    ASSERT_EQ(move.to, 3);
    ASSERT_EQ(move.from, map.place(move.slot).owner);
  }
  EXPECT_NEAR(static_cast<double>(moves.size()), kSlotCount / 3.0, 160);
  EXPECT_TRUE(moves_wanted(map, {1, 2}).empty()) << "the added one is not there yet";
}

TEST(MovesWanted, slots_of_the_dead_and_slots_that_have_not_begun_do_not_move) {
  ClusterMap map = begun_map({100, 100, 100}, 2);
  for (const SlotMove& move : moves_wanted(map, {2, 3})) EXPECT_NE(move.from, 1);
  map.places[9] = {};
  EXPECT_TRUE(moves_wanted(map, everyone(map)).empty());
  EXPECT_TRUE(moves_wanted(map, {}).empty());
}

TEST(MovesWanted, followers_of_an_added_instance_are_balanced_after_its_slots) {
  ClusterMap map = changed(add_instance(begun_map({100, 100}, 2), "box-3", 100));
  const Living all = everyone(map);
  for (const SlotMove& move : follower_moves_wanted(map, all)) {
    ASSERT_EQ(move.to, 3);
    ASSERT_TRUE(map.place(move.slot).has_follower(move.from));
    ASSERT_EQ(Placement(map).owner(move.slot), map.place(move.slot).owner);
  }
  map = rebalanced(map, all);
  EXPECT_EQ(map.places, places_of(Placement(map)));
}

}  // namespace
}  // namespace frontrow
