// Counters of one thread's links to one peer; written by that thread, read by the thread that
// renders metrics. Sums since the start, except those marked "now".
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>

#include "engine/base/histogram.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

// A text that changes rarely and is read by other threads.
class GuardedText {
 public:
  void set(const std::string& text) {
    const std::lock_guard lock(mutex_);
    text_ = text;
  }
  std::string get() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

struct PeerStats {
  Counter up;            // now: 1 while this thread holds a link to the peer
  Counter up_since_s;    // wall seconds since 1970, of the newest link
  Counter connections;   // links that came up
  Counter rtt_us;        // smoothed
  Counter outstanding;   // now: requests to the peer without a reply
  Counter unanswered;    // now: requests of the peer that await our reply
  Counter output_bytes;  // now: bytes in memory to be sent

  Counter requests_out, requests_in;
  Counter replies_in, replies_out;
  Counter messages_out, messages_in;
  Counter bytes_out, bytes_in;

  Counter refused_overloaded;     // requests refused here: no credit, or too much unsent
  Counter refused_unavailable;    // requests rejected here: certainly not executed
  Counter outcome_unknown;        // requests rejected here: may have been executed
  Counter refused_late;           // requests of the peer that came after their deadline
  Counter copied_out, copied_in;  // bytes of copies and of the cluster's control
  Counter messages_dropped;       // too much unsent, or no link; their slots resend
  Counter connect_failures;       // own attempts without a connection at any address
  Counter handshakes_refused;     // by either side

  GuardedText last_refusal;  // empty once a link is up
};

// The counters of one thread for every peer that it has met. at(): its thread; find(): any.
class ThreadLinks {
 public:
  ThreadLinks() = default;
  ~ThreadLinks() {
    for (auto& stats : peers_) delete stats.load(std::memory_order_relaxed);
  }
  ThreadLinks(const ThreadLinks&) = delete;
  ThreadLinks& operator=(const ThreadLinks&) = delete;

  PeerStats& at(InstanceId peer) {
    PeerStats* stats = peers_[peer].load(std::memory_order_relaxed);
    if (stats == nullptr) {
      stats = new PeerStats;
      peers_[peer].store(stats, std::memory_order_release);
    }
    return *stats;
  }
  // Null: the thread has not met it.
  const PeerStats* find(InstanceId peer) const {
    return peers_[peer].load(std::memory_order_acquire);
  }

 private:
  std::array<std::atomic<PeerStats*>, kInstanceIdMax + 1> peers_{};
};

}  // namespace frontrow
