// A shard's intake: moodycamel's queue with bulk dequeue, as in the worker, beside a deque under a
// mutex. Producers put envelopes of the engine's size; one consumer takes them. items_per_second is
// envelopes from the first put to the last taken.
#include <benchmark/benchmark.h>
#include <concurrentqueue/concurrentqueue.h>

#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/runtime/cluster/envelope.h"

namespace frontrow {
namespace {

constexpr std::size_t kPerProducer = 100'000;
constexpr std::size_t kBulk = 512;

Envelope envelope() { return CommandEnvelope{{}, {{}, {}, ReadToken{ConcertId{1}}}, {}}; }

class LockFree {
 public:
  void put(Envelope&& e) { queue_.enqueue(std::move(e)); }
  std::size_t take(std::vector<Envelope>& out) {
    return queue_.try_dequeue_bulk(out.begin(), kBulk);
  }

 private:
  moodycamel::ConcurrentQueue<Envelope> queue_;
};

class Locked {
 public:
  void put(Envelope&& e) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(e));
  }
  std::size_t take(std::vector<Envelope>& out) {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(queue_.size(), kBulk);
    std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count), out.begin());
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

 private:
  std::mutex mutex_;
  std::deque<Envelope> queue_;
};

template <class Queue>
void intake(benchmark::State& state) {
  const auto producers = static_cast<std::size_t>(state.range(0));
  std::vector<Envelope> taken(kBulk);
  Queue queue;
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (std::size_t p = 0; p < producers; ++p) {
      threads.emplace_back([&queue] {
        for (std::size_t i = 0; i < kPerProducer; ++i) queue.put(envelope());
      });
    }
    for (std::size_t left = producers * kPerProducer; left > 0;) {
      const std::size_t count = queue.take(taken);
      if (count == 0) std::this_thread::yield();
      left -= count;
    }
    for (std::thread& thread : threads) thread.join();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(producers * kPerProducer));
}
BENCHMARK(intake<LockFree>)->Arg(1)->Arg(3)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(intake<Locked>)->Arg(1)->Arg(3)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
