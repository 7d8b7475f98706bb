// Who waits for what: requests that are answered by a later decision (a payment, a refund, a new
// concert). Soft state: a crash forgets it, and the client asks again. One thread.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "engine/core/machine.h"
#include "engine/runtime/envelope.h"

namespace frontrow {

// Whom to answer, and the key of the request that waits: the first one's key again means that it
// was sent again.
struct Waiter : ReplyTo {
  RequestKey key;
};

class WaitList {
 public:
  using Waiters = boost::container::small_vector<Waiter, 1>;

  void add(const WaitKey& key, const ReplyTo& waiter, const RequestKey& request = {}) {
    waiting_[key].push_back({waiter, request});
  }
  // Takes everybody who waits for `key`, in the order they came.
  Waiters take(const WaitKey& key) {
    Waiters waiters;
    const auto found = waiting_.find(key);
    if (found == waiting_.end()) return waiters;
    waiters = std::move(found->second);
    waiting_.erase(found);
    return waiters;
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
  struct KeyHash {
    std::size_t operator()(const WaitKey& key) const {
      return mix64(key.id ^ static_cast<std::uint64_t>(key.kind) << 60);
    }
  };
  boost::unordered_flat_map<WaitKey, Waiters, KeyHash> waiting_;
};

}  // namespace frontrow
