#include "tests/engine/core/state/best_available_model.h"

#include <algorithm>

namespace frontrow {
namespace {

bool best_available_model_bit(std::span<const std::uint64_t> words, std::uint32_t seat) {
  return (words[(seat - 1) / 64] >> ((seat - 1) % 64) & 1) != 0;
}

SeatList best_available_model_block(std::uint32_t first, std::uint32_t count) {
  SeatList block;
  for (std::uint32_t i = 0; i < count; ++i) block.push_back(SeatNumber{first + i});
  return block;
}

}  // namespace

BestAvailableModel::BestAvailableModel(const SeatSearch& search) {
  seats_.resize(search.free.size() * 64 + 2);
  for (std::uint32_t n = 1; n <= total(); ++n) {
    Seat& seat = seats_[n];
    seat.is_free = best_available_model_bit(search.free, n);
    seat.ends_row = n == total() || best_available_model_bit(search.row_ends, n);
  }
  for (const SeatNumber seat : search.also_free) seats_[seat.value].is_free = true;
  for (std::uint32_t n = search.first.value; n <= std::min(search.last.value, total()); ++n) {
    const bool is_masked = !search.mask.empty() && !best_available_model_bit(search.mask, n);
    seats_[n].is_in_reach = seats_[n].is_free && !is_masked;
  }
  for (const SeatNumber seat : search.without) seats_[seat.value].is_in_reach = false;
}

std::vector<BestAvailableModel::Run> BestAvailableModel::runs() const {
  std::vector<Run> runs;
  for (std::uint32_t n = 1; n <= total(); ++n) {
    if (!seats_[n].is_in_reach) continue;
    Run run{n, 1};
    while (!seats_[n].ends_row && seats_[n + 1].is_in_reach) {
      ++run.length;
      ++n;
    }
    runs.push_back(run);
  }
  return runs;
}

bool BestAvailableModel::is_alone(std::uint32_t seat) const {
  if (!seats_[seat].is_free) return false;
  const bool has_left = !seats_[seat - 1].ends_row && seats_[seat - 1].is_free;
  const bool has_right = !seats_[seat].ends_row && seats_[seat + 1].is_free;
  return !has_left && !has_right;
}

void BestAvailableModel::take(const SeatList& seats) {
  for (const SeatNumber seat : seats)
    seats_[seat.value] = {false, false, seats_[seat.value].ends_row};
}

void BestAvailableModel::give_back(const SeatList& seats) {
  for (const SeatNumber seat : seats) seats_[seat.value].is_free = true;
}

std::vector<SeatNumber> BestAvailableModel::left_alone(const SeatList& taken) const {
  BestAvailableModel before = *this;
  before.give_back(taken);
  BestAvailableModel after = *this;
  after.take(taken);
  std::vector<SeatNumber> alone;
  for (std::uint32_t n = 1; n <= total(); ++n)
    if (after.is_alone(n) && !before.is_alone(n)) alone.push_back(SeatNumber{n});
  return alone;
}

SeatList BestAvailableModel::together(unsigned quantity) const {
  SeatList any;
  for (const Run& run : runs()) {
    for (std::uint32_t skip = 0; skip + quantity <= run.length; ++skip) {
      SeatList block = best_available_model_block(run.first + skip, quantity);
      // Of the seats that are not taken, only the two beside the block can become alone.
      BestAvailableModel after = *this;
      after.take(block);
      const std::uint32_t left = block.front().value - 1;
      const std::uint32_t right = block.back().value + 1;
      const bool leaves_left = after.is_alone(left) && !is_alone(left);
      const bool leaves_right = after.is_alone(right) && !is_alone(right);
      if (!leaves_left && !leaves_right) return block;
      if (any.empty()) any = block;
    }
  }
  return any;
}

SeatList BestAvailableModel::apart(unsigned quantity) const {
  BestAvailableModel rest = *this;
  SeatList seats;
  while (seats.size() < quantity) {
    const auto missing = static_cast<unsigned>(quantity - seats.size());
    SeatList group = rest.together(missing);
    if (group.empty()) {
      const std::vector<Run> runs = rest.runs();
      if (runs.empty()) return {};
      const auto longest = std::max_element(
          runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.length < b.length; });
      group = best_available_model_block(longest->first, longest->length);
    }
    rest.take(group);
    for (const SeatNumber seat : group) seats.push_back(seat);
  }
  std::sort(seats.begin(), seats.end());
  return seats;
}

SeatList BestAvailableModel::first(unsigned quantity) const {
  SeatList seats;
  for (std::uint32_t n = 1; n <= total() && seats.size() < quantity; ++n)
    if (seats_[n].is_in_reach) seats.push_back(SeatNumber{n});
  return seats.size() == quantity ? seats : SeatList{};
}

}  // namespace frontrow
