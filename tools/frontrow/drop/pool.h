// A bounded number of keep-alive connections to one or several servers, each with at most one open
// request. Fans have no connections of their own: a request goes out on the connection that has
// been free for longest, so that all connections stay in use.
//
// All connections are opened before the sale starts (open_all). A connection that the server has
// closed is reopened at its next request. The sockets are in a level-triggered set of their own
// (net/http/server/http_socket.h gives the reason), which is registered with Asio.
//
// Times are microseconds of the monotonic clock. One thread. Bounded: a response's body by
// kAnswerBodyMax, all other memory by the number of connections.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/server/http_socket.h"
#include "tools/frontrow/common/http_answer.h"
#include "tools/frontrow/workload/answer.h"

namespace frontrow::drop {

std::int64_t monotonic_us();

struct Target {
  asio::ip::tcp::endpoint endpoint;
  std::string host;  // value of the Host header
};

class PoolUser {
 public:
  virtual ~PoolUser() = default;
  // The request on this connection ended with a response or a fault. The connection is free
  // already. `answer` is valid during the call.
  virtual void on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& answer) = 0;
  // All ready events have been handled.
  virtual void on_turn_end() = 0;
};

class ConnectionPool {
 public:
  struct Settings {
    std::uint32_t connections = 1;
    std::int64_t timeout_us = 20'000'000;
  };
  // `targets` is not empty; all arguments outlive the pool.
  ConnectionPool(asio::io_context& io, std::vector<Target> targets, const Settings& settings,
                 PoolUser& user);
  // Sets the user of later requests; no request may be open.
  void set_user(PoolUser& user) { user_ = &user; }
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // A free connection, reserved for the caller until its on_answer(); empty if all are busy.
  std::optional<std::uint32_t> take();
  // Index among the targets.
  std::size_t target_of(std::uint32_t connection) const { return connection % targets_.size(); }
  const std::string& host_of(std::uint32_t connection) const;
  // Sends one whole request. `cut`: closes the connection as soon as the request is sent, with the
  // fault kCut. on_answer() comes later, never from within send().
  void send(std::uint32_t connection, std::string_view request, bool cut);

  // Opens further connections, a limited number at a time; call until all_tried().
  void open_all();
  bool all_tried() const { return tried_ == connections_.size(); }
  std::uint32_t open() const { return open_; }
  std::uint32_t busy() const { return busy_; }
  // Error of the last connection that could not be opened.
  const std::string& last_failure() const { return last_failure_; }

  // Ends the requests that have exceeded the timeout. Called regularly.
  void sweep(std::int64_t now_us);
  // Ends every open request with a fault.
  void abandon_all();

 private:
  enum class State : std::uint8_t { kClosed, kConnecting, kIdle, kBusy };
  struct Connection {
    int fd = -1;
    State state = State::kClosed;
    bool wants_out = false;  // EPOLLOUT is registered with the set
    bool cut = false;
    bool warming = false;  // open_all waits for it
    bool has_request = false;
    std::int64_t deadline_us = 0;
    std::string out;  // not sent yet
    AnswerParser parser;
  };

  void await_readiness();
  void on_ready();
  void on_event(std::uint32_t index, std::uint32_t events);
  void on_connected(std::uint32_t index);
  void read_from(std::uint32_t index);
  void connect(std::uint32_t index);
  void write(std::uint32_t index, std::string_view bytes);
  void sent_all(std::uint32_t index);
  void want_out(std::uint32_t index, bool wanted);
  void close(Connection& c);
  void end_request(std::uint32_t index, Fault fault, const HttpAnswer& answer);
  void end_warming(Connection& c);
  void fail(std::uint32_t index, Fault fault);
  void fail_later(std::uint32_t index, Fault fault);
  void run_late_faults();
  Fault connect_fault(int error);

  std::vector<Target> targets_;
  Settings settings_;
  PoolUser* user_;
  ReadinessSet ready_set_;
  asio::posix::stream_descriptor readiness_;  // owns ready_set_'s descriptor
  asio::io_context& io_;
  std::deque<Connection> connections_;  // stable addresses
  std::deque<std::uint32_t> free_;
  // Closed, but not reported yet: the user must not be called back from within its own calls.
  std::vector<std::pair<std::uint32_t, Fault>> late_faults_;
  std::vector<char> scratch_;
  std::vector<epoll_event> events_;
  std::uint32_t next_to_open_ = 0;
  std::uint32_t tried_ = 0;
  std::uint32_t open_ = 0;
  std::uint32_t busy_ = 0;
  std::string last_failure_;
  std::shared_ptr<const bool> alive_;
};

}  // namespace frontrow::drop
