// One thread of the server: its Asio loop with its own sockets, its half of the engine, and the API
// between.
//
//   poll I/O (requests reach the engine) -> turn of the worker -> answers -> one send per link and
//   connection -> sleep
//
// The thread sleeps in epoll until a socket, a deadline, or another thread's batch wakes it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "net/api/api.h"
#include "net/http/http_server.h"
#include "net/peer/link_summary.h"
#include "net/peer/peer_port.h"

namespace frontrow {

// What the reactors of a process share; must outlive them.
struct ReactorShared {
  const ServiceSettings& settings;
  Service& service;
  Engine& engine;
  const KeyRing& keys;
  const OperatorViews& operator_views;
  const HttpLimits& limits;
  HttpShared http;
  PeersShared* peers = nullptr;  // none: a single instance
  // Reactors that still have something open.
  std::atomic<std::size_t> busy{0};
};

class Reactor {
 public:
  Reactor(ReactorShared& shared, Worker& worker);

  // Before run().
  Status listen(const asio::ip::tcp::endpoint& endpoint, Audience audience) {
    return server_.listen(endpoint, audience);
  }
  std::uint16_t port(Audience audience) const { return server_.port(audience); }
  const ApiStats& stats() const { return api_.stats(); }
  // Of a cluster's instance only.
  const ThreadLinks& links() const { return peers_->stats(); }

  // The thread's whole life: until stop(), or after drain() until nothing is open any more on any
  // thread, as each may yet need this one's shards and links.
  void run();

  // From any thread. begin_serving: recovery is done, the worker may take its turns.
  void begin_serving() { post(kBegin); }
  void drain() { post(kDrain); }
  void stop() { post(kStop); }

 private:
  enum Order : unsigned { kBegin = 1, kDrain = 2, kStop = 4 };
  void post(Order order);
  void take_orders();
  void start_peers();
  void turn_peers();
  void await_wake();
  void sleep();
  void count();
  bool is_idle() const;
  bool all_are_drained();

  ReactorShared& shared_;
  Worker& worker_;
  Service& service_;
  asio::io_context io_;
  Api api_;
  HttpServer server_;
  std::unique_ptr<Peers> peers_;
  asio::posix::stream_descriptor wake_;
  std::atomic<unsigned> orders_{0};
  Duration peers_sleep_ = kNever - Instant{};
  bool serving_ = false;
  bool draining_ = false;
  bool counts_as_busy_ = true;
  bool stopped_ = false;
};

}  // namespace frontrow
