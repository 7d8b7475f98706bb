// Picks the best available seats of a date: neighbours of one row, as near to the front as
// possible, that leave no single seat alone.
//
// A search reads the bitmaps where they are; bit n-1 is seat n. Its words:
//
//   free      can be sold: in `free` or in `also_free`
//   in reach  free, and the search may take it: in `mask`, from `first` to `last`, not in `without`
//   row       seats n and n+1 are neighbours unless n is in `row_ends`
//   block     `quantity` neighbours, all of them in reach
//   alone     a free seat without a free neighbour. A block leaves seat s alone if s is alone after
//             the block is taken, and was not before. All free seats count, in reach or not: a seat
//             beside a section that is not searched, or beside one that only rests, can still be
//             sold together with it.
//
// The best block is the first one that leaves no seat alone; where each leaves one, the first one.
// So it begins at the start of a run of seats in reach, unless that would leave a seat alone on the
// left, out of reach; then it begins a seat or two later, in the same run.
//
// How it works: from the front, 63 words of 64 seats at a time. Shifts find the seats that are
// joined to the one before; doubling (runs of 1, 2, 4, 8, 16 joined seats and an overlapping rest)
// finds the last seats of all blocks at once; two more shifts drop those that leave a seat alone.
// The work on a word depends on the quantity and hardly on the seats, so no pattern of sold seats
// makes a search slow: 1 to 3 us for a whole date of 100,000 seats (bench/best_available_bench.cc).
// The doubling is that of Warren, "Hacker's Delight" (2002), finding a string of 1-bits of a given
// length, there in a word.
//
// Any thread, as long as the bitmaps do not change. Functions of their arguments only: the same
// seats on each machine. The result is in ascending order, and empty if there are no such seats. A
// quantity outside 1..kSeatsPerHoldMax and bitmaps of different lengths are mistakes of the caller.
//
// Not here: prices, categories, holds, and whether a buyer may have seats apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/seat_list.h"

namespace frontrow {

// The seats to search. Refers to its parts and owns none of them.
struct SeatSearch {
  std::span<const std::uint64_t> free;      // no bit is set beyond the last seat
  std::span<const std::uint64_t> row_ends;  // the last seat of each row; as long as `free`
  std::span<const std::uint64_t> mask{};    // the seats of a category, as long; empty: all seats
  SeatNumber first{1};
  SeatNumber last{kSeatsPerDateMax};
  // Exceptions, seats of the date, ascending; normally none or few. `without` prevails. Each
  // segment of the search that has one is copied, about 60 ns.
  std::span<const SeatNumber> without{};    // not to be taken, though free: seats that rest
  std::span<const SeatNumber> also_free{};  // free, though not in `free`: expired holds
};

// The best block of one row.
SeatList best_together(const SeatSearch& search, unsigned quantity);

// The fewest groups of neighbours that make up the quantity. Greedy: takes the longest run, of two
// equal ones the first, and so on; the last group is the best block among the seats that are then
// left. The number of groups is always the least possible, but only the last group is chosen so
// that it leaves no seat alone. One group, as best_together(), where a row has room for it.
SeatList best_apart(const SeatSearch& search, unsigned quantity);

// The first seats in reach, for general admission. Rows do not matter: `row_ends` may be empty.
SeatList first_free(const SeatSearch& search, unsigned quantity);

// The seats that taking `taken`, in any order, leaves alone, ascending. The same before and after
// `taken` has left the bitmap. Ignores the limits of the search: `mask`, `first`, `last`,
// `without`.
std::vector<SeatNumber> left_alone(const SeatSearch& search, const SeatList& taken);

}  // namespace frontrow
