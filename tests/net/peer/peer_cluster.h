// Whole instances in the test's own thread: engines over journals in memory, with links over real
// connections between them. The links use the real time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/peer/peer_port.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/net/peer/peer_support.h"
#include "tests/support/free_port.h"

namespace frontrow {

using Addresses = std::map<InstanceId, asio::ip::tcp::endpoint>;

inline Addresses free_addresses(std::size_t instances, const char* host = "127.0.0.1") {
  Addresses addresses;
  for (InstanceId id = 1; id <= instances; ++id)
    addresses[id] = {asio::ip::make_address(host), free_port()};
  return addresses;
}

struct Node {
  Node(ClusterView v, const Addresses& addresses, std::size_t workers = 1,
       const std::string& secret = kPeerSecret, const PeerLinkLimits& limits = {},
       std::vector<MemoryGroup> disk = {})
      : view(std::move(v)), journal(std::move(disk)), engine(journal, engine_options(workers)) {
    PeerOptions options;
    options.secret = secret;
    options.addresses = addresses;
    options.limits = limits;
    options.seed = view.self;
    options.log = [this](bool, const std::string& line) { lines.push_back(line); };
    auto made = PeersShared::make(view, options);
    EXPECT_TRUE(made.ok()) << made.error();
    shared = std::move(*made);
    for (std::size_t i = 0; i < workers; ++i) {
      Worker& worker = engine.engine().worker(i);
      peers.push_back(std::make_unique<Peers>(io, worker, engine.engine(), *shared));
      worker.set_port(peers.back().get());
    }
  }
  ~Node() {
    for (const auto& p : peers) p->stop();
  }
  EngineOptions engine_options(std::size_t workers) const {
    EngineOptions options;
    options.workers = workers;
    options.cluster = &view;
    return options;
  }
  void start() {
    for (const auto& p : peers) {
      const Status s = p->start();
      EXPECT_TRUE(s.ok()) << s.error();
    }
  }
  void turn() {
    io.restart();
    io.poll();
    engine.turn();
    for (const auto& p : peers) p->tick();
    for (const auto& p : peers) p->flush();
  }
  bool is_linked(InstanceId peer) { return engine.engine().links().is_up(peer); }
  // Summed over all threads.
  std::uint64_t sum(InstanceId peer, Counter PeerStats::* what) const {
    std::uint64_t total = 0;
    for (const auto& p : peers) total += (p->stats().at(peer).*what).get();
    return total;
  }
  std::size_t told(const std::string& part) const {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& l) {
      return l.find(part) != std::string::npos;
    }));
  }

  ClusterView view;
  std::vector<std::string> lines;
  MemoryJournal journal;
  asio::io_context io{1};
  TestEngine engine;
  std::unique_ptr<PeersShared> shared;
  std::vector<std::unique_ptr<Peers>> peers;
};

// No peer counts as silent, even on a machine that delays this process.
inline PeerLinkLimits patient_limits() { return {.silence_ms = 60'000}; }

struct Cluster {
  explicit Cluster(std::size_t instances, std::size_t workers = 1, const char* host = "127.0.0.1")
      : addresses(free_addresses(instances, host)) {
    for (InstanceId id = 1; id <= instances; ++id)
      nodes.push_back(std::make_unique<Node>(cluster_of(id, 1, instances), addresses, workers,
                                             kPeerSecret, patient_limits()));
  }
  void start() {
    for (const auto& node : nodes) node->start();
  }
  Node& node(InstanceId id) { return *nodes[id - 1U]; }
  // Ends the process; its disk stays.
  void end(InstanceId id) {
    disks[id] = node(id).journal.groups();
    nodes[id - 1U].reset();
  }
  void start_again(InstanceId id) {
    nodes[id - 1U] = std::make_unique<Node>(cluster_of(id), addresses, 1, kPeerSecret,
                                            patient_limits(), disks[id]);
    node(id).start();
  }
  bool until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      for (const auto& n : nodes) {
        if (n) n->turn();
      }
      // Further events come from a socket or a journal's thread.
      if (nodes.front()) nodes.front()->io.run_one_for(std::chrono::microseconds(500));
    }
    return true;
  }
  // Waits until all are linked and each knows that the others have begun.
  bool until_linked() {
    return until([this] {
      for (const auto& n : nodes) {
        for (const auto& other : nodes) {
          if (n == other) continue;
          const InstanceId peer = other->view.self;
          if (!n->is_linked(peer) || !n->engine.engine().board().has_begun(peer)) return false;
        }
        if (n->engine.engine().board().status().awaited > 0) return false;
      }
      return true;
    });
  }
  Reply ask(Node& at, const Command& command, std::size_t worker = 0) {
    const Sent sent = at.engine.send(worker, command);
    EXPECT_TRUE(until([&] { return at.engine.answers(sent) > 0; })) << name_of(command.body);
    return at.engine.answer(sent).value_or(Reply{});
  }
  Caller join(Node& at, ConcertId concert, const UserId& user) {
    const Reply reply = ask(at, {{user, {}, 0}, {}, Join{concert, user}});
    EXPECT_EQ(outcome(reply), "none");
    const auto entry = body_of<QueueEntry>(reply);
    return {user, entry.number, entry.token_epoch};
  }

  Addresses addresses;
  std::map<InstanceId, std::vector<MemoryGroup>> disks;
  std::vector<std::unique_ptr<Node>> nodes;
};

}  // namespace frontrow
