// A reference model of the search for seats, from the definitions in best_available.h: three bools
// a seat, every block tried, every seat of its row looked at. Slow, and shares no code with the
// search.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/state/best_available.h"

namespace frontrow {

class BestAvailableModel {
 public:
  explicit BestAvailableModel(const SeatSearch& search);

  SeatList together(unsigned quantity) const;
  SeatList apart(unsigned quantity) const;
  SeatList first(unsigned quantity) const;
  std::vector<SeatNumber> left_alone(const SeatList& taken) const;

 private:
  struct Seat {
    bool is_free = false;
    bool is_in_reach = false;
    bool ends_row = true;
  };
  // Neighbours in reach, as many as there are side by side.
  struct Run {
    std::uint32_t first;
    std::uint32_t length;
  };

  std::uint32_t total() const { return static_cast<std::uint32_t>(seats_.size()) - 2; }
  std::vector<Run> runs() const;
  bool is_alone(std::uint32_t seat) const;
  void take(const SeatList& seats);
  void give_back(const SeatList& seats);

  std::vector<Seat> seats_;  // by number; one that is not free before the first and after the last
};

}  // namespace frontrow
