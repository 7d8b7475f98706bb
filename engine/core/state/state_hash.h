// The state hash: an order-free sum (modulo 2^64) of the hashes of all entities of a slot. Every
// change updates it, so that reading it costs nothing for any number of tokens. Two slots of equal
// hash hold the same state but for collisions; recovery compares it.
//
// Each entity type has hash_of(entity) beside its definition, over all logged fields (never over
// soft ones, such as the time of the last poll). Change an entity only under a Rehash guard.
#pragma once

#include <concepts>
#include <cstdint>

#include "engine/base/hash.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

enum class EntityKind : std::uint64_t {
  kToken = 1,
  kSession = 2,
  kSeat = 3,
  kDate = 4,
  kHold = 5,
  kPayment = 6,
  kConcert = 7,
  kWallet = 8,
  kTransfer = 9,
  kWalletPayment = 10,
  kAnswer = 11,
  kRegistration = 12,
  kCounters = 13,
  kOutboxEntry = 14,
  kBegun = 15,
  kAct = 16,
  kReferencedCharge = 17,
  kSpentChallenge = 18,
  kPlan = 19,
  kWaitlistEntry = 20,
  kAccessCode = 21,
  kCodeBatch = 22,
};

// An entity that changes often keeps its part of the sum in a member `in_sum`: a change then
// computes one hash instead of two.
template <class Entity>
concept KeepsItsHash = requires(Entity& entity) {
  { entity.in_sum } -> std::same_as<StateHash&>;
};

// Adds a new entity's hash to the sum; take_from_sum() subtracts that of an erased one.
template <class Entity>
void add_to_sum(StateHash& sum, Entity& entity) {
  const StateHash hash = hash_of(entity);
  if constexpr (KeepsItsHash<Entity>) entity.in_sum = hash;
  sum += hash;
}
template <class Entity>
void take_from_sum(StateHash& sum, const Entity& entity) {
  if constexpr (requires { entity.in_sum; }) {
    sum -= entity.in_sum;
  } else {
    sum -= hash_of(entity);
  }
}

// Subtracts the entity's hash from the sum, and adds the changed one at the end of the scope.
template <class Entity>
class Rehash {
 public:
  Rehash(StateHash& sum, Entity& entity) : sum_(sum), entity_(entity) {
    take_from_sum(sum_, entity_);
  }
  ~Rehash() { add_to_sum(sum_, entity_); }
  Rehash(const Rehash&) = delete;
  Rehash& operator=(const Rehash&) = delete;

 private:
  StateHash& sum_;
  Entity& entity_;
};

}  // namespace frontrow
