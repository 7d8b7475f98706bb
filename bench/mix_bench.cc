// The domain alone on one thread, with the commands of a drop in their mix: a crowd of fans, one
// command of each in turn, so that a fan's data has left the near caches before its next use. A fan
// joins, polls ten times, reads the dates and the free seats, holds, charges and pays, with all
// messages between the slots: 19 commands. Time advances by a millisecond every 5,000 commands, in
// the manner of the runtime.
//
//   commands/s      without reading the clock
//   p50 ... max     each command timed (timing itself takes some 20 ns), steps of time as well
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/allocations.h"
#include "bench/shop.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kDates = 31;
constexpr std::uint32_t kSeatsPerDate = 6400;
constexpr std::uint32_t kPolls = 10;
constexpr std::size_t kCommandsPerMs = 5000;
// This number of commands sells nearly all seats.
constexpr std::int64_t kCommands = 3'500'000;

class Crowd {
 public:
  explicit Crowd(std::size_t fans) : shop_(kDates, kSeatsPerDate), fans_(fans) {
    shop_.set_step(Duration{});
  }

  // Runs the next message of the previous command, or else the next command of the next fan.
  void step() {
    if (!messages_.empty()) {
      CommandBody body = std::move(messages_.back().body);
      messages_.pop_back();
      return run({}, std::move(body));
    }
    Fan& fan = fans_[turn_];
    if (++turn_ == fans_.size()) turn_ = 0;
    if (fan.done == 0) fan.number = next_number_++;
    ask(fan);
    fan.done = fan.done == kPolls + 5 ? 0 : fan.done + 1;
  }
  void pass_a_millisecond() {
    shop_.pass(milliseconds(1));
    shop_.expire();
  }

 private:
  struct Fan {
    Caller caller;
    HoldId hold;
    std::uint32_t number = 0;
    std::uint32_t done = 0;
  };

  void ask(Fan& fan) {
    // Neighbours in the crowd hold seats of different dates.
    const std::uint64_t seat =
        std::uint64_t{fan.number % kDates} * kSeatsPerDate + fan.number / kDates;
    if (fan.done == 0) {
      fan.caller = shop_.join(fan.number);
    } else if (fan.done <= kPolls) {
      run(fan.caller, ReadToken{kTheConcert});
    } else if (fan.done == kPolls + 1) {
      run(fan.caller, ReadDates{kTheConcert});
    } else if (fan.done == kPolls + 2) {
      run(fan.caller, ReadSeats{kTheConcert, shop_.date_of(seat)});
    } else if (fan.done == kPolls + 3) {
      run(fan.caller, shop_.hold_of(seat));
      fan.hold = std::get<HoldView>(shop_.effects().reply.body).hold;
    } else if (fan.done == kPolls + 4) {
      run(fan.caller, Charge{fan.caller.user, Money{1000}});
    } else {
      run(fan.caller, Pay{kTheConcert, {fan.hold}});
    }
  }
  void run(const Caller& caller, CommandBody body) {
    for (const Command& message : shop_.run(caller, std::move(body)).messages)
      messages_.push_back(message);
  }

  Shop shop_;
  std::vector<Fan> fans_;
  std::vector<Command> messages_;
  std::size_t turn_ = 0;
  std::uint32_t next_number_ = 0;
};

void mix(benchmark::State& state) {
  Crowd crowd(static_cast<std::size_t>(state.range(0)));
  std::size_t until_tick = kCommandsPerMs;
  {
    const CountAllocations count(state);
    for (auto _ : state) {
      crowd.step();
      if (--until_tick != 0) continue;
      until_tick = kCommandsPerMs;
      crowd.pass_a_millisecond();
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(mix)->Arg(1)->Arg(10'000)->Iterations(kCommands);

void mix_timed(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  Crowd crowd(static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint32_t> took;
  took.reserve(static_cast<std::size_t>(state.max_iterations) * 2);
  const auto timed = [&took](const auto& work) {
    const auto begin = Clock::now();
    work();
    took.push_back(static_cast<std::uint32_t>((Clock::now() - begin).count()));
  };
  std::size_t until_tick = kCommandsPerMs;
  for (auto _ : state) {
    timed([&crowd] { crowd.step(); });
    if (--until_tick != 0) continue;
    until_tick = kCommandsPerMs;
    timed([&crowd] { crowd.pass_a_millisecond(); });
  }
  std::sort(took.begin(), took.end());
  const auto at = [&took](double share) {
    return static_cast<double>(took[static_cast<std::size_t>(share * double(took.size() - 1))]);
  };
  state.counters["p50_ns"] = at(0.5);
  state.counters["p99_ns"] = at(0.99);
  state.counters["p99.9_ns"] = at(0.999);
  state.counters["max_ns"] = at(1);
}
BENCHMARK(mix_timed)->Arg(10'000)->Iterations(kCommands);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
