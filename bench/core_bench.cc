// Cost of the domain without threads, disk and HTTP: whole commands through the machine (decide,
// apply, reply), a line of ten million users, a timer wheel of a million timers, a date of 100,000
// seats.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/allocations.h"
#include "bench/shop.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/prng.h"
#include "engine/core/containers/timer_wheel.h"
#include "engine/core/state/line.h"
#include "engine/core/state/seat_map.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kDates = 20;

void join(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  std::uint64_t number = 0;
  const CountAllocations count(state);
  for (auto _ : state) benchmark::DoNotOptimize(shop.join(number++));
}
BENCHMARK(join)->Iterations(500'000);

void read_token(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  const Caller caller = shop.join(0);
  const CountAllocations count(state);
  for (auto _ : state) {
    Reject reject = shop.run(caller, ReadToken{kTheConcert}).reply.reject;
    benchmark::DoNotOptimize(reject);
  }
}
BENCHMARK(read_token);

void hold(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  std::vector<Caller> callers;
  callers.reserve(500'000);
  for (std::uint64_t i = 0; i < 500'000; ++i) callers.push_back(shop.join(i));
  std::uint64_t next = 0;
  const CountAllocations count(state);
  for (auto _ : state) {
    Reject reject = shop.run(callers[next], shop.hold_of(next)).reply.reject;
    benchmark::DoNotOptimize(reject);
    ++next;
  }
}
BENCHMARK(hold)->Iterations(500'000);

void hold_and_release(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  const Caller caller = shop.join(0);
  std::uint64_t next = 0;  // a released seat is not offered to the same user again at once
  const CountAllocations count(state);
  for (auto _ : state) {
    const HoldId hold = std::get<HoldView>(shop.run(caller, shop.hold_of(next++)).reply.body).hold;
    shop.run(caller, ReleaseHold{hold});
  }
}
BENCHMARK(hold_and_release);

// The best seats of a date of 100,000 of which nine of ten are blocked at random, and their
// release. hold_and_release has the cost of the rest: the difference is that of the search.
void hold_by_quantity_and_release(benchmark::State& state) {
  Shop shop(1, kSeatsPerDateMax);
  Prng random(1);
  for (std::uint32_t seat = 1; seat <= kSeatsPerDateMax; ++seat) {
    if (random.below(10) != 0)
      shop.run({}, BlockSeat{kTheConcert, kFirstDate, SeatNumber{seat}, true});
  }
  std::vector<Caller> callers;
  callers.reserve(100'000);
  for (std::uint64_t i = 0; i < 100'000; ++i) callers.push_back(shop.join(i));
  std::size_t next = 0;
  for (auto _ : state) {
    // Seats that a user gave up rest: each hold is another user's.
    const Caller& caller = callers[next++ % callers.size()];
    const PlaceHold place{.concert = kTheConcert,
                          .date = kFirstDate,
                          .seats = {},
                          .section = {},
                          .quantity = static_cast<std::uint32_t>(state.range(0))};
    const HoldId hold = std::get<HoldView>(shop.run(caller, place).reply.body).hold;
    shop.run(caller, ReleaseHold{hold});
  }
}
BENCHMARK(hold_by_quantity_and_release)->Arg(1)->Arg(2)->Arg(4)->Iterations(50'000);

// The same in a stadium from a plan: rows of 40 seats, 250 runs in four categories, of which one is
// asked for.
void hold_by_category_and_release(benchmark::State& state) {
  constexpr ConcertId kStadium{2};
  constexpr std::uint32_t kRow = 40;
  constexpr std::uint32_t kRun = 400;
  Shop shop(1, 1);
  ConcertSpec spec{.title = "stadium"};
  spec.rules.queue = {1'000'000, 1'000'000, 86'400, 86'400};
  spec.dates = {{kFirstDate, {}}};
  for (std::uint32_t run = 0; run < kSeatsPerDateMax / kRun; ++run)
    spec.dates[0].sections.push_back({"block " + std::to_string(run / 4), kRun, Money{1000},
                                      SectionKind::kNumbered, std::string(1, "ABCD"[run % 4])});
  spec.dates[0].rows.assign(kSeatsPerDateMax / kRow, kRow);
  shop.run({}, OpenConcert{kStadium, spec});
  Prng random(1);
  BlockSeats blocks{kStadium, kFirstDate, {}};
  for (std::uint32_t seat = 1; seat <= kSeatsPerDateMax; ++seat)
    if (random.below(10) != 0) blocks.ranges.push_back({SeatNumber{seat}, SeatNumber{seat}});
  shop.run({}, blocks);
  std::vector<Caller> callers;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    shop.run({}, Join{kStadium, user_of(i)});
    callers.push_back({user_of(i), std::get<QueueEntry>(shop.effects().reply.body).number});
  }
  std::size_t next = 0;
  for (auto _ : state) {
    const Caller& caller = callers[next++ % callers.size()];
    const PlaceHold place{.concert = kStadium,
                          .date = kFirstDate,
                          .seats = {},
                          .section = {},
                          .quantity = static_cast<std::uint32_t>(state.range(0)),
                          .category = "D"};
    const HoldId hold = std::get<HoldView>(shop.run(caller, place).reply.body).hold;
    shop.run(caller, ReleaseHold{hold});
  }
}
BENCHMARK(hold_by_category_and_release)->Arg(1)->Arg(2)->Arg(4)->Iterations(50'000);

void charge(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  const Caller caller = shop.join(0);
  const CountAllocations count(state);
  for (auto _ : state) {
    Reject reject = shop.run(caller, Charge{caller.user, Money{1}}).reply.reject;
    benchmark::DoNotOptimize(reject);
  }
}
BENCHMARK(charge);

// Join, read the position, hold, charge, pay with all messages between the slots: 11 commands.
void purchase(benchmark::State& state) {
  Shop shop(kDates, kSeatsPerDateMax);
  std::uint64_t number = 0;
  const CountAllocations count(state);
  for (auto _ : state) {
    const Caller caller = shop.join(number);
    shop.run(caller, ReadToken{kTheConcert});
    const HoldId hold = std::get<HoldView>(shop.run(caller, shop.hold_of(number)).reply.body).hold;
    shop.run(caller, Charge{caller.user, Money{1000}});
    shop.run_through(caller, Pay{kTheConcert, {hold}});
    ++number;
  }
}
BENCHMARK(purchase)->Iterations(200'000);

// The whole join command behind range(0) waiting users. Time stands still, so that no token becomes
// idle.
void join_behind(benchmark::State& state) {
  constexpr std::uint32_t kActive = 1;
  Shop shop(1, 1, kActive);
  shop.set_step(Duration{});
  std::uint64_t number = 0;
  while (number < static_cast<std::uint64_t>(state.range(0))) shop.join(number++);
  for (auto _ : state) benchmark::DoNotOptimize(shop.join(number++));
}
BENCHMARK(join_behind)->Arg(10'000)->Arg(10'000'000)->Iterations(500'000)->Repetitions(3);

constexpr std::uint32_t kCrowd = 10'000'000;

double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

// Ten million waiting users, built once.
struct Crowd {
  Crowd() {
    const double before = heap_bytes();
    for (std::uint32_t i = 0; i < kCrowd; ++i) line.join(user_of(i), kStart);
    bytes_per_person = (heap_bytes() - before) / kCrowd;
  }
  StateHash hash = 0;
  Line line{hash};
  double bytes_per_person = 0;
};
Crowd& crowd() {
  static Crowd the_crowd;
  return the_crowd;
}

void position_in_ten_million(benchmark::State& state) {
  Crowd& c = crowd();
  std::uint64_t seed = 1;
  for (auto _ : state) {
    seed = mix64(seed);
    benchmark::DoNotOptimize(
        c.line.position(TicketNumber{static_cast<std::uint32_t>(seed % kCrowd + 1)}));
  }
  state.counters["bytes_per_person"] = c.bytes_per_person;
}
BENCHMARK(position_in_ten_million);

void find_user_in_ten_million(benchmark::State& state) {
  Crowd& c = crowd();
  std::uint64_t seed = 1;
  for (auto _ : state) {
    seed = mix64(seed);
    benchmark::DoNotOptimize(c.line.find(user_of(seed % kCrowd)));
  }
}
BENCHMARK(find_user_in_ten_million);

void join_behind_ten_million(benchmark::State& state) {
  Crowd& c = crowd();
  std::uint64_t next = c.line.drawn();
  for (auto _ : state) benchmark::DoNotOptimize(c.line.join(user_of(next++), kStart));
}
BENCHMARK(join_behind_ten_million)->Iterations(1'000'000);

constexpr std::uint32_t kTimers = 1'000'000;

void schedule_a_million_timers(benchmark::State& state) {
  for (auto _ : state) {
    TimerWheel wheel;
    wheel.advance(kStart);
    for (std::uint32_t i = 0; i < kTimers; ++i)
      wheel.schedule(kStart + milliseconds(mix64(i) % 300'000), i);
    benchmark::DoNotOptimize(wheel.size());
  }
  state.SetItemsProcessed(state.iterations() * kTimers);
}
BENCHMARK(schedule_a_million_timers)->Unit(benchmark::kMillisecond);

void drain_a_million_timers(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto wheel = std::make_unique<TimerWheel>();
    wheel->advance(kStart);
    for (std::uint32_t i = 0; i < kTimers; ++i)
      wheel->schedule(kStart + milliseconds(mix64(i) % 300'000), i);
    state.ResumeTiming();
    for (std::int64_t ms = 0; ms <= 300'000; ms += 10) {
      wheel->advance(kStart + milliseconds(ms));
      while (!wheel->due().empty()) wheel->cancel(wheel->due().front().handle);
    }
    FR_CHECK(wheel->size() == 0);
  }
  state.SetItemsProcessed(state.iterations() * kTimers);
}
BENCHMARK(drain_a_million_timers)->Unit(benchmark::kMillisecond);

void set_seats_of_100000(benchmark::State& state) {
  StateHash hash = 0;
  SeatMap map({kFirstDate, {{"all", kSeatsPerDateMax, Money{1000}}}}, 0, hash);
  std::uint64_t seed = 1;
  for (auto _ : state) {
    seed = mix64(seed);
    const SeatNumber seat{static_cast<std::uint32_t>(seed % kSeatsPerDateMax + 1)};
    map.set(seat, map.is_free(seat) ? SeatState::kHeld : SeatState::kFree, 1);
  }
}
BENCHMARK(set_seats_of_100000);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
