// All connections of one server: their places, their interest in the readiness set, the lists of
// idle ones, and their deadlines.
//
// Deadlines are absolute, in a dense array that one pass checks. A connection is counted from the
// moment that its kind is counted by the acceptor until release(). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/slab.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_socket.h"
#include "net/http/server/idle_list.h"

namespace frontrow {

class ConnectionCounts;
struct HttpLimits;

class ConnectionTable {
 public:
  // All arguments must outlive the table.
  ConnectionTable(const HttpLimits& limits, const HttpClock& clock, ReadinessSet& ready_set,
                  ConnectionCounts& counts)
      : limits_(limits), clock_(clock), ready_set_(ready_set), counts_(counts) {}
  // Closes all connections.
  ~ConnectionTable();
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  // Gives fd a place; nullptr, with fd closed, when the kernel has no room. The caller counts it.
  Connection* adopt(int fd);
  // Closes the connection, uncounts it and frees its place. REQUIRES: its buffers are empty.
  void release(Connection& c);

  // nullptr when the connection has ended.
  Connection* find(std::uint32_t index, std::uint32_t generation) {
    return connections_.find(index, generation);
  }
  Connection* find(ConnectionRef ref) { return find(ref.index, ref.generation); }

  // Updates the interest and the deadline after a change of state.
  void settle(Connection& c);
  void set_deadline(Connection& c);
  std::int64_t deadline_ms(const Connection& c) const { return deadlines_ms_[c.index()]; }
  // Calls expire(Connection&), which may close any connection.
  template <class Expire>
  void visit_overdue(const Expire& expire) {
    for (std::uint32_t i = 0; i < deadlines_ms_.size(); ++i) {
      if (deadlines_ms_[i] <= clock_.now_ms()) expire(connections_[i]);
    }
  }
  // Calls visit(Connection&) for each connection; it may close that one.
  template <class Visit>
  void visit_all(const Visit& visit) {
    for (Connection& c : connections_) {
      if (c.in_use()) visit(c);
    }
  }

  // Public connections without a request so far, and between requests.
  IdleList& unused() { return unused_; }
  IdleList& used() { return used_; }
  IdleList& ops_idle() { return ops_idle_; }
  // Not idle, but without a request so far.
  IdleList& reserve() { return reserve_; }
  bool is_in_reserve(const Connection& c) const { return c.idle_in == &reserve_; }

 private:
  void note_idle(Connection& c, bool is_idle);

  const HttpLimits& limits_;
  const HttpClock& clock_;
  ReadinessSet& ready_set_;
  ConnectionCounts& counts_;
  Slab<Connection> connections_;
  std::vector<std::int64_t> deadlines_ms_;  // the earlier one of each connection
  IdleList unused_{connections_};
  IdleList used_{connections_};
  IdleList ops_idle_{connections_};
  IdleList reserve_{connections_};
};

}  // namespace frontrow
