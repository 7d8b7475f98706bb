// The challenges that joins of a concert have solved, so that each serves for one join. Forgotten
// after kChallengeKeptFor, when they are long out of date, a few at each join. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>

#include "engine/base/hash.h"
#include "engine/base/time.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct SpentChallenge {
  std::uint64_t challenge = 0;
  Instant at;
};
StateHash hash_of(const SpentChallenge& spent);

class SpentChallenges {
 public:
  // Each entry is added to the sum of hashes.
  explicit SpentChallenges(StateHash& hash) : hash_(hash) {}
  SpentChallenges(const SpentChallenges&) = delete;
  SpentChallenges& operator=(const SpentChallenges&) = delete;

  bool has(std::uint64_t challenge, Instant now) const;
  // Adds it, and forgets some that are too old. REQUIRES: no has(), and no later one was put.
  void put(std::uint64_t challenge, Instant at);
  // For snapshots: forgets none. False, and nothing is changed: has().
  bool restore(std::uint64_t challenge, Instant at);
  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  // Oldest first.
  const std::deque<SpentChallenge>& entries() const { return entries_; }

 private:
  // A challenge is a hash that a server made with its secret.
  struct Mixed {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t challenge) const { return mix64(challenge); }
  };

  StateHash& hash_;
  std::deque<SpentChallenge> entries_;
  boost::unordered_flat_map<std::uint64_t, Instant, Mixed> known_;  // when it was spent last
};

}  // namespace frontrow
