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

inline std::string address_text(const asio::ip::tcp::endpoint& address) {
  return address.address().to_string() + ":" + std::to_string(address.port());
}

// "box-1" and so on.
inline PeerName peer_name(InstanceId id, const asio::ip::tcp::endpoint& address) {
  return {"box-" + std::to_string(id), address_text(address)};
}

// No peer counts as silent, even on a machine that delays this process.
inline PeerLinkLimits patient_limits() { return {.silence_ms = 60'000}; }

struct NodeOptions {
  ClusterMember member;
  std::size_t workers = 1;
  std::string secret = kPeerSecret;
  PeerLinkLimits limits = patient_limits();
  std::vector<MemoryGroup> disk;
};

// An instance of `addresses`, which serves its slots among them.
struct Node {
  struct Bytes {
    InstanceId from;
    PeerChannel channel;
    ByteBuffer bytes;
    bool operator==(const Bytes&) const = default;
  };

  Node(NodeOptions node, const Addresses& addresses)
      : self(node.member.self),
        instances(addresses.size()),
        journal(std::move(node.disk)),
        engine(journal, {.workers = node.workers, .serves_on_order = true, .self = self}) {
    PeerOptions options;
    options.cluster = node.member.cluster;
    options.cluster_id = node.member.cluster_id;
    options.self = self;
    options.secret = node.secret;
    options.listen = addresses.at(self);
    options.address = address_text(addresses.at(self));
    options.on_bytes = [this](InstanceId from, PeerChannel channel,
                              std::span<const std::byte> taken) {
      bytes.push_back({from, channel, {taken.begin(), taken.end()}});
      return bytes_fault.empty() ? Status() : Status(Error{bytes_fault});
    };
    options.on_link = [this](InstanceId peer, bool is_up) { link_news.emplace_back(peer, is_up); };
    options.limits = node.limits;
    options.seed = self;
    options.log = [this](bool, const std::string& line) { lines.push_back(line); };
    auto made = PeersShared::make(options);
    EXPECT_TRUE(made.ok()) << made.error();
    shared = std::move(*made);
    set_peers(addresses);
    serve_own();
    for (std::size_t i = 0; i < node.workers; ++i) {
      Worker& worker = engine.engine().worker(i);
      peers.push_back(std::make_unique<Peers>(io, worker, engine.engine(), *shared));
      worker.set_port(peers.back().get());
    }
  }
  ~Node() {
    for (const auto& p : peers) p->stop();
  }
  // The others among them, as the directory has them from now on.
  void set_peers(const Addresses& addresses) {
    PeerNames names;
    for (const auto& [id, address] : addresses) {
      if (id != self) names[id] = peer_name(id, address);
    }
    shared->directory().set(names);
  }
  void serve_own() {
    Engine& e = engine.engine();
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const SlotId slot{id};
      e.owners().set(slot, owner_of(slot, instances));
      if (e.owns(slot)) e.order(ServeSlot{slot, e.parked().release(slot), {}});
    }
    engine.settle();
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
    for (const auto& p : peers) {
      if (const PeerStats* stats = p->stats().find(peer)) total += (stats->*what).get();
    }
    return total;
  }
  std::size_t told(const std::string& part) const {
    return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [&](const auto& l) {
      return l.find(part) != std::string::npos;
    }));
  }

  const InstanceId self;
  const std::size_t instances;
  std::vector<std::string> lines;
  std::vector<Bytes> bytes;
  std::string bytes_fault;  // the error of on_bytes(); empty: none
  std::vector<std::pair<InstanceId, bool>> link_news;
  MemoryJournal journal;
  asio::io_context io{1};
  TestEngine engine;
  std::unique_ptr<PeersShared> shared;
  std::vector<std::unique_ptr<Peers>> peers;
};

struct Cluster {
  explicit Cluster(std::size_t instances, std::size_t workers = 1, const char* host = "127.0.0.1")
      : addresses(free_addresses(instances, host)) {
    for (InstanceId id = 1; id <= instances; ++id) set_node({.member = {id}, .workers = workers});
  }
  void set_node(NodeOptions options) {
    const InstanceId id = options.member.self;
    nodes.resize(std::max<std::size_t>(nodes.size(), id));
    nodes[id - 1U].reset();
    nodes[id - 1U] = std::make_unique<Node>(std::move(options), addresses);
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
    set_node({.member = {id}, .disk = disks[id]});
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
  bool until_linked() {
    return until([this] {
      for (const auto& n : nodes) {
        for (const auto& other : nodes) {
          if (n != other && !n->is_linked(other->self)) return false;
        }
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
