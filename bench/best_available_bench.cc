// Cost of one search for the best seats of a date with 100,000 seats in rows of 36 to 60, nine of
// ten of them sold. The searches go round 16 halls, so that the bitmaps come from the second-level
// cache and no branch is learned by heart.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/prng.h"
#include "engine/core/state/best_available.h"

namespace frontrow {
namespace {

constexpr std::size_t kHalls = 16;
constexpr std::size_t kWords = (kSeatsPerDateMax + 63) / 64;
using Bits = std::vector<std::uint64_t>;

enum Sold : std::int64_t {
  kAtRandom,       // nine of ten seats
  kInBlocks,       // nine of ten rows
  kToTheLastRow,   // from the front
  kNothingFits,    // nine of ten seats; the others are runs one seat too short
  kAllLeaveOne,    // likewise, and one seat too long
  kDenseTooShort,  // runs one seat too short side by side, though more is free then
  kDenseLeaveOne,
  kAll,
};
constexpr const char* kSoldNames[] = {"random",          "blocks",    "front",
                                      "nothing_fits",    "leave_one", "dense_too_short",
                                      "dense_leave_one", "sold_out"};
enum Limit : std::int64_t { kWholeDate, kMask, kSection, kExceptions };
constexpr const char* kLimitNames[] = {"", "masked", "section_of_10000", "64_exceptions"};

struct Hall {
  Bits free = Bits(kWords), row_ends = Bits(kWords), mask = Bits(kWords);
  std::vector<SeatNumber> without;
};

void put(Bits& bits, std::uint32_t seat, bool value) {
  if (value) bits[(seat - 1) / 64] |= std::uint64_t{1} << (seat - 1) % 64;
}

Hall hall(Sold sold, unsigned quantity, std::uint64_t seed) {
  Hall h;
  Prng random(seed);
  const bool is_too_short = sold == kNothingFits || sold == kDenseTooShort;
  const bool is_dense = sold == kDenseTooShort || sold == kDenseLeaveOne;
  const std::uint32_t run = is_too_short ? quantity - 1 : quantity + 1;
  std::uint32_t row_end = 0;
  std::uint32_t run_from = 1;
  bool is_row_free = false;
  bool is_row_in_mask = false;
  bool is_run_free = false;
  for (std::uint32_t seat = 1; seat <= kSeatsPerDateMax; ++seat) {
    const bool begins_row = seat > row_end;
    if (begins_row) {
      row_end = seat + 35 + static_cast<std::uint32_t>(random.below(25));
      is_row_free = random.chance(10);
      is_row_in_mask = random.chance(50);
    }
    put(h.row_ends, seat, seat == row_end || seat == kSeatsPerDateMax);
    put(h.mask, seat, is_row_in_mask);
    if (begins_row || seat - run_from > run) {
      run_from = seat;
      is_run_free = row_end - seat + 1 >= run && (is_dense || random.chance(10 + 10 / (run + 1)));
    }
    bool is_free = is_run_free && seat - run_from < run;
    if (sold == kAtRandom) is_free = random.chance(10);
    if (sold == kInBlocks) is_free = is_row_free;
    if (sold == kToTheLastRow) is_free = seat > kSeatsPerDateMax / 10 * 9;
    if (sold == kAll) is_free = false;
    put(h.free, seat, is_free);
  }
  for (std::uint32_t i = 0; i < 64; ++i) h.without.push_back(SeatNumber{1500 * i + 700});
  return h;
}

// Arguments: quantity, Sold, Limit.
template <auto kSearch>
void seats(benchmark::State& state) {
  const auto quantity = static_cast<unsigned>(state.range(0));
  const auto sold = static_cast<Sold>(state.range(1));
  const auto limit = static_cast<Limit>(state.range(2));
  std::vector<Hall> halls;
  halls.reserve(kHalls);
  for (std::uint64_t seed = 0; seed < kHalls; ++seed) halls.push_back(hall(sold, quantity, seed));
  std::size_t at = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    const Hall& h = halls[at++ % kHalls];
    SeatSearch search{.free = h.free, .row_ends = h.row_ends};
    if (limit == kMask) search.mask = h.mask;
    if (limit == kExceptions) search.without = search.also_free = h.without;
    if (limit == kSection) {
      search.first = SeatNumber{45'001};
      search.last = SeatNumber{55'000};
    }
    const SeatList list = kSearch(search, quantity);
    benchmark::DoNotOptimize(list.begin());
    found += list.empty() ? 0 : 1;
  }
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
  state.SetLabel(std::string(kSoldNames[sold]) + " " + kLimitNames[limit]);
}

const std::vector<std::int64_t> kQuantities = {1, 2, 4, 8, 32};
const std::vector<std::int64_t> kLimits = {kMask, kSection, kExceptions};

BENCHMARK(seats<best_together>)
    ->Name("best_together")
    ->ArgsProduct({kQuantities,
                   {kAtRandom, kInBlocks, kToTheLastRow, kNothingFits, kAllLeaveOne, kDenseTooShort,
                    kDenseLeaveOne, kAll},
                   {kWholeDate}})
    ->ArgsProduct({{2, 8}, {kAtRandom, kNothingFits, kAllLeaveOne}, kLimits});
BENCHMARK(seats<best_apart>)
    ->Name("best_apart")
    ->ArgsProduct({kQuantities, {kAtRandom, kNothingFits, kDenseTooShort}, {kWholeDate}})
    ->ArgsProduct({{8}, {kAtRandom, kNothingFits}, kLimits});
BENCHMARK(seats<first_free>)
    ->Name("first_free")
    ->ArgsProduct({{1, 8, 32}, {kAtRandom, kToTheLastRow, kAll}, {kWholeDate}})
    ->ArgsProduct({{8}, {kToTheLastRow}, kLimits});

void seats_left_alone(benchmark::State& state) {
  const Hall h = hall(kAtRandom, 1, 1);
  const SeatSearch search{.free = h.free, .row_ends = h.row_ends};
  const SeatList taken = first_free(search, 8);
  for (auto _ : state) benchmark::DoNotOptimize(left_alone(search, taken).data());
}
BENCHMARK(seats_left_alone);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
