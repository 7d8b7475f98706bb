// Requests that a later decision replies to (a payment, a refund, a new concert), each until its
// own deadline. Soft state: a crash clears it, and the client retries. One thread.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/time.h"
#include "engine/core/effects.h"
#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

// The destination of the reply, and the key of the waiting request: a later request with the first
// one's key is a resend of it.
struct Waiter : ReplyTo {
  RequestKey key;
  Instant until = kNever;
};

class WaitList {
 public:
  using Waiters = boost::container::small_vector<Waiter, 1>;

  // Adds a waiter. The wait ends at `until` at the latest (take_overdue).
  void add(const WaitKey& key, const ReplyTo& waiter, const RequestKey& request = {},
           Instant until = kNever) {
    waiting_[key].push_back({waiter, request, until});
    earliest_ = std::min(earliest_, until);
  }
  // Removes and returns the waiters of `key`, in the order of arrival.
  Waiters take(const WaitKey& key) {
    Waiters waiters;
    const auto found = waiting_.find(key);
    if (found == waiting_.end()) return waiters;
    waiters = std::move(found->second);
    waiting_.erase(found);
    return waiters;
  }
  // Removes and returns the waiters whose deadline has passed. Scans the whole list, at most once
  // per kLookEvery: a wait may end that much late.
  std::vector<ReplyTo> take_overdue(Instant now) {
    std::vector<ReplyTo> overdue;
    if (now < earliest_) return overdue;
    earliest_ = kNever;
    boost::unordered::erase_if(waiting_, [&](auto& entry) {
      Waiters& waiters = entry.second;
      for (const Waiter& waiter : waiters) {
        if (waiter.until <= now) {
          overdue.push_back(waiter);
        } else {
          earliest_ = std::min(earliest_, waiter.until);
        }
      }
      const auto is_overdue = [now](const Waiter& waiter) { return waiter.until <= now; };
      waiters.erase(std::remove_if(waiters.begin(), waiters.end(), is_overdue), waiters.end());
      return waiters.empty();
    });
    if (earliest_ != kNever) earliest_ = std::max(earliest_, now + kLookEvery);
    return overdue;
  }
  std::vector<ReplyTo> take_all() {
    std::vector<ReplyTo> all;
    for (const auto& [key, waiters] : waiting_)
      all.insert(all.end(), waiters.begin(), waiters.end());
    waiting_.clear();
    return all;
  }
  std::size_t size() const { return waiting_.size(); }

 private:
  static constexpr Duration kLookEvery = milliseconds(50);

  struct KeyHash {
    std::size_t operator()(const WaitKey& key) const {
      return mix64(key.id ^ static_cast<std::uint64_t>(key.kind) << 60);
    }
  };
  boost::unordered_flat_map<WaitKey, Waiters, KeyHash> waiting_;
  Instant earliest_ = kNever;  // the next scan for overdue waiters
};

}  // namespace frontrow
