// Runs the workers of a started engine on the test's own thread, and keeps the replies of their
// clients. The engine must outlive the driver's last call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow {

class WorkerDriver {
 public:
  WorkerDriver(Engine& engine, std::size_t workers);

  std::size_t workers() const { return sinks_.size(); }
  // Sends a command by the worker's client; returns its index among that client's commands.
  std::uint32_t send(std::size_t worker, const Command& command);
  // Replies to that command: none yet, or one.
  const std::vector<Reply>& replies(std::size_t worker, std::uint32_t index) const {
    return sinks_[worker]->replies[index];
  }

  void turn();  // runs each worker once
  // Runs turns, and sleeps as a server's thread does, until the condition holds; fails the test
  // after 20 seconds.
  void run_until(const std::function<bool()>& condition, const char* what);
  // Runs until no work is in flight.
  void settle();

 private:
  struct Sink final : ReplySink {
    void on_reply(const ReplyTo& to, Reply&& reply) override {
      replies[to.context].push_back(std::move(reply));
    }
    std::vector<std::vector<Reply>> replies;
  };
  void sleep();

  Engine& engine_;
  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace frontrow
