// One thread of the server: its Asio loop with its own sockets, its worker of the engine, and the
// API between them.
//
//   poll I/O (requests reach the engine) -> turn of the worker -> responses -> one send per link
//   and connection -> sleep
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
#include "net/http/server/http_server.h"
#include "net/peer/link_summary.h"
#include "net/peer/peer_port.h"

namespace frontrow {

// State that the reactors of a process share; must outlive them.
struct ReactorShared {
  const ServiceSettings& settings;
  Service& service;
  Engine& engine;
  const KeyRing& keys;
  const OperatorViews& operator_views;
  const HttpLimits& limits;
  HttpShared http;
  PeersShared* peers = nullptr;  // null: a single instance
  // Reactors that are not drained yet.
  std::atomic<std::size_t> busy{0};
};

class Reactor {
 public:
  Reactor(ReactorShared& shared, Worker& worker);

  // REQUIRES: called before run().
  Status listen(const asio::ip::tcp::endpoint& endpoint, Audience audience) {
    return server_.listen(endpoint, audience);
  }
  std::uint16_t port(Audience audience) const { return server_.port(audience); }
  const ApiStats& stats() const { return api_.stats(); }
  // REQUIRES: an instance of a cluster.
  const ThreadLinks& links() const { return peers_->stats(); }

  // The main loop of the thread: runs until stop(), or after drain() until no thread has open work,
  // because every thread may still need the shards and links of this one.
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
