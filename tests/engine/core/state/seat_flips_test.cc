// The changes that a map remembers, against the bitmaps of all its versions.
#include "engine/core/state/seat_flips.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/prng.h"
#include "engine/core/state/seat_map.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

// A map with the free bits of each of its versions.
struct Flipping {
  explicit Flipping(std::uint32_t seats)
      : map({first_date(), {{"all", seats, Money{1}}}}, 0, hash), versions{{}, map.free_bits()} {}

  void flip(std::uint32_t n) {
    const SeatNumber seat{n};
    map.set(seat, map.is_free(seat) ? SeatState::kBlocked : SeatState::kFree, 0);
  }
  void end_version() {
    map.bump_version();
    versions.push_back(map.free_bits());
  }
  // Whether the changes since then are those of the bitmaps.
  bool agrees(std::uint64_t since) const {
    const auto changes = map.changes_since(since);
    for (std::size_t word = 0; word < changes.size(); ++word) {
      if ((versions[since][word] ^ map.free_bits()[word]) != changes[word]) return false;
    }
    return true;
  }

  // Whether the touched seats lead to the present map from that of each version since then.
  bool leads_on(std::uint64_t since) const {
    const auto touched = map.touched_since(since);
    for (std::uint64_t from = since; from <= map.version(); ++from) {
      for (std::size_t word = 0; word < touched.size(); ++word) {
        const std::uint64_t present = map.free_bits()[word];
        if (((versions[from][word] ^ present) & ~touched[word]) != 0) return false;
      }
    }
    return true;
  }

  StateHash hash = 0;
  SeatMap map;
  std::vector<std::vector<std::uint64_t>> versions;  // by number
};

TEST(SeatFlips, changes_since_a_version_are_the_seats_that_differ) {
  Flipping f(100);
  f.flip(3);
  f.flip(70);
  f.end_version();
  f.flip(3);  // free again
  f.flip(100);
  f.end_version();
  f.end_version();  // a version without a change
  using Bits = std::vector<std::uint64_t>;
  const std::uint64_t seat_70 = std::uint64_t{1} << (69 - 64);
  const std::uint64_t seat_100 = std::uint64_t{1} << (99 - 64);
  EXPECT_EQ(f.map.changes_since(1), (Bits{0, seat_70 | seat_100}));
  EXPECT_EQ(f.map.changes_since(2), (Bits{4, seat_100}));
  EXPECT_EQ(f.map.changes_since(3), (Bits{0, 0}));
  EXPECT_EQ(f.map.changes_since(4), (Bits{0, 0}));
  EXPECT_EQ(f.map.touched_since(1), (Bits{4, seat_70 | seat_100})) << "also who is back";
  EXPECT_EQ(f.map.touched_since(2), (Bits{4, seat_100}));
  EXPECT_EQ(f.map.touched_since(4), (Bits{0, 0}));
  EXPECT_FALSE(f.map.knows_changes_since(0)) << "no map had that version";
  EXPECT_FALSE(f.map.knows_changes_since(5)) << "it is still to come";
}

TEST(SeatFlips, changes_between_states_that_are_not_free_are_none) {
  Flipping f(10);
  f.map.set(SeatNumber{1}, SeatState::kHeld, 1);
  f.end_version();
  f.map.set(SeatNumber{1}, SeatState::kSold, 1);
  f.end_version();
  EXPECT_EQ(f.map.changes_since(2), std::vector<std::uint64_t>{0});
  EXPECT_EQ(f.map.changes_since(1), std::vector<std::uint64_t>{1});
}

TEST(SeatFlips, changes_are_kept_up_to_the_bound_and_the_oldest_go) {
  Flipping f(5'000);
  for (std::uint32_t n = 1; n <= kSeatChangesKept; ++n) {
    f.flip(n);
    f.end_version();
  }
  EXPECT_TRUE(f.map.knows_changes_since(1));
  f.flip(1);
  f.end_version();
  EXPECT_FALSE(f.map.knows_changes_since(1));
  EXPECT_TRUE(f.map.knows_changes_since(2));
  EXPECT_TRUE(f.agrees(2));
  // A version that alone has more changes than are kept.
  const std::uint64_t before = f.map.version();
  for (std::uint32_t n = 1; n <= kSeatChangesKept + 1; ++n) f.flip(n);
  f.end_version();
  EXPECT_FALSE(f.map.knows_changes_since(before));
  EXPECT_TRUE(f.map.knows_changes_since(before + 1));
}

TEST(SeatFlips, changes_of_a_small_map_are_no_more_than_its_seats) {
  Flipping f(8);
  for (std::uint32_t n = 1; n <= 8; ++n) {
    f.flip(n);
    f.end_version();
  }
  EXPECT_TRUE(f.map.knows_changes_since(1));
  f.flip(1);
  f.end_version();
  EXPECT_FALSE(f.map.knows_changes_since(1));
  EXPECT_TRUE(f.agrees(2));
}

TEST(SeatFlips, changes_before_a_restored_version_are_unknown) {
  Flipping f(10);
  f.flip(1);
  f.end_version();
  f.map.restore_version(900);
  EXPECT_FALSE(f.map.knows_changes_since(2));
  EXPECT_TRUE(f.map.knows_changes_since(900));
  f.flip(1);
  f.map.bump_version();
  EXPECT_EQ(f.map.changes_since(900), std::vector<std::uint64_t>{1});
  f.map.forget_changes();
  EXPECT_FALSE(f.map.knows_changes_since(900));
  EXPECT_TRUE(f.map.knows_changes_since(901));
}

TEST(SeatFlipsProperty, changes_since_any_version_agree_with_the_bitmaps) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng random(seed);
    Flipping f(200);
    for (int step = 0; step < 400; ++step) {
      f.flip(static_cast<std::uint32_t>(1 + random.below(200)));
      if (random.chance(40)) f.end_version();
    }
    f.end_version();
    std::size_t known = 0;
    for (std::uint64_t since = 1; since <= f.map.version(); ++since) {
      if (!f.map.knows_changes_since(since)) continue;
      ++known;
      ASSERT_TRUE(f.agrees(since)) << "seed " << seed << " since " << since;
      ASSERT_TRUE(f.leads_on(since)) << "seed " << seed << " since " << since;
    }
    ASSERT_GT(known, 20U);
    ASSERT_LT(known, f.map.version());
  }
}

}  // namespace
}  // namespace frontrow
