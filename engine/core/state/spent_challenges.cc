#include "engine/core/state/spent_challenges.h"

#include "engine/base/check.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

// More than come in at a time, so that memory follows the joins of the last minutes.
constexpr int kForgottenAtOnce = 4;

}  // namespace

StateHash hash_of(const SpentChallenge& spent) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kSpentChallenge))
      .add(spent.challenge)
      .add(static_cast<std::uint64_t>(spent.at.ms))
      .value();
}

bool SpentChallenges::has(std::uint64_t challenge, Instant now) const {
  const auto found = known_.find(challenge);
  return found != known_.end() && found->second + kChallengeKeptFor >= now;
}

bool SpentChallenges::restore(std::uint64_t challenge, Instant at) {
  if (has(challenge, at)) return false;
  known_[challenge] = at;
  entries_.push_back({challenge, at});
  hash_ += hash_of(entries_.back());
  return true;
}

void SpentChallenges::put(std::uint64_t challenge, Instant at) {
  for (int i = 0; i < kForgottenAtOnce && !entries_.empty(); ++i) {
    const SpentChallenge& oldest = entries_.front();
    if (oldest.at + kChallengeKeptFor >= at) break;
    hash_ -= hash_of(oldest);
    const auto found = known_.find(oldest.challenge);
    if (found != known_.end() && found->second == oldest.at) known_.erase(found);
    entries_.pop_front();
  }
  FR_CHECK(restore(challenge, at));
}

StateHash SpentChallenges::recompute_hash() const {
  StateHash sum = 0;
  for (const SpentChallenge& spent : entries_) sum += hash_of(spent);
  return sum;
}

}  // namespace frontrow
