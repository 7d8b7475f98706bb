// The thread of a Follower: it takes messages from the links, syncs ten times a second, asks again
// for what could not be had, and writes checkpoints of the copies when they are due.
//
// Messages wait in a queue of bounded bytes. A group that finds no room is dropped, and asked for
// again when the next one shows the gap; so an owner faster than this disk costs no memory.
//
// Threads: start() and stop() from one; the rest from any but the thread itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "engine/runtime/replication/follower.h"

namespace frontrow {

class CopyThread {
 public:
  static constexpr std::uint64_t kQueueBytesMax = std::uint64_t{64} << 20;

  // `on_failure` is called once, on the thread, when the disk has failed: this instance holds no
  // copies any more.
  CopyThread(Copies& copies, FollowerOptions options,
             std::function<void(const std::string&)> on_failure);
  ~CopyThread();

  void start();
  // Tasks that were put before are still done.
  void stop();

  // A message from the owner of the stream.
  void put(std::uint64_t stream, ToFollower&& message);
  // Has the thread do something with the follower.
  void post(std::function<void(Follower&)> task);
  // The same, and waits for the result. REQUIRES: between start() and stop().
  template <class Task>
  auto run(Task task) {
    using Outcome = std::invoke_result_t<Task, Follower&>;
    std::packaged_task<Outcome(Follower&)> packaged(std::move(task));
    std::future<Outcome> outcome = packaged.get_future();
    post([&packaged](Follower& follower) { packaged(follower); });
    return outcome.get();
  }

  std::uint64_t dropped_groups() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Steady = std::chrono::steady_clock;

  void work();
  void enqueue(std::function<void(Follower&)>&& task, std::uint64_t bytes);
  void keep_time();

  struct Queued {
    std::function<void(Follower&)> task;
    std::uint64_t bytes = 0;
  };

  Follower follower_;
  const std::function<void(const std::string&)> on_failure_;
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Queued> queue_;
  std::uint64_t queued_bytes_ = 0;
  bool stops_ = false;
  // The thread's own.
  bool has_failed_ = false;
  Steady::time_point synced_at_, asked_at_;
  std::thread thread_;
};

}  // namespace frontrow
