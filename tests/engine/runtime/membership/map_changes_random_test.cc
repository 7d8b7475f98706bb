// Random changes of the slot map by a small cluster whose instances come, die and go; after each of
// them the properties that every map has.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/base/prng.h"
#include "tests/engine/runtime/membership/support/maps.h"

namespace frontrow {
namespace {

class RandomChanges {
 public:
  explicit RandomChanges(std::uint64_t seed) : random_(seed), map_(empty_map(any_copies())) {}

  void step() {
    const ClusterMap before = map_;
    for (int tries = 0; tries < 20 && map_ == before; ++tries) change();
    if (map_ != before) {
      map_.history.add({.revision = map_.revision() + 1,
                        .author = "box-" + std::to_string(1 + random_.below(5)),
                        .writer = random_.below(40),
                        .change = 1 + random_.below(100)},
                       map_.instances.size() + kEarlierSpare);
    }
    check(before);
  }

  const ClusterMap& map() const { return map_; }

  // Lets all instances live and carries out all moves.
  void settle() {
    if (Placement(map_).owner(SlotId{0}) == 0) return;  // no instance may get slots
    living_ = everyone(map_);
    map_ = rebalanced(changed(begin_slots(map_, living_)), living_);
    const Placement placement(map_);
    for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
      const SlotPlace& place = map_.places[slot];
      const SlotPlace wanted = placement.place(SlotId{slot});
      ASSERT_EQ(place.owner, wanted.owner);
      ASSERT_GE(place.follower_count(), wanted.follower_count());
      for (const InstanceId id : wanted.followers)
        if (id != 0) {
          ASSERT_TRUE(place.has_follower(id));
        }
    }
  }

 private:
  InstanceId any_id() { return static_cast<InstanceId>(random_.below(map_.ids_used + 2)); }
  SlotId any_slot() { return SlotId{static_cast<std::uint16_t>(random_.below(kSlotCount))}; }

  void apply(Result<ClusterMap> next) {
    if (next.ok()) map_ = std::move(*next);
  }

  void change() {
    switch (random_.below(12)) {
      case 0:
        if (map_.instances.size() < 6)
          apply(add_instance(map_, "n" + std::to_string(random_.below(9)), weight()));
        break;
      case 1:
        return apply(set_weight(map_, any_id(), weight()));
      case 2:
        return apply(set_draining(map_, any_id(), random_.chance(30)));
      case 3:
        return apply(remove_instance(map_, any_id()));
      case 4:
        return apply(pin_slot(map_, any_slot(), any_id()));
      case 5:
        return apply(unpin_slot(map_, map_.pins.empty() ? any_slot() : map_.pins.begin()->first));
      case 6:
        if (random_.chance(20)) apply(set_copies(map_, any_copies()));
        break;
      case 7:
        return apply(begin_slots(map_, living_));
      case 8:
        return toggle_life();
      case 9:
        return take_over_some();
      case 10:
        return move_some();
      default:
        return apply(refill_followers(map_, living_));
    }
  }

  std::uint32_t any_copies() { return static_cast<std::uint32_t>(1 + random_.below(3)); }
  std::uint32_t weight() { return static_cast<std::uint32_t>(random_.below(4) * 100); }

  void toggle_life() {
    const InstanceId id = any_id();
    if (map_.find(id) == nullptr) return;
    if (living_.erase(id) == 0 || random_.chance(50)) living_.insert(id);
  }

  // The living followers take over from one dead owner.
  void take_over_some() {
    const InstanceId dead = any_id();
    if (living_.contains(dead)) return;
    for (const InstanceId taker : Living(living_)) {
      std::vector<SlotId> slots;
      for (const SlotId slot : slots_owned(map_, dead))
        if (map_.place(slot).has_follower(taker)) slots.push_back(slot);
      if (!slots.empty()) map_ = changed(take_over(map_, dead, taker, slots));
    }
  }

  void move_some() {
    const bool owners = random_.chance(60);
    const auto moves = owners ? moves_wanted(map_, living_) : follower_moves_wanted(map_, living_);
    for (const auto& [ends, slots] : by_ends(moves)) {
      const auto some = std::span(slots).first(1 + random_.below(slots.size()));
      map_ = changed(owners ? hand_over(map_, some, ends.first, ends.second, living_)
                            : replace_follower(map_, some, ends.first, ends.second));
    }
  }

  void check(const ClusterMap& before) {
    ASSERT_EQ(fault_of(map_), "");
    ASSERT_EQ(map_.revision(), before.revision() + (map_ == before ? 0 : 1));
    ASSERT_GE(map_.ids_used, before.ids_used);
    std::set<InstanceId> ids;
    for (const MapInstance& instance : map_.instances) ids.insert(instance.id);
    ASSERT_EQ(ids.size(), map_.instances.size());
    for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
      const SlotPlace& place = map_.places[slot];
      if (before.places[slot].owner != 0) {
        ASSERT_NE(place.owner, 0) << "slot " << slot;
      }
      std::set<InstanceId> copies;
      std::size_t count = 0;
      for (const InstanceId id : {place.owner, place.followers[0], place.followers[1]}) {
        if (id == 0) continue;
        ++count;
        copies.insert(id);
        ASSERT_TRUE(ids.contains(id)) << "slot " << slot;
      }
      ASSERT_EQ(copies.size(), count) << "slot " << slot;
      ASSERT_LE(count, map_.copies) << "slot " << slot;
      if (place.owner == 0) {
        ASSERT_EQ(count, 0U) << "slot " << slot;
      }
    }
  }

  Prng random_;
  ClusterMap map_;
  Living living_;
};

TEST(RandomMapChanges, every_map_is_sound) {
  std::uint64_t made = 0;
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    RandomChanges changes(seed);
    for (int step = 0; step < 100; ++step) {
      changes.step();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << " step " << step;
    }
    const Result<ClusterMap> read = decode_cluster_map(encode_cluster_map(changes.map()));
    ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.error();
    ASSERT_EQ(*read, changes.map()) << "seed " << seed;
    made += changes.map().revision() - 1;
  }
  EXPECT_GT(made, 2000U) << "most steps change the map";
}

TEST(RandomMapChanges, moves_lead_to_the_placement) {
  for (std::uint64_t seed = 100; seed < 115; ++seed) {
    RandomChanges changes(seed);
    for (int round = 0; round < 3; ++round) {
      for (int step = 0; step < 30; ++step) changes.step();
      changes.settle();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << " round " << round;
    }
  }
}

}  // namespace
}  // namespace frontrow
