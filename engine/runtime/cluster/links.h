// The way from an instance's workers to the slots of other instances.
//
// Commands for slots that the instance does not own (slot_owners.h) go over the link to the owner.
// Each pair of instances has one link, held by one thread of each. The LinkTable records that
// thread, and whether the link is up, so that every thread can reject at once a command that can't
// be forwarded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

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

  // Bytes for other layers (peer_bytes.h) that wait for the link: a sender reserves room, the
  // link's thread takes them over, and tells how many are unsent.
  bool reserve(InstanceId peer, std::size_t bytes) {
    Waiting& waiting = waiting_[peer];
    const std::size_t before = waiting.handed.load(std::memory_order_relaxed) +
                               waiting.unsent.load(std::memory_order_relaxed);
    if (before > 0 && before + bytes > kWaitingBytesMax) return false;
    waiting.handed.fetch_add(bytes, std::memory_order_relaxed);
    return true;
  }
  void taken_over(InstanceId peer, std::size_t bytes) {
    waiting_[peer].handed.fetch_sub(bytes, std::memory_order_relaxed);
  }
  void set_unsent(InstanceId peer, std::size_t bytes) {
    waiting_[peer].unsent.store(bytes, std::memory_order_relaxed);
  }

 private:
  // Requests wait behind them: 32 ms on a link of 1 Gbit/s.
  static constexpr std::size_t kWaitingBytesMax = std::size_t{4} << 20;
  struct Waiting {
    std::atomic<std::size_t> handed{0};
    std::atomic<std::size_t> unsent{0};
  };

  std::array<std::atomic<std::uint16_t>, kInstanceIdMax + 1> workers_;
  std::array<Waiting, kInstanceIdMax + 1> waiting_{};
};

// The links that one thread holds. All calls on that thread.
class PeerPort : public ReplySink {
 public:
  // The reply to a request (`reply_to` is set) comes through Worker::answer(): from the peer, or
  // kInstanceUnavailable if the request surely was not sent, kOverloaded if the peer has no credit
  // left, kOutcomeUnknown if the link broke or the deadline passed meanwhile. A message between
  // slots is sent or lost: its slot resends it.
  virtual void send(InstanceId to, const Command& command, const ReplyTo& reply_to) = 0;
  // Lost if the link is down.
  virtual void send_bytes(const OutboundBytes&) {}

  // on_reply (ReplySink): the reply to a peer's request; `to` is the value that the port passed
  // with the command.
};

}  // namespace frontrow
