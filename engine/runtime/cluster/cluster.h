// An instance's view of its cluster, and the way from its workers to the slots of other instances.
//
// An instance owns the slots that the map gives it; commands for all other slots go over the link
// to the owner. Each pair of instances has one link, held by one thread of each. The LinkTable
// records that thread, and whether the link is up, so that every thread can reject at once a
// command that can't be forwarded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "engine/runtime/cluster/envelope.h"
#include "engine/runtime/cluster/slot_map.h"

namespace frontrow {

// Fixed for the life of an instance.
struct ClusterView {
  std::string name;     // of the cluster: instances of different clusters reject each other
  InstanceId self = 0;  // in the map
  SlotMap map;
};

// For each instance, the worker whose thread holds the link to it. Read by any thread; written by
// the thread that holds the link.
class LinkTable {
 public:
  static constexpr std::uint16_t kDown = ReplyTo::kNoReply;

  LinkTable() {
    for (auto& worker : workers_) worker.store(kDown, std::memory_order_relaxed);
  }
  std::uint16_t worker_of(InstanceId peer) const {
    return workers_[peer].load(std::memory_order_acquire);
  }
  bool is_up(InstanceId peer) const { return worker_of(peer) != kDown; }
  void set(InstanceId peer, std::uint16_t worker) {
    workers_[peer].store(worker, std::memory_order_release);
  }

 private:
  std::array<std::atomic<std::uint16_t>, kInstanceIdMax + 1> workers_;
};

// The links that one thread holds. All calls on that thread.
class PeerPort : public ReplySink {
 public:
  // The reply to a request (`reply_to` is set) comes through Worker::answer(): from the peer, or
  // kInstanceUnavailable if the request surely was not sent, kOverloaded if the peer has no credit
  // left, kOutcomeUnknown if the link broke or the deadline passed meanwhile. A message between
  // slots is sent or lost: its slot resends it.
  virtual void send(InstanceId to, const Command& command, const ReplyTo& reply_to) = 0;

  // on_reply (ReplySink): the reply to a peer's request; `to` is the value that the port passed
  // with the command.
};

}  // namespace frontrow
