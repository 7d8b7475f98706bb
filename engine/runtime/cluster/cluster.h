// What an instance knows of the cluster that it is a part of, and the way from its workers to the
// slots of the others.
//
// An instance owns the slots that the map gives it; everything else goes over the link to the
// owner. There is one link a pair of instances, held by one thread of each; which one that is, and
// whether the link is up at all, stands in the LinkTable, so that every thread can refuse at once
// what can't be forwarded.
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
  std::string name;     // of the cluster: instances of different ones refuse each other
  InstanceId self = 0;  // one of the map's
  SlotMap map;
};

// By instance, the worker whose thread holds the link to it. Any thread; written by the thread that
// holds the link.
class LinkTable {
 public:
  static constexpr std::uint16_t kDown = ReplyTo::kNobody;

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
  // A request (`reply_to` names somebody) is answered through Worker::answer(): by the peer, or by
  // kInstanceUnavailable if it surely was not sent, kOverloaded if the peer has no credit left,
  // kOutcomeUnknown if the link broke or the deadline passed under it. A message between slots is
  // sent or lost: its slot sends it again.
  virtual void send(InstanceId to, const Command& command, const ReplyTo& reply_to) = 0;

  // on_reply (ReplySink): what a peer had asked of this instance was answered; `to` is what the
  // port had given with the command.
};

}  // namespace frontrow
