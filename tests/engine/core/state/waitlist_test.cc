#include "engine/core/state/waitlist.h"

#include <gtest/gtest.h>

#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

WaitlistEntry entry_of(std::uint32_t number, std::uint32_t user, const char* section = "") {
  return {number, user_id(user), section, 2, kStart};
}

TEST(Waitlist, knows_the_first_of_each_wish_and_everybodys_place) {
  StateHash hash = 0;
  Waitlist list(0, hash);
  list.join(entry_of(1, 11, "ring"));
  list.join(entry_of(2, 12));
  list.join(entry_of(3, 13, "ring"));
  list.join(entry_of(4, 14, "floor"));
  EXPECT_EQ(list.position(4), 4U);
  list.leave(1);
  EXPECT_EQ(list.position(4), 3U);
  const auto firsts = list.firsts();
  ASSERT_EQ(firsts.size(), 3U);
  EXPECT_EQ(firsts[0]->number, 2U);
  EXPECT_EQ(firsts[1]->number, 3U);
  EXPECT_EQ(firsts[2]->number, 4U);
  EXPECT_EQ(list.first_of("ring")->number, 3U);
  EXPECT_EQ(list.first_of("roof"), nullptr);
  EXPECT_EQ(list.find(user_id(11)), nullptr);
  EXPECT_EQ(list.find(user_id(13))->number, 3U);
  EXPECT_TRUE(list.claims("roof"));  // by the wish for any section
  list.leave(2);
  EXPECT_FALSE(list.claims("roof"));
  EXPECT_TRUE(list.claims("ring"));
  EXPECT_TRUE(list.has_index_of_entries());
  EXPECT_EQ(list.recompute_hash(), hash);
  EXPECT_EQ(list.next_number(), 5U);
  list.clear();
  EXPECT_EQ(hash, 0U);
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(list.has_index_of_entries());
}

TEST(Waitlist, is_restored_with_its_numbers) {
  StateHash hash = 0;
  Waitlist list(0, hash);
  for (std::uint32_t n = 1; n <= 2000; ++n) list.join(entry_of(n, n));
  for (std::uint32_t n = 1; n <= 2000; n += 3) list.leave(n);
  StateHash again = 0;
  Waitlist restored(0, again);
  restored.restore_drawn(list.drawn());
  for (const auto& numbered : list.entries()) EXPECT_TRUE(restored.restore(numbered.second));
  EXPECT_EQ(again, hash);
  EXPECT_EQ(restored.next_number(), list.next_number());
  EXPECT_EQ(restored.position(2000), list.position(2000));
  EXPECT_TRUE(restored.has_index_of_entries());
  EXPECT_FALSE(restored.restore(entry_of(1, 5000)));     // out of order
  EXPECT_FALSE(restored.restore(entry_of(2001, 5000)));  // was never drawn
}

TEST(Waitlist, restores_a_user_once) {
  StateHash hash = 0;
  Waitlist list(0, hash);
  list.restore_drawn(3);
  EXPECT_TRUE(list.restore(entry_of(1, 7)));
  EXPECT_FALSE(list.restore(entry_of(3, 7)));
  EXPECT_EQ(list.size(), 1U);
}

}  // namespace
}  // namespace frontrow
