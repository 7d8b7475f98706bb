// The keys by which an instance knows operators and fans, and how they change while it serves.
//
// One KeyRing a process, a copy of its keys with every thread. A request compares one number with
// the one that its thread's copy has; only after a change does the thread take a new copy, which is
// the only time that it takes the lock. A change counts for all threads at once: who was given a
// token by the thread that saw it first is believed by the others, whichever of them is asked next.
//
// set(), version() and current() may be called by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "net/auth/token.h"

namespace frontrow {

struct ServiceKeys {
  std::string admin_key;
  TokenSigner signer;
};

class KeyRing {
 public:
  explicit KeyRing(ServiceKeys keys) : keys_(std::move(keys)) {}

  void set(ServiceKeys keys) {
    {
      const std::lock_guard lock(mutex_);
      keys_ = std::move(keys);
    }
    // After the keys, so that who has seen the new number finds them.
    version_.fetch_add(1, std::memory_order_release);
  }

  // Another one after each set().
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // A copy. The version is to be asked before, never after: a change between the two is then seen
  // again by the next comparison, and not missed.
  ServiceKeys current() const {
    const std::lock_guard lock(mutex_);
    return keys_;
  }

 private:
  mutable std::mutex mutex_;
  ServiceKeys keys_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace frontrow
