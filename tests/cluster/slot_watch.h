// Asks for a wallet in each of some slots, one after the other and without an end, and measures how
// long a slot gives no answer. A slot that is not served answers 503; anything else than that and a
// good answer fails the test.
//
// Threads of its own; the methods are for one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/protocol/types.h"
#include "tests/cluster/cluster.h"

namespace frontrow::cluster {

class SlotWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // through: the instances that are asked in turn. They may be none of the owners.
  SlotWatch(Cluster& cluster, const std::vector<SlotId>& slots, const std::vector<int>& through);
  ~SlotWatch() { end(); }
  SlotWatch(const SlotWatch&) = delete;

  // Waits until every slot has answered a question that was asked after `since`. Returns the
  // milliseconds from there until then, a sweep over all slots included; -1 after the timeout.
  std::int64_t await_answers(Clock::time_point since, int timeout_ms);

  void end();
  // The longest time from a question until its slot gave a good answer, to this question or to a
  // later one.
  std::int64_t gap_ms_max() const { return gap_ms_max_; }
  // Questions that were answered 503 or not at all.
  std::uint64_t refusals() const { return refusals_; }

 private:
  void watch(std::size_t first);
  bool ask(api::HttpClient& instance, std::size_t slot);

  const std::size_t watchers_;
  std::vector<api::HttpPlace> places_;
  std::vector<std::string> users_;                      // by slot, as given
  std::vector<std::atomic<Clock::rep>> last_answered_;  // when that question was asked; 0: never
  std::atomic<std::int64_t> gap_ms_max_{0};
  std::atomic<std::uint64_t> refusals_{0};
  std::atomic<bool> ending_{false};
  std::vector<std::jthread> threads_;
};

}  // namespace frontrow::cluster
