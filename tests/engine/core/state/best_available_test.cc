// Halls are drawn, one character a seat:
//   .  free                      x  sold
//   o  free, not in the mask     r  free, rests: not for this user
//   h  held by an expired hold   |  the row ends here (no seat)
#include "engine/core/state/best_available.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/base/prng.h"
#include "tests/engine/core/state/best_available_model.h"

namespace frontrow {
namespace {

struct BestAvailableHall {
  explicit BestAvailableHall(std::uint32_t seats)
      : free((seats + 63) / 64), row_ends(free.size()), mask(free.size()), total(seats) {
    if (seats > 0) set(row_ends, seats);
  }
  explicit BestAvailableHall(const std::string& picture)
      : BestAvailableHall(static_cast<std::uint32_t>(
            picture.size() -
            static_cast<std::size_t>(std::count(picture.begin(), picture.end(), '|')))) {
    std::uint32_t seat = 0;
    for (const char c : picture) {
      if (c == '|') {
        set(row_ends, seat);
        continue;
      }
      ++seat;
      if (c != 'x' && c != 'h') set(free, seat);
      if (c != 'o') set(mask, seat);
      if (c == 'o') is_masked = true;
      if (c == 'r') without.push_back(SeatNumber{seat});
      if (c == 'h') also_free.push_back(SeatNumber{seat});
    }
  }

  using Bits = std::vector<std::uint64_t>;
  static void set(Bits& bits, std::uint32_t seat, bool value = true) {
    const std::uint64_t bit = std::uint64_t{1} << (seat - 1) % 64;
    if (value) {
      bits[(seat - 1) / 64] |= bit;
    } else {
      bits[(seat - 1) / 64] &= ~bit;
    }
  }
  SeatSearch search() const {
    SeatSearch s{.free = free, .row_ends = row_ends};
    if (is_masked) s.mask = mask;
    s.first = first;
    s.last = last;
    s.without = without;
    s.also_free = also_free;
    return s;
  }

  Bits free, row_ends, mask;
  bool is_masked = false;
  std::uint32_t total;
  SeatNumber first{1};
  SeatNumber last{kSeatsPerDateMax};
  std::vector<SeatNumber> without, also_free;
};

template <class Seats>
std::vector<std::uint32_t> best_available_numbers(const Seats& seats) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(seats.size());
  for (const SeatNumber seat : seats) numbers.push_back(seat.value);
  return numbers;
}
struct BestAvailablePick {
  const char* picture;
  unsigned quantity;
  std::vector<std::uint32_t> seats;
};

void expect_best_available(const std::vector<BestAvailablePick>& picks,
                           SeatList (*search)(const SeatSearch&, unsigned)) {
  for (const BestAvailablePick& pick : picks) {
    const BestAvailableHall hall(pick.picture);
    EXPECT_EQ(best_available_numbers(search(hall.search(), pick.quantity)), pick.seats)
        << pick.quantity << " of " << pick.picture;
  }
}

TEST(BestTogether, block_begins_where_the_first_run_with_room_begins) {
  expect_best_available(
      {
          {"......", 2, {1, 2}},
          {"x.xx....", 2, {5, 6}},
          {".x..", 1, {1}},
          {"..x....", 2, {1, 2}},
          {"xxxx", 1, {}},
          {".x.x.", 2, {}},
          {"", 1, {}},
      },
      best_together);
}

TEST(BestTogether, row_end_separates_neighbours) {
  expect_best_available(
      {
          {"x.|.x....", 2, {5, 6}},
          {"x..|....", 4, {4, 5, 6, 7}},
          {".|.|.|.", 2, {}},
          {"..|..", 3, {}},
          {".|..", 1, {1}},
      },
      best_together);
}

TEST(BestTogether, no_single_seat_is_left_where_another_block_leaves_none) {
  expect_best_available(
      {
          {"...x..", 2, {5, 6}},
          {"..x..x.", 1, {7}},
          {"...|....", 2, {4, 5}},
          {"...x...x.....", 2, {9, 10}},
          {"...x...|xx...|x..", 2, {14, 15}},
      },
      best_together);
}

TEST(BestTogether, a_single_seat_is_left_where_each_block_leaves_one) {
  expect_best_available(
      {
          {"...x", 2, {1, 2}},
          {"x..x..", 1, {2}},
          {"x...|...", 2, {2, 3}},
          {"....|.", 3, {1, 2, 3}},
      },
      best_together);
}

TEST(BestTogether, seat_that_is_not_for_sale_here_keeps_its_neighbour_company) {
  expect_best_available(
      {
          {"...ox..", 2, {1, 2}},   // the third seat is left with the fourth
          {"..oxx..", 2, {6, 7}},   // the third would be alone
          {"..rxx..", 2, {6, 7}},   // likewise: others can buy a seat that rests
          {"o...x", 2, {3, 4}},     // not 2 and 3: the first would be alone
          {"o....ox", 2, {3, 4}},   // in the middle of the run
          {"o...ox.x", 2, {2, 3}},  // no way to leave none
          {"oo..x", 2, {3, 4}},
          {"ro|...", 1, {3}},
          {"oxx...|.", 3, {4, 5, 6}},
          {"o.x.ox.", 1, {7}},
          {"o.|.x", 1, {3}},
      },
      best_together);
}

TEST(BestTogether, exceptions_are_passed_over_and_filled_in) {
  expect_best_available(
      {
          {".r..", 2, {3, 4}},
          {".h.x", 3, {1, 2, 3}},
          {"hh", 2, {1, 2}},
          {"r|r", 1, {}},
          {"..hx..", 2, {5, 6}},  // the third would be alone
      },
      best_together);
  BestAvailableHall both("...");
  both.without = both.also_free = {SeatNumber{2}};
  EXPECT_TRUE(best_together(both.search(), 2).empty());
}

TEST(BestTogether, section_limits_the_seats_but_not_the_company) {
  BestAvailableHall hall("..........");
  hall.first = SeatNumber{3};
  hall.last = SeatNumber{8};
  EXPECT_EQ(best_available_numbers(best_together(hall.search(), 5)),
            (std::vector<std::uint32_t>{3, 4, 5, 6, 7}));
  EXPECT_TRUE(best_together(hall.search(), 7).empty());
  hall.first = SeatNumber{2};
  EXPECT_EQ(best_available_numbers(best_together(hall.search(), 2)),
            (std::vector<std::uint32_t>{3, 4}))
      << "the first would be alone";
  hall.last = SeatNumber{3};
  EXPECT_EQ(best_available_numbers(best_together(hall.search(), 2)),
            (std::vector<std::uint32_t>{2, 3}));
  hall.last = SeatNumber{1};
  EXPECT_TRUE(best_together(hall.search(), 1).empty());
  hall.first = SeatNumber{65};
  hall.last = SeatNumber{90};
  EXPECT_TRUE(best_together(hall.search(), 1).empty()) << "behind the last word";
}

// One run of each length at each place: 4032 = 63 * 64 seats are searched at a time.
TEST(BestTogether, block_is_found_wherever_words_and_segments_meet) {
  for (const std::uint32_t meeting : {64U, 128U, 4032U, 8064U}) {
    for (unsigned quantity = 1; quantity <= kSeatsPerHoldMax; ++quantity) {
      for (std::uint32_t first = meeting - 40; first <= meeting + 5; ++first) {
        BestAvailableHall hall(meeting + 70);
        for (std::uint32_t i = 0; i < quantity; ++i) hall.set(hall.free, first + i);
        const SeatList seats = best_together(hall.search(), quantity);
        ASSERT_EQ(seats.size(), quantity) << "from " << first;
        ASSERT_EQ(seats.front().value, first);
        ASSERT_EQ(seats[quantity - 1].value, first + quantity - 1);
        hall.set(hall.free, first);
        hall.set(hall.free, first + quantity - 1, false);
        ASSERT_TRUE(best_together(hall.search(), quantity).empty()) << "one seat too short";
        hall.set(hall.free, first + quantity - 1);
        if (quantity == 1) continue;
        hall.set(hall.row_ends, first + quantity / 2 - 1);
        ASSERT_TRUE(best_together(hall.search(), quantity).empty()) << "two rows";
      }
    }
  }
}

TEST(BestTogether, seat_is_not_left_alone_wherever_words_and_segments_meet) {
  for (const std::uint32_t meeting : {64U, 4032U}) {
    for (const unsigned quantity : {1U, 2U, 3U, 4U, 7U, 16U, 31U, 32U}) {
      for (std::uint32_t first = meeting - 40; first <= meeting + 5; ++first) {
        BestAvailableHall hall(meeting + 150);
        for (std::uint32_t i = 0; i <= quantity; ++i) hall.set(hall.free, first + i);
        EXPECT_EQ(best_together(hall.search(), quantity).front().value, first);
        for (std::uint32_t i = 0; i < quantity; ++i) hall.set(hall.free, meeting + 100 + i);
        ASSERT_EQ(best_together(hall.search(), quantity).front().value, meeting + 100)
            << quantity << " from " << first;
      }
    }
  }
}

TEST(BestTogether, limits_and_exceptions_count_wherever_words_and_segments_meet) {
  for (const std::uint32_t meeting : {64U, 4032U, 8064U}) {
    for (std::uint32_t first = meeting - 70; first <= meeting + 5; ++first) {
      SCOPED_TRACE(first);
      BestAvailableHall four(13'000);
      for (std::uint32_t i = 0; i < 4; ++i) four.set(four.free, first + i);
      const auto found = [](const BestAvailableHall& hall, unsigned quantity) {
        return best_available_numbers(best_together(hall.search(), quantity));
      };
      using Numbers = std::vector<std::uint32_t>;

      BestAvailableHall hall = four;
      hall.also_free = {SeatNumber{first + 4}};
      ASSERT_EQ(found(hall, 5), (Numbers{first, first + 1, first + 2, first + 3, first + 4}));
      ASSERT_EQ(found(hall, 6), Numbers{});
      hall = four;
      hall.without = {SeatNumber{first + 1}};
      ASSERT_EQ(found(hall, 2), (Numbers{first + 2, first + 3}));
      ASSERT_EQ(found(hall, 3), Numbers{});
      hall = four;
      hall.is_masked = true;
      hall.set(hall.mask, first + 1);
      hall.set(hall.mask, first + 2);
      ASSERT_EQ(found(hall, 2), (Numbers{first + 1, first + 2}));
      ASSERT_EQ(found(hall, 3), Numbers{});
      hall = four;
      hall.first = SeatNumber{first + 2};
      ASSERT_EQ(found(hall, 2), (Numbers{first + 2, first + 3}));
      ASSERT_EQ(found(hall, 3), Numbers{});
      hall = four;
      hall.last = SeatNumber{first + 1};
      ASSERT_EQ(found(hall, 2), (Numbers{first, first + 1}));
      ASSERT_EQ(found(hall, 3), Numbers{});
      // A run that leaves a seat alone comes before.
      for (std::uint32_t i = 0; i < 3; ++i) hall.set(hall.free, 2 + i, meeting > 64);
      ASSERT_EQ(found(hall, 2), (Numbers{first, first + 1}));
    }
  }
}

TEST(BestApart, one_group_where_a_row_has_room) {
  expect_best_available({{".x....", 2, {3, 4}}, {"...x..", 2, {5, 6}}}, best_apart);
}

TEST(BestApart, longest_runs_first_and_the_last_group_as_the_best_block) {
  expect_best_available(
      {
          {"..x...x..", 5, {1, 2, 4, 5, 6}},
          {"..x...x..", 7, {1, 2, 4, 5, 6, 8, 9}},
          {"..x..x..", 4, {1, 2, 4, 5}},
          {"...x..x.", 4, {1, 2, 3, 8}},  // not one of two
          {"...x..x...x.", 4, {1, 2, 3, 8}},
          {"...x...x....", 6, {1, 2, 9, 10, 11, 12}},  // a seat is left alone either way
          {"..|..|..", 5, {1, 2, 3, 4, 5}},
          {".x.x.", 3, {1, 3, 5}},
          {".x.x.", 4, {}},
          {".r.|hx", 3, {1, 3, 4}},
      },
      best_apart);
}

TEST(BestApart, groups_of_one_make_up_the_largest_quantity) {
  std::string picture;
  for (std::size_t i = 0; i < kSeatsPerHoldMax; ++i) picture += ".x";
  const BestAvailableHall hall(picture);
  const SeatList seats = best_apart(hall.search(), kSeatsPerHoldMax);
  ASSERT_EQ(seats.size(), kSeatsPerHoldMax);
  EXPECT_EQ(seats[kSeatsPerHoldMax - 1].value, 2 * kSeatsPerHoldMax - 1);
}

TEST(FirstFree, takes_seats_from_the_front_whatever_the_rows_are) {
  expect_best_available(
      {
          {"x.x..|.", 3, {2, 4, 5}},
          {".or|h.", 3, {1, 4, 5}},
          {"...", 4, {}},
      },
      first_free);
  BestAvailableHall hall("x.x..");
  SeatSearch search = hall.search();
  search.row_ends = {};
  search.first = SeatNumber{4};
  EXPECT_EQ(best_available_numbers(first_free(search, 2)), (std::vector<std::uint32_t>{4, 5}));
}

TEST(LeftAlone, names_the_seats_that_lose_their_last_neighbour) {
  struct Case {
    const char* picture;
    SeatList taken;
    std::vector<std::uint32_t> alone;
  };
  const Case cases[] = {
      {"...", {SeatNumber{2}}, {1, 3}},
      {"...", {SeatNumber{3}}, {}},
      {"....", {SeatNumber{1}, SeatNumber{2}, SeatNumber{3}}, {4}},
      {"...|.", {SeatNumber{3}, SeatNumber{2}}, {1}},
      {".x.", {SeatNumber{1}}, {}},
      {"..o", {SeatNumber{1}}, {}},
      {".ro", {SeatNumber{3}, SeatNumber{1}}, {2}},
      {"h..", {SeatNumber{2}}, {1, 3}},
      {".....", {SeatNumber{4}, SeatNumber{2}}, {1, 3, 5}},
      {"x.x", {SeatNumber{1}, SeatNumber{3}}, {2}},  // the bitmap has them already
  };
  for (const Case& c : cases) {
    const BestAvailableHall hall(c.picture);
    EXPECT_EQ(best_available_numbers(left_alone(hall.search(), c.taken)), c.alone) << c.picture;
  }
}

TEST(BestAvailableDeathTest, quantity_and_bitmaps_out_of_bounds_are_mistakes) {
  const BestAvailableHall hall("....");
  EXPECT_DEATH(best_together(hall.search(), 0), "quantity");
  EXPECT_DEATH(best_together(hall.search(), kSeatsPerHoldMax + 1), "quantity");
  SeatSearch search = hall.search();
  search.row_ends = {};
  EXPECT_DEATH(best_apart(search, 1), "row_ends");
  search = hall.search();
  const BestAvailableHall larger(std::string(65, '.'));
  search.mask = larger.mask;
  EXPECT_DEATH(first_free(search, 1), "mask");
}

std::vector<SeatNumber> best_available_some(Prng& random, std::uint32_t total, std::uint64_t most) {
  std::vector<SeatNumber> seats(random.below(most + 1));
  for (SeatNumber& seat : seats)
    seat = SeatNumber{static_cast<std::uint32_t>(1 + random.below(total))};
  std::sort(seats.begin(), seats.end());
  return seats;
}

// Seats sold at random or in runs, rows of all lengths, with or without limits.
BestAvailableHall best_available_hall(Prng& random, std::uint32_t seats_max) {
  BestAvailableHall hall(static_cast<std::uint32_t>(1 + random.below(seats_max)));
  constexpr std::uint64_t kPercents[] = {1, 5, 10, 30, 50, 80, 95, 100};
  const std::uint64_t free_percent = kPercents[random.below(std::size(kPercents))];
  const std::uint64_t masked_percent = kPercents[random.below(std::size(kPercents))];
  constexpr std::uint64_t kLengths[] = {1, 3, 9, 40, 200};
  const std::uint64_t row_length = kLengths[random.below(std::size(kLengths))];
  const std::uint64_t run_length = kLengths[random.below(4)];
  const std::uint64_t mask_length = kLengths[random.below(4)];
  bool is_free = false;
  bool is_in_mask = false;
  for (std::uint32_t seat = 1; seat <= hall.total; ++seat) {
    if (random.below(run_length) == 0) is_free = random.chance(free_percent);
    if (random.below(mask_length) == 0) is_in_mask = random.chance(masked_percent);
    if (random.below(row_length) == 0) hall.set(hall.row_ends, seat);
    hall.set(hall.free, seat, is_free);
    hall.set(hall.mask, seat, is_in_mask);
  }
  hall.is_masked = random.chance(40);
  if (random.chance(40)) {
    const std::vector<SeatNumber> limits{
        SeatNumber{static_cast<std::uint32_t>(1 + random.below(hall.total))},
        SeatNumber{static_cast<std::uint32_t>(1 + random.below(hall.total))}};
    hall.first = std::min(limits[0], limits[1]);
    hall.last = std::max(limits[0], limits[1]);
  }
  if (random.chance(40)) hall.without = best_available_some(random, hall.total, 1 + hall.total / 9);
  if (random.chance(40))
    hall.also_free = best_available_some(random, hall.total, 1 + hall.total / 9);
  return hall;
}

void compare_best_available(const BestAvailableHall& hall, unsigned quantity) {
  const SeatSearch search = hall.search();
  const BestAvailableModel model(search);
  const SeatList together = best_together(search, quantity);
  ASSERT_EQ(together, model.together(quantity));
  const SeatList apart = best_apart(search, quantity);
  ASSERT_EQ(apart, model.apart(quantity));
  ASSERT_EQ(first_free(search, quantity), model.first(quantity));
  if (!together.empty()) {
    ASSERT_EQ(apart, together);
  }
  for (const SeatList& taken : {together, apart})
    ASSERT_EQ(left_alone(search, taken), model.left_alone(taken));
}

TEST(BestAvailableProperty, small_halls_agree_with_the_model) {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE(seed);
    Prng random(seed);
    const BestAvailableHall hall = best_available_hall(random, 400);
    const auto quantity = static_cast<unsigned>(1 + random.below(random.chance(70) ? 5 : 32));
    ASSERT_NO_FATAL_FAILURE(compare_best_available(hall, quantity));
  }
}

// Runs about as long as is wanted, where segments meet.
TEST(BestAvailableProperty, halls_of_several_segments_agree_with_the_model) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    Prng random(seed);
    BestAvailableHall hall = best_available_hall(random, 13'000);
    const auto quantity = static_cast<unsigned>(1 + random.below(32));
    if (random.chance(70)) std::fill(hall.free.begin(), hall.free.end(), 0);
    for (std::uint32_t i = 0; i < 6; ++i) {
      const std::uint64_t from = 4032 * random.below(4) + 1 + random.below(80);
      const std::uint64_t length = quantity - 1 + random.below(4);
      for (std::uint64_t seat = from <= 40 ? 1 : from - 40; length + from > seat + 40; ++seat)
        if (seat <= hall.total) hall.set(hall.free, static_cast<std::uint32_t>(seat));
    }
    ASSERT_NO_FATAL_FAILURE(compare_best_available(hall, quantity));
  }
}

// The rule in other words, for a search without limits: of the runs with room, the first one that
// is not just one seat longer than the quantity, or simply the first one; and its first seats.
TEST(BestAvailableProperty, without_limits_the_best_block_begins_a_run) {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    SCOPED_TRACE(seed);
    Prng random(seed);
    BestAvailableHall hall = best_available_hall(random, 300);
    hall.is_masked = false;
    hall.first = SeatNumber{1};
    hall.last = SeatNumber{kSeatsPerDateMax};
    hall.without = hall.also_free = {};
    const auto quantity = static_cast<unsigned>(1 + random.below(6));
    std::uint32_t best = 0;
    std::uint32_t any = 0;
    std::uint32_t length = 0;
    for (std::uint32_t seat = 1; seat <= hall.total; ++seat) {
      const auto has = [&](const BestAvailableHall::Bits& bits) {
        return (bits[(seat - 1) / 64] >> (seat - 1) % 64 & 1) != 0;
      };
      if (has(hall.free)) ++length;
      if (has(hall.free) && !has(hall.row_ends)) continue;
      const std::uint32_t from = has(hall.free) ? seat + 1 - length : seat - length;
      if (length >= quantity && any == 0) any = from;
      if (length >= quantity && length != quantity + 1 && best == 0) best = from;
      length = 0;
    }
    const SeatList seats = best_together(hall.search(), quantity);
    ASSERT_EQ(seats.empty(), any == 0);
    if (any == 0) continue;
    ASSERT_EQ(seats.front().value, best != 0 ? best : any);
  }
}

TEST(BestAvailableProperty, hall_of_the_largest_size_agrees_with_the_model) {
  Prng random(1);
  BestAvailableHall hall(kSeatsPerDateMax);
  for (std::uint32_t seat = 1; seat <= hall.total; ++seat) {
    hall.set(hall.free, seat, random.chance(2));
    hall.set(hall.row_ends, seat, seat % 37 == 0);
  }
  for (std::uint32_t seat = hall.total - 15; seat <= hall.total; ++seat) hall.set(hall.free, seat);
  for (const unsigned quantity : {1U, 3U, 9U, 32U})
    ASSERT_NO_FATAL_FAILURE(compare_best_available(hall, quantity));
}

}  // namespace
}  // namespace frontrow
