// Engines over journals in memory, linked by a queue that a test can cut after any number of
// commands and replies.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {

inline constexpr ConcertId kMovedConcert{1};
inline constexpr std::uint32_t kMovedFan = 7;
inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

// Instances 1 to `instances`; all slots except the pinned ones are the first one's.
inline SlotMap map_of(std::uint64_t revision, std::size_t instances,
                      const SlotMap::Pins& pins = {}) {
  std::vector<SlotMap::Instance> members{{1, 100}};
  while (members.size() < instances)
    members.push_back({static_cast<InstanceId>(members.size() + 1), 0});
  auto map = SlotMap::make(revision, members, pins);
  EXPECT_TRUE(map.ok()) << map.error();
  return *map;
}

class Net;

// One instance in one life.
class Node final : private PeerPort {
 public:
  Node(Net& net, InstanceId id, const SlotMap& map, MemoryJournal& journal, Instant clock)
      : view{"test", id, map}, net_(net), engine_(journal, options(), clock) {
    for (std::size_t w = 0; w < 2; ++w) engine_.engine().worker(w).set_port(this);
  }
  InstanceId id() const { return view.self; }
  TestEngine& engine() { return engine_; }
  HandoverStatus status() { return engine_.engine().board().status(); }
  bool serves(SlotId slot) { return engine_.engine().slots().find(slot) != nullptr; }
  // The slot that this instance decides on, or keeps inactive for another.
  const Slot* record(SlotId slot) {
    Engine& e = engine_.engine();
    return serves(slot) ? e.slots().find(slot) : e.parked().find(slot);
  }
  void take(InstanceId from, std::uint32_t number, const Command& command);
  void take_answer(const ReplyTo& to, Reply&& reply) {
    engine_.engine().worker(to.worker).answer(to, std::move(reply));
  }

  const ClusterView view;
  std::vector<std::string> notes;

 private:
  EngineOptions options() {
    return {.workers = 2, .cluster = &view, .on_note = [this](const std::string& line) {
              notes.push_back(line);
            }};
  }
  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

  Net& net_;
  TestEngine engine_;
  std::map<std::uint32_t, InstanceId> asked_;  // by number, the asking instance
};

// Delivers commands and replies between the nodes in order.
class Net {
 public:
  void add(Node& node) { nodes_[node.id()] = &node; }
  // Brings all links up.
  void link() {
    for (const auto& [id, node] : nodes_) {
      for (const auto& [peer, other] : nodes_) {
        if (peer != id) node->engine().engine().link_is_up(peer, peer % 2);
      }
    }
  }
  void ask(InstanceId from, InstanceId to, const Command& command, const ReplyTo& reply_to) {
    asked_.push_back({from, reply_to, false});
    way_.push_back([=, this, number = static_cast<std::uint32_t>(asked_.size() - 1)] {
      if (nodes_.contains(to)) nodes_[to]->take(from, number, command);
    });
  }
  void answer(std::uint32_t number, Reply&& reply) {
    way_.push_back([this, number, reply = std::move(reply)]() mutable {
      Asked& asked = asked_[number];
      asked.is_answered = true;
      nodes_[asked.from]->take_answer(asked.reply_to, std::move(reply));
    });
  }
  // Drops all messages in flight; waiting callers get a rejection.
  void lose() {
    way_.clear();
    for (Asked& asked : asked_) {
      if (std::exchange(asked.is_answered, true)) continue;
      nodes_[asked.from]->take_answer(asked.reply_to,
                                      Reply{Reject::kInstanceUnavailable, false, false, {}});
    }
  }
  // Delivers the queue, and runs each node once without waiting for a disk.
  void turn() {
    while (!way_.empty() && left > 0) {
      auto next = std::move(way_.front());
      way_.pop_front();
      --left;
      ++delivered;
      next();
    }
    for (const auto& [id, node] : nodes_) node->engine().turn();
  }
  // Runs until all messages are delivered and all work is done, or the links have broken.
  void run() {
    const auto is_done = [this] {
      turn();
      for (const auto& [id, node] : nodes_) {
        for (std::size_t w = 0; w < 2; ++w) {
          if (!node->engine().engine().worker(w).idle()) return false;
        }
      }
      return way_.empty() || left == 0;
    };
    nodes_.begin()->second->engine().run_until(is_done, "the handover");
  }
  // Advances the clocks of all nodes, and runs all due work.
  void pass(Duration duration) {
    for (const auto& [id, node] : nodes_) node->engine().advance(duration);
    run();
  }

  std::uint64_t left = kForever;  // commands and replies that still arrive
  std::uint64_t delivered = 0;

 private:
  struct Asked {
    InstanceId from = 0;
    ReplyTo reply_to;
    bool is_answered = false;
  };
  std::map<InstanceId, Node*> nodes_;
  std::deque<std::function<void()>> way_;
  std::vector<Asked> asked_;
};

inline void Node::take(InstanceId from, std::uint32_t number, const Command& command) {
  asked_[number] = from;
  engine_.engine()
      .worker(number % 2)
      .submit(command, {.worker = static_cast<std::uint16_t>(number % 2),
                        .asker = Asker::kPeer,
                        .context = number});
}

inline void Node::send(InstanceId to, const Command& command, const ReplyTo& reply_to) {
  if (reply_to.expects_reply()) net_.ask(id(), to, command, reply_to);
}

inline void Node::on_reply(const ReplyTo& to, Reply&& reply) {
  net_.answer(to.context, std::move(reply));
}

// Instances with their disks, for tests that restart them repeatedly.
class HandoverTest : public testing::Test {
 protected:
  // Stops the running instances and starts these with this map, one after the other.
  void start(const SlotMap& map, const std::vector<InstanceId>& ids,
             std::uint64_t arrive = kForever) {
    stop();
    net = std::make_unique<Net>();
    for (const InstanceId id : ids) {
      auto& disk = disks[id];
      disk = std::make_unique<MemoryJournal>(disk == nullptr ? std::vector<MemoryGroup>{}
                                                             : disk->groups());
      nodes[id] = std::make_unique<Node>(*net, id, map, *disk, kDay + clocks_ahead[id]);
      net->add(*nodes[id]);
    }
    net->left = arrive;
    net->link();
    net->run();
  }
  void stop() { nodes.clear(); }
  void begin_anew() {
    stop();
    disks.clear();
  }
  // A concert with a hold, and a wallet, on one instance that owns all slots.
  void put_on_sale(TestEngine& engine) {
    engine.create(small_concert());
    engine.charge(kMovedFan, 5000);
    fan = engine.join(kMovedConcert, kMovedFan);
    hold = engine.hold(kMovedConcert, fan, {3, 4});
    engine.settle();
  }
  Reply ask(InstanceId at, const Command& command) { return nodes[at]->engine().ask(command); }
  bool serves(InstanceId id, SlotId slot) { return nodes[id]->serves(slot); }

  const SlotId concert_slot = slot_of_concert(kMovedConcert);
  const SlotId wallet_slot = slot_of_user(user_id(kMovedFan));
  const SlotMap::Pins second_has_concert{{concert_slot, 2}};
  std::map<InstanceId, std::unique_ptr<MemoryJournal>> disks;
  std::map<InstanceId, Duration> clocks_ahead;  // at the start
  std::unique_ptr<Net> net;
  std::map<InstanceId, std::unique_ptr<Node>> nodes;
  Caller fan;
  HoldId hold;
};

}  // namespace frontrow
