#include "engine/core/state/seat_choice.h"

#include <algorithm>
#include <bit>

#include "engine/core/state/best_available.h"

namespace frontrow {
namespace {

// Calls look(search, kind) for each stretch of the wanted part, until it returns false.
template <class Look>
void for_each_stretch(const SeatMap& map, const WantedSeats& wanted, const Look& look) {
  const std::span<const Stretch> named = wanted.named;
  for (const Stretch& s : named.empty() ? std::span<const Stretch>(map.stretches()) : named) {
    const SeatSearch search{.free = map.free_bits(),
                            .row_ends = map.row_ends(),
                            .mask = wanted.mask(),
                            .first = s.first,
                            .last = s.last};
    if (!look(search, s.kind)) return;
  }
}

std::uint32_t free_in(const SeatSearch& search) {
  std::uint32_t free = 0;
  const std::uint32_t begin = search.first.value - 1;
  for (std::uint32_t word = begin / 64; word <= (search.last.value - 1) / 64; ++word) {
    std::uint64_t bits = search.free[word];
    if (!search.mask.empty()) bits &= search.mask[word];
    if (word == begin / 64) bits &= ~std::uint64_t{0} << (begin % 64);
    if (word == (search.last.value - 1) / 64)
      bits &= ~std::uint64_t{0} >> (63 - (search.last.value - 1) % 64);
    free += static_cast<std::uint32_t>(std::popcount(bits));
  }
  return free;
}

// A choice of seats, and how good it is.
struct Choice {
  enum class Grade { kNone, kApart, kLeavesSingle, kGood };
  SeatList seats;
  Grade grade = Grade::kNone;
};

Choice best_in(const SeatSearch& search, SectionKind kind, const SeatWish& wish) {
  if (kind == SectionKind::kGeneral) {
    SeatList seats = first_free(search, wish.quantity);
    return {seats, seats.empty() ? Choice::Grade::kNone : Choice::Grade::kGood};
  }
  SeatList seats = best_together(search, wish.quantity);
  if (!seats.empty()) {
    const bool is_good = left_alone(search, seats).empty();
    return {seats, is_good ? Choice::Grade::kGood : Choice::Grade::kLeavesSingle};
  }
  if (wish.together) return {};
  seats = best_apart(search, wish.quantity);
  return {seats, seats.empty() ? Choice::Grade::kNone : Choice::Grade::kApart};
}

// The most seats side by side, up to kSeatsPerHoldMax, by bisection.
std::uint32_t most_together(const SeatSearch& search, std::uint32_t free) {
  std::uint32_t there = 0;
  std::uint32_t beyond = std::min<std::uint32_t>(kSeatsPerHoldMax, free) + 1;
  while (there + 1 < beyond) {
    const std::uint32_t middle = (there + beyond) / 2;
    (best_together(search, middle).empty() ? beyond : there) = middle;
  }
  return there;
}

}  // namespace

WantedSeats wanted_seats(const SeatMap& map, std::string_view section, std::string_view category) {
  WantedSeats wanted;
  for (const Section& s : map.sections()) {
    if (section.empty()) break;
    if (s.name != section) continue;
    const bool goes_on = !wanted.named.empty() && s.kind == SectionKind::kNumbered &&
                         wanted.named.back().kind == s.kind &&
                         wanted.named.back().last.value + 1 == s.first.value;
    if (!goes_on) wanted.named.push_back({.first = s.first, .last = s.last, .kind = s.kind});
    wanted.named.back().last = s.last;
  }
  wanted.exists = section.empty() || !wanted.named.empty();
  if (category.empty()) return wanted;
  const auto found = std::ranges::find(map.categories(), category, &CategorySeats::name);
  if (found == map.categories().end()) return {};
  wanted.category = found->seats;
  return wanted;
}

void leave_out(const SeatMap& map, WantedSeats& wanted,
               const std::function<bool(std::string_view section)>& is_left_out) {
  const std::span<const std::uint64_t> mask = wanted.mask();
  std::vector<std::uint64_t> left(mask.begin(), mask.end());
  if (left.empty()) left.assign(map.free_bits().size(), ~std::uint64_t{0});
  const Section* last = nullptr;  // the runs of a section follow each other
  bool is_out = false;
  for (const Section& s : map.sections()) {
    if (last == nullptr || s.name != last->name) is_out = is_left_out(s.name);
    last = &s;
    if (!is_out) continue;
    for (std::uint32_t bit = s.first.value - 1; bit < s.last.value;) {
      const std::uint32_t count = std::min(64 - bit % 64, s.last.value - bit);
      left[bit / 64] &= ~(~std::uint64_t{0} >> (64 - count) << (bit % 64));
      bit += count;
    }
  }
  wanted.not_left_out = std::move(left);
}

SeatList choose_seats(const SeatMap& map, const WantedSeats& wanted, const SeatWish& wish) {
  Choice best;
  for_each_stretch(map, wanted, [&](SeatSearch search, SectionKind kind) {
    search.without = wish.without;
    Choice choice = best_in(search, kind, wish);
    if (choice.grade > best.grade) best = std::move(choice);
    return best.grade != Choice::Grade::kGood;
  });
  return best.seats;
}

std::uint32_t count_free(const SeatMap& map, const WantedSeats& wanted) {
  std::uint32_t free = 0;
  for_each_stretch(map, wanted, [&](const SeatSearch& search, SectionKind) {
    free += free_in(search);
    return true;
  });
  return free;
}

AvailableSeats count_available(const SeatMap& map, const WantedSeats& wanted) {
  AvailableSeats available;
  for_each_stretch(map, wanted, [&](const SeatSearch& search, SectionKind kind) {
    const std::uint32_t free = free_in(search);
    const std::uint32_t together = kind == SectionKind::kGeneral
                                       ? std::min<std::uint32_t>(kSeatsPerHoldMax, free)
                                       : most_together(search, free);
    available.free += free;
    available.together = std::max(available.together, together);
    return true;
  });
  return available;
}

}  // namespace frontrow
