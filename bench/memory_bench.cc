// Cost of finding out how much memory is left (engine/runtime/memory/memory_watch.h). A request
// reads a flag (`flag`); a thread of its own calls look() ten times a second (`look`, and ten calls
// a second as a share of one core in `share`). `trim` precedes a refusal, at most once in five
// seconds; it runs on a heap with range(0) pieces, every other one free.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <atomic>
#include <memory>
#include <vector>

#include "engine/runtime/memory/memory_watch.h"

namespace frontrow {
namespace {

constexpr double kLooksPerSecond = 10;

void flag(benchmark::State& state) {
  std::atomic<bool> low_disk{false};
  std::atomic<std::uint64_t> room{1};
  for (auto _ : state) {
    bool refused =
        low_disk.load(std::memory_order_relaxed) || room.load(std::memory_order_relaxed) == 0;
    benchmark::DoNotOptimize(refused);
  }
}
BENCHMARK(flag);

void look(benchmark::State& state) {
  MemoryWatch watch(MemoryBounds::find({}),
                    [](const MemoryUse&, std::uint64_t room) { benchmark::DoNotOptimize(room); });
  for (auto _ : state) watch.look();
  state.counters["share"] =
      benchmark::Counter(static_cast<double>(state.iterations()) / kLooksPerSecond,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(look)->Unit(benchmark::kMicrosecond);

void trim(benchmark::State& state) {
  std::vector<std::unique_ptr<char[]>> pieces(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    for (auto& piece : pieces) piece = std::make_unique<char[]>(500);
    for (std::size_t i = 0; i < pieces.size(); i += 2) pieces[i].reset();
    state.ResumeTiming();
    ::malloc_trim(0);
  }
}
BENCHMARK(trim)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
