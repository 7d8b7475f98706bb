// The seats of a wish by quantity: which part of a date it is about, and the best seats there.
//
// A part is made of stretches (seat_map.h), which best_available.h searches. Of equally good
// choices that of the first stretch is taken. One thread; functions of their arguments only.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/core/protocol/seat_list.h"
#include "engine/core/state/seat_map.h"

namespace frontrow {

// Refers to the map's bitmaps.
struct WantedSeats {
  bool exists = false;                               // the date has the section and the category
  boost::container::small_vector<Stretch, 4> named;  // of the section; empty: the whole date
  std::span<const std::uint64_t> category;           // its seats; empty: all
  std::vector<std::uint64_t> not_left_out;           // the seats of both; empty: none is left out

  std::span<const std::uint64_t> mask() const {
    return not_left_out.empty() ? category : std::span<const std::uint64_t>(not_left_out);
  }
};

// An empty section or category: any.
WantedSeats wanted_seats(const SeatMap& map, std::string_view section, std::string_view category);
// Takes sections out of the part.
void leave_out(const SeatMap& map, WantedSeats& wanted,
               const std::function<bool(std::string_view section)>& is_left_out);

struct SeatWish {
  std::uint32_t quantity = 0;
  bool together = false;                  // side by side, or none
  std::span<const SeatNumber> without{};  // free seats that are not taken; ascending
};
// Empty if there are none.
SeatList choose_seats(const SeatMap& map, const WantedSeats& wanted, const SeatWish& wish);

std::uint32_t count_free(const SeatMap& map, const WantedSeats& wanted);
struct AvailableSeats {
  std::uint32_t free = 0;
  std::uint32_t together = 0;  // the most side by side, up to kSeatsPerHoldMax
};
AvailableSeats count_available(const SeatMap& map, const WantedSeats& wanted);

}  // namespace frontrow
