#include "engine/base/slab.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace frontrow {
namespace {

struct Item : SlabPlace {
  std::string text;
};

TEST(Slab, FindsAnObjectUntilItIsReleased) {
  Slab<Item> slab;
  Item& item = slab.take();
  const std::uint32_t index = item.index();
  const std::uint32_t generation = item.generation();
  EXPECT_EQ(slab.find(index, generation), &item);
  slab.release(item);
  EXPECT_EQ(slab.find(index, generation), nullptr);
}

TEST(Slab, TellsThePresentObjectOfAPlaceFromAnEarlierOne) {
  Slab<Item> slab;
  Item& first = slab.take();
  const std::uint32_t generation = first.generation();
  slab.release(first);
  Item& second = slab.take();
  ASSERT_EQ(second.index(), 0u);
  EXPECT_EQ(slab.find(0, generation), nullptr);
  EXPECT_EQ(slab.find(0, second.generation()), &second);
}

TEST(Slab, FindsNothingBeyondItsPlaces) {
  Slab<Item> slab;
  EXPECT_EQ(slab.find(0, 0), nullptr);
  slab.take();
  EXPECT_EQ(slab.find(1, 0), nullptr);
}

TEST(Slab, KeepsAddressesWhileItGrows) {
  Slab<Item> slab;
  std::vector<Item*> taken;
  for (int i = 0; i < 1000; ++i) taken.push_back(&slab.take());
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(&slab[i], taken[i]);
  EXPECT_EQ(slab.in_use_count(), 1000u);
}

TEST(Slab, UsesTheNewestFreePlaceFirst) {
  Slab<Item> slab;
  slab.take();
  Item& second = slab.take();
  Item& third = slab.take();
  slab.release(third);
  slab.release(second);
  EXPECT_EQ(slab.take().index(), 1u);
  EXPECT_EQ(slab.take().index(), 2u);
  EXPECT_EQ(slab.size(), 3u);
}

TEST(Slab, ReturnsAnObjectAsItsLastUserLeftIt) {
  Slab<Item> slab;
  Item& item = slab.take();
  item.text = "buffer";
  slab.release(item);
  EXPECT_EQ(slab.take().text, "buffer");
}

TEST(Slab, ListsItsPlacesInOrderOfTheirIndex) {
  Slab<Item> slab;
  for (int i = 0; i < 3; ++i) slab.take();
  slab.release(slab[1]);
  std::vector<bool> in_use;
  for (const Item& item : slab) {
    EXPECT_EQ(item.index(), in_use.size());
    in_use.push_back(item.in_use());
  }
  EXPECT_EQ(in_use, (std::vector<bool>{true, false, true}));
}

TEST(Slab, ReleasesAllWithoutAnException) {
  Slab<Item> slab;
  for (int i = 0; i < 1000; ++i) slab.take();
  for (Item& item : slab) {
    static_assert(noexcept(slab.release(item)));
    slab.release(item);
  }
  EXPECT_EQ(slab.in_use_count(), 0u);
  EXPECT_EQ(slab.size(), 1000u);
}

TEST(Slab, AnAssignmentLeavesTheObjectInItsPlace) {
  Slab<Item> slab;
  slab.take();
  slab.release(slab.take());
  Item& item = slab.take();
  item.text = "old";
  item = Item{};
  EXPECT_EQ(item.text, "");
  EXPECT_EQ(item.index(), 1u);
  EXPECT_EQ(item.generation(), 1u);
  EXPECT_EQ(slab.find(1, 1), &item);
}

TEST(Slab, ACopyHasNoPlace) {
  Slab<Item> slab;
  const Item copy = slab.take();
  EXPECT_FALSE(copy.in_use());
}

}  // namespace
}  // namespace frontrow
