#include "engine/runtime/membership/map_changes.h"

#include <gtest/gtest.h>

#include <tuple>

#include "tests/engine/runtime/membership/support/maps.h"

namespace frontrow {
namespace {

// The map with one slot at this place.
ClusterMap with_place(ClusterMap map, SlotId slot, const SlotPlace& place) {
  map.places[slot.value] = place;
  EXPECT_EQ(fault_of(map), "");
  return map;
}

constexpr SlotId kSlot{5};

TEST(MapChanges, added_instance_gets_an_id_that_was_never_used) {
  ClusterMap map = begun_map({100, 100}, 2);
  map = changed(add_instance(map, "box-3", 0));
  map = changed(remove_instance(map, 3));
  const ClusterMap after = changed(add_instance(map, "box-3", 70));
  EXPECT_EQ(after.ids_used, 4);
  EXPECT_EQ(after.instances.back(),
            (MapInstance{.id = 4, .name = "box-3", .weight = 70, .is_draining = false}));
  EXPECT_EQ(after.places, map.places);
}

TEST(MapChanges, instance_that_no_cluster_can_have_is_not_added) {
  ClusterMap map = begun_map({100}, 2);
  EXPECT_EQ(refusal(add_instance(map, "box-1", 1)), "instance 1 has the name box-1 already");
  EXPECT_EQ(refusal(add_instance(map, "Box", 1)),
            "the name of an instance must have 1 to 48 lower-case letters, digits and '-'");
  EXPECT_EQ(refusal(add_instance(map, "b", 10'001)), "weights are 0 to 10000");
  map.ids_used = kInstanceIdMax;
  EXPECT_EQ(refusal(add_instance(map, "b", 1)), "the ids of the cluster, 1 to 999, are used up");
  map = empty_map(2);
  while (map.instances.size() < kInstancesMax)
    map = changed(add_instance(map, "box-" + std::to_string(map.ids_used), 1));
  EXPECT_EQ(refusal(add_instance(map, "b", 1)),
            "the cluster has 64 instances, which is the maximum");
}

TEST(MapChanges, changes_of_an_instance_that_is_not_there_are_refused) {
  const ClusterMap map = begun_map({100, 100}, 2);
  const std::string refused = "the cluster has no instance 3";
  EXPECT_EQ(refusal(set_weight(map, 3, 1)), refused);
  EXPECT_EQ(refusal(set_draining(map, 3, true)), refused);
  EXPECT_EQ(refusal(remove_instance(map, 3)), refused);
  EXPECT_EQ(refusal(pin_slot(map, kSlot, 3)), refused);
  EXPECT_EQ(refusal(take_over(map, 1, 3, {})), refused);
  EXPECT_EQ(refusal(take_over(map, 3, 1, {})), refused);
  EXPECT_EQ(refusal(hand_over(map, {}, 1, 3, {1, 2})), refused);
  EXPECT_EQ(refusal(replace_follower(map, {}, 1, 3)), refused);
  EXPECT_EQ(refusal(set_weight(map, 2, 10'001)), "weights are 0 to 10000");
  EXPECT_EQ(refusal(pin_slot(map, SlotId{4096}, 1)), "there is no slot 4096");
  EXPECT_EQ(refusal(take_over(map, 1, 2, std::vector{SlotId{4096}})), "there is no slot 4096");
}

TEST(MapChanges, a_change_to_what_is_there_changes_nothing) {
  ClusterMap map = changed(pin_slot(begun_map({100, 100}, 2), kSlot, 1));
  EXPECT_EQ(changed(set_weight(map, 1, 100)), map);
  EXPECT_EQ(changed(set_draining(map, 1, false)), map);
  EXPECT_EQ(changed(pin_slot(map, kSlot, 1)), map);
  EXPECT_EQ(changed(unpin_slot(map, SlotId{6})), map);
  EXPECT_EQ(changed(set_copies(map, 2)), map);
  EXPECT_EQ(changed(begin_slots(map, {1})), map);
  EXPECT_EQ(changed(refill_followers(map, {1, 2})), map);
  EXPECT_EQ(changed(take_over(map, 1, 2, {})).slots_of(1), map.slots_of(1));
}

TEST(MapChanges, instance_is_removed_when_it_owns_no_slot) {
  ClusterMap map = begun_map({100, 100, 100}, 2);
  map = changed(pin_slot(map, kSlot, 3));
  EXPECT_EQ(refusal(remove_instance(map, 3)),
            "instance 3 owns " + std::to_string(map.slots_of(3)) + " slots");
  map = changed(hand_over(map, slots_owned(map, 3), 3, 1, everyone(map)));
  const ClusterMap after = changed(remove_instance(map, 3));
  EXPECT_EQ(after.find(3), nullptr);
  EXPECT_TRUE(after.pins.empty());
  for (const SlotPlace& place : after.places) ASSERT_FALSE(place.has_follower(3));
  EXPECT_EQ(fault_of(after), "");
}

// A new data directory of an instance has none of the slots that the instance owned.
TEST(MapChanges, stream_of_an_instance_changes_when_it_owns_no_slot) {
  ClusterMap map = changed(add_instance(begun_map({100, 100}, 2), "box-3", 100));
  map = changed(begin_stream(map, 3, 7));
  EXPECT_EQ(map.find(InstanceId{3})->stream, 7U);
  map = changed(begin_stream(map, 3, 8));
  EXPECT_EQ(map.find(InstanceId{3})->stream, 8U);
  EXPECT_EQ(changed(begin_stream(map, 3, 8)), map);
  EXPECT_EQ(refusal(begin_stream(map, 1, 9)).substr(0, 16), "instance 1 owns ");
  EXPECT_EQ(refusal(begin_stream(map, 4, 9)), "the cluster has no instance 4");
}

TEST(MapChanges, copies_are_dropped_from_the_last_one_and_filled_by_placement) {
  const ClusterMap map = begun_map({100, 100, 100}, 3);
  const ClusterMap fewer = changed(set_copies(map, 2));
  for (std::size_t slot = 0; slot < kSlotCount; ++slot) {
    ASSERT_EQ(fewer.places[slot].followers[0], map.places[slot].followers[0]);
    ASSERT_EQ(fewer.places[slot].followers[1], 0);
  }
  const ClusterMap more = changed(set_copies(fewer, 3));
  EXPECT_EQ(more.places, fewer.places);
  EXPECT_EQ(changed(refill_followers(more, everyone(more))), map);
  EXPECT_EQ(refusal(set_copies(map, 0)), "copies are 1 to 3, not 0");
  EXPECT_EQ(refusal(set_copies(map, 4)), "copies are 1 to 3, not 4");
}

TEST(MapChanges, slots_begin_with_the_living_once) {
  ClusterMap map = empty_map(2);
  for (const char* name : {"a", "b", "c"}) map = changed(add_instance(map, name, 100));
  EXPECT_EQ(refusal(begin_slots(map, {})), "no living instance of the cluster may get slots");
  map = changed(begin_slots(map, {1, 3}));
  EXPECT_EQ(map.slots_of(0), 0U);
  EXPECT_EQ(map.slots_of(2), 0U);
  map.places[9] = {};
  const ClusterMap again = changed(begin_slots(map, {2}));
  EXPECT_EQ(again.places[9], SlotPlace{.owner = 2});
  map.places[9] = again.places[9];
  EXPECT_EQ(again, map);
}

TEST(TakeOver, follower_becomes_the_owner) {
  const ClusterMap map = begun_map({100, 100, 100}, 3);
  const std::vector<SlotId> slots = slots_owned(map, 1);
  const ClusterMap after = changed(take_over(map, 1, 2, slots));
  EXPECT_EQ(after.slots_of(1), 0U);
  EXPECT_EQ(after.slots_of(2), map.slots_of(2) + slots.size());
  for (const SlotPlace& place : after.places) {
    ASSERT_FALSE(place.has_follower(1));
    ASSERT_EQ(place.follower_count(), 1U);
  }
  EXPECT_EQ(fault_of(after), "");
}

TEST(TakeOver, slots_that_are_not_listed_stay) {
  const ClusterMap map = begun_map({100, 100, 100}, 2);
  std::vector<SlotId> slots;
  for (const SlotId slot : slots_owned(map, 1))
    if (map.place(slot).has_follower(2)) slots.push_back(slot);
  const ClusterMap after = changed(take_over(map, 1, 2, slots));
  EXPECT_EQ(after.slots_of(1), map.slots_of(1) - slots.size());
  for (const SlotId slot : slots_owned(after, 1)) EXPECT_TRUE(after.place(slot).has_follower(3));
}

TEST(TakeOver, only_a_copy_of_a_slot_of_the_dead_is_taken_over) {
  const ClusterMap map =
      with_place(begun_map({100, 100, 100}, 2), kSlot, {.owner = 1, .followers = {3}});
  EXPECT_EQ(refusal(take_over(map, 1, 2, std::vector{kSlot})), "instance 2 has no copy of slot 5");
  EXPECT_EQ(refusal(take_over(map, 2, 3, std::vector{kSlot})),
            "slot 5 belongs to instance 1, not to 2");
  EXPECT_EQ(refusal(take_over(map, 1, 1, std::vector{kSlot})), "instance 1 is named twice");
  EXPECT_EQ(refusal(take_over(map, 1, 3, std::vector{kSlot, kSlot})), "slot 5 is named twice");
  EXPECT_EQ(refusal(take_over(map, 1, 3, std::vector{kSlot})), "changed");
}

ClusterMap five(std::uint32_t copies) { return begun_map({1, 1, 1, 1, 1}, copies); }

TEST(HandOver, owner_before_follows_where_it_belongs) {
  ClusterMap map = five(3);
  const std::vector<InstanceId> order = Placement(map).order(kSlot);
  const Living all = everyone(map);
  const auto after = [&](SlotPlace before, InstanceId to, const Living& living) {
    const ClusterMap at = with_place(map, kSlot, before);
    const ClusterMap moved = changed(hand_over(at, std::vector{kSlot}, before.owner, to, living));
    EXPECT_EQ(fault_of(moved), "");
    return moved.place(kSlot);
  };
  const auto [a, b, c, d, e] = std::tuple(order[0], order[1], order[2], order[3], order[4]);
  // A new instance takes the first place: the second and the third one follow.
  EXPECT_EQ(after({.owner = b, .followers = {c, d}}, a, all),
            (SlotPlace{.owner = a, .followers = {b, c}}));
  // The new owner was a follower: all copies are kept, the best one first.
  EXPECT_EQ(after({.owner = d, .followers = {c, a}}, a, all),
            (SlotPlace{.owner = a, .followers = {c, d}}));
  // The owner before is the last one of four copies.
  EXPECT_EQ(after({.owner = e, .followers = {d, b}}, a, all),
            (SlotPlace{.owner = a, .followers = {b, d}}));
  // Its copy is needed where another one is dead.
  EXPECT_EQ(after({.owner = e, .followers = {d, b}}, a, {a, d, e}),
            (SlotPlace{.owner = a, .followers = {d, e}}));
  EXPECT_EQ(after({.owner = e, .followers = {}}, a, all),
            (SlotPlace{.owner = a, .followers = {e}}));
  // A draining one comes last, and stays while its copy is needed.
  map = changed(set_draining(map, b, true));
  EXPECT_EQ(after({.owner = b, .followers = {c, d}}, a, all),
            (SlotPlace{.owner = a, .followers = {c, d}}));
  EXPECT_EQ(after({.owner = b, .followers = {c, a}}, a, all),
            (SlotPlace{.owner = a, .followers = {c, b}}));
}

TEST(HandOver, one_copy_has_no_follower) {
  const ClusterMap map = with_place(five(1), kSlot, {.owner = 1});
  const ClusterMap after = changed(hand_over(map, std::vector{kSlot}, 1, 2, {1, 2}));
  EXPECT_EQ(after.place(kSlot), SlotPlace{.owner = 2});
}

TEST(HandOver, slot_of_another_owner_is_refused) {
  const ClusterMap map = with_place(five(2), kSlot, {.owner = 3});
  EXPECT_EQ(refusal(hand_over(map, std::vector{kSlot}, 1, 2, {})),
            "slot 5 belongs to instance 3, not to 1");
  EXPECT_EQ(refusal(hand_over(map, std::vector{kSlot}, 3, 3, {})), "instance 3 is named twice");
}

TEST(ReplaceFollower, newcomer_follows_behind_the_others) {
  const ClusterMap map =
      with_place(begun_map({1, 1, 1, 1}, 3), kSlot, {.owner = 1, .followers = {2, 3}});
  const auto slots = std::vector{kSlot};
  EXPECT_EQ(changed(replace_follower(map, slots, 2, 4)).place(kSlot),
            (SlotPlace{.owner = 1, .followers = {3, 4}}));
  EXPECT_EQ(refusal(replace_follower(map, slots, 4, 2)), "instance 4 does not follow slot 5");
  EXPECT_EQ(refusal(replace_follower(map, slots, 2, 3)), "instance 3 has a copy of slot 5 already");
  EXPECT_EQ(refusal(replace_follower(map, slots, 2, 1)), "instance 1 has a copy of slot 5 already");
}

TEST(RefillFollowers, dead_follower_is_replaced_by_the_next_living_instance) {
  const ClusterMap map = begun_map({1, 1, 1, 1}, 3);
  const Living living{1, 3, 4};
  const ClusterMap after = changed(refill_followers(map, living));
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    const SlotPlace& before = map.places[slot];
    const SlotPlace& now = after.places[slot];
    ASSERT_EQ(now.owner, before.owner);
    if (!before.has_follower(2)) {
      ASSERT_EQ(now, before) << "nothing to replace, or no owner";
    }
    if (before.has_follower(2)) {
      ASSERT_FALSE(now.has_follower(2));
      ASSERT_EQ(now.follower_count(), 2U);
      const InstanceId kept = before.followers[before.followers[0] == 2 ? 1 : 0];
      ASSERT_EQ(now.followers[0], kept) << "the complete copy comes first";
    }
  }
}

TEST(RefillFollowers, dead_follower_without_a_replacement_stays) {
  const ClusterMap map = begun_map({1, 1}, 2);
  EXPECT_EQ(changed(refill_followers(map, {1})), map);
  const ClusterMap three = begun_map({1, 1, 1}, 3);
  EXPECT_EQ(changed(refill_followers(three, {1, 2})), three);
}

TEST(RefillFollowers, newcomer_takes_free_room_before_that_of_a_dead_follower) {
  const ClusterMap map =
      with_place(begun_map({1, 1, 1, 1}, 3), kSlot, {.owner = 1, .followers = {2}});
  const ClusterMap one = changed(refill_followers(map, {1, 3}));
  EXPECT_EQ(one.place(kSlot), (SlotPlace{.owner = 1, .followers = {2, 3}}));
  EXPECT_EQ(changed(refill_followers(one, {1, 3, 4})).place(kSlot),
            (SlotPlace{.owner = 1, .followers = {3, 4}}));
}

TEST(RefillFollowers, next_living_instance_is_that_of_the_placement) {
  const ClusterMap map = begun_map({1, 1, 1, 1, 1}, 2);
  const std::vector<InstanceId> order = Placement(map).order(kSlot);
  Living living = everyone(map);
  living.erase(order[1]);
  EXPECT_EQ(changed(refill_followers(map, living)).place(kSlot),
            (SlotPlace{.owner = order[0], .followers = {order[2]}}));
  const ClusterMap draining = changed(set_draining(map, order[2], true));
  EXPECT_EQ(changed(refill_followers(draining, living)).place(kSlot),
            (SlotPlace{.owner = order[0], .followers = {order[3]}}));
  living.erase(order[0]);
  EXPECT_EQ(changed(refill_followers(map, living)).place(kSlot), map.place(kSlot))
      << "there is no owner to copy from";
}

}  // namespace
}  // namespace frontrow
