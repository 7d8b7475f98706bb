// The connections whose reading has paused and resumes by itself: later in this turn, or in the
// next one. Not thread-safe.
//
// Resuming is posted to the io_context, so that a handler is never called from within respond() or
// flush().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>

#include "net/http/server/http_connection.h"

namespace frontrow {

class ResumeList {
 public:
  // resume: to call take_due() and resume each of its connections.
  ResumeList(asio::io_context& io, std::function<void()> resume)
      : io_(io), resume_(std::move(resume)) {}
  ResumeList(const ResumeList&) = delete;
  ResumeList& operator=(const ResumeList&) = delete;

  // Each adds a connection that is in no list (Connection::resuming).
  void add(Connection& c);
  void add_to_next_turn(Connection& c);

  // Calls resume(ConnectionRef) for each that is due. One that is added meanwhile waits for the
  // next call.
  template <class Resume>
  void take_due(const Resume& resume) {
    due_.swap(waiting_);
    for (const ConnectionRef ref : due_) resume(ref);
    due_.clear();
  }

  std::uint32_t turn() const { return turn_; }
  void end_turn();

 private:
  void post();

  asio::io_context& io_;
  std::function<void()> resume_;
  std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // asio may still call back
  std::vector<ConnectionRef> waiting_;
  std::vector<ConnectionRef> due_;
  std::vector<ConnectionRef> next_turn_;
  std::uint32_t turn_ = 0;
  bool is_posted_ = false;
};

}  // namespace frontrow
