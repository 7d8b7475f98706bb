#include "tests/engine/runtime/support/worker_driver.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>

#include "engine/runtime/shard/worker.h"

namespace frontrow {

WorkerDriver::WorkerDriver(Engine& engine, std::size_t workers) : engine_(engine) {
  for (std::size_t i = 0; i < workers; ++i) {
    sinks_.push_back(std::make_unique<Sink>());
    engine_.worker(i).set_sink(sinks_[i].get());
    engine_.worker(i).begin();
  }
}

std::uint32_t WorkerDriver::send(std::size_t worker, const Command& command) {
  auto& replies = sinks_[worker]->replies;
  const auto index = static_cast<std::uint32_t>(replies.size());
  replies.emplace_back();
  engine_.worker(worker).submit(command, engine_.worker(worker).reply_to(index, 1));
  return index;
}

void WorkerDriver::turn() {
  for (std::size_t i = 0; i < sinks_.size(); ++i) engine_.worker(i).turn();
}

void WorkerDriver::sleep() {
  std::vector<pollfd> sleepers;
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    engine_.worker(i).waker().prepare();
    sleepers.push_back({engine_.worker(i).waker().fd(), POLLIN, 0});
  }
  bool busy = engine_.failed();
  for (std::size_t i = 0; i < sinks_.size(); ++i) busy = busy || engine_.worker(i).has_work();
  if (!busy) poll(sleepers.data(), sleepers.size(), 20);
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    engine_.worker(i).waker().cancel();
    engine_.worker(i).waker().woken();
  }
}

void WorkerDriver::run_until(const std::function<bool()>& condition, const char* what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (true) {
    turn();
    if (condition()) return;
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited in vain: " << what;
    sleep();
  }
}

void WorkerDriver::settle() {
  const auto settled = [this] {
    for (std::size_t i = 0; i < sinks_.size(); ++i) {
      if (!engine_.worker(i).idle()) return false;
    }
    return true;
  };
  run_until(settled, "everything to be answered");
}

}  // namespace frontrow
