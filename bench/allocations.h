// Counts the heap allocations of a benchmark, so that "nothing is allocated per request" is a
// printed figure. Linked into a program, this file replaces the global operator new.
//
//   void thing(benchmark::State& state) {
//     const CountAllocations count(state);  // declared after the setup
//     for (auto _ : state) ...
//   }
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace frontrow {

// Calls of operator new by this thread.
std::uint64_t allocations();

// Shows allocations per iteration as the benchmark's counter "allocs".
class CountAllocations {
 public:
  explicit CountAllocations(benchmark::State& state) : state_(state), before_(allocations()) {}
  ~CountAllocations() {
    state_.counters["allocs"] =
        static_cast<double>(allocations() - before_) / static_cast<double>(state_.iterations());
  }
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;

 private:
  benchmark::State& state_;
  std::uint64_t before_;
};

}  // namespace frontrow
