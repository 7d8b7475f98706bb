// Inline and heap-allocated lists of seats, against vectors.
#include "engine/core/protocol/seat_list.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

SeatList list_of(std::uint32_t count) {
  SeatList seats;
  for (std::uint32_t n = 1; n <= count; ++n) seats.push_back(SeatNumber{n});
  return seats;
}

std::vector<std::uint32_t> content_of(const SeatList& seats) {
  std::vector<std::uint32_t> numbers;
  for (const SeatNumber seat : seats) numbers.push_back(seat.value);
  return numbers;
}

TEST(SeatList, holds_every_allowed_number_of_seats) {
  for (std::uint32_t count = 0; count <= kSeatsPerHoldMax; ++count) {
    const SeatList seats = list_of(count);
    ASSERT_EQ(seats.size(), count);
    for (std::uint32_t n = 1; n <= count; ++n) ASSERT_EQ(seats[n - 1], SeatNumber{n});
  }
}

TEST(SeatListDeathTest, one_seat_too_many_is_refused) {
  EXPECT_DEATH(list_of(kSeatsPerHoldMax + 1), "check failed");
  EXPECT_DEATH(static_cast<void>(list_of(3)[3]), "check failed");
  EXPECT_DEATH(SeatList{}.pop_back(), "check failed");
}

TEST(SeatList, copy_shares_nothing) {
  for (const std::uint32_t count : {3U, 20U}) {
    SeatList original = list_of(count);
    const SeatList copy = original;
    original.back() = SeatNumber{99};
    original.pop_back();
    EXPECT_EQ(copy, list_of(count));
    EXPECT_FALSE(original == copy);
  }
}

TEST(SeatList, moved_list_is_empty_and_can_be_filled_again) {
  for (const std::uint32_t count : {3U, 20U}) {
    SeatList original = list_of(count);
    const SeatList moved = std::move(original);
    EXPECT_EQ(moved, list_of(count));
    EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move): tests the moved-from state
    original.push_back(SeatNumber{5});
    EXPECT_EQ(content_of(original), std::vector<std::uint32_t>{5});
  }
}

TEST(SeatList, what_resize_adds_is_no_seat) {
  SeatList seats = list_of(2);
  seats.resize(1);
  seats.resize(9);
  EXPECT_EQ(content_of(seats), (std::vector<std::uint32_t>{1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(SeatList, agrees_with_a_vector) {
  Prng random(3);
  SeatList lists[3];
  std::vector<std::uint32_t> models[3];
  for (std::uint32_t step = 1; step < 30'000; ++step) {
    const auto at = static_cast<std::size_t>(random.below(3));
    const auto other = static_cast<std::size_t>(random.below(3));
    switch (random.below(5)) {
      case 0:
        lists[at] = lists[other];
        models[at] = std::vector(models[other]);
        break;
      case 1:
        if (at == other) break;
        lists[at] = std::move(lists[other]);
        models[at] = std::exchange(models[other], {});
        break;
      case 2:
        if (models[at].empty()) break;
        lists[at].pop_back();
        models[at].pop_back();
        break;
      default:
        if (models[at].size() == kSeatsPerHoldMax) break;
        lists[at].push_back(SeatNumber{step});
        models[at].push_back(step);
    }
    for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(content_of(lists[i]), models[i]);
  }
}

}  // namespace
}  // namespace frontrow
