// The charges that were made with a reference, the payment provider's id of the money, so that a
// reference credits a wallet once for ever. Never forgotten. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

// Of one wallet. `text`: XXH3-128 of the reference.
struct ReferenceKey {
  UserId user;
  Hash128 text;
  auto operator<=>(const ReferenceKey&) const = default;
};
ReferenceKey reference_key(const UserId& user, std::string_view reference);

struct ReferencedCharge {
  ChargeId charge;
  Money amount;
  Money balance;  // right after the charge
};

class ChargeReferences {
 public:
  // Each charge is added to the sum of hashes.
  explicit ChargeReferences(StateHash& hash) : hash_(hash) {}
  ChargeReferences(const ChargeReferences&) = delete;
  ChargeReferences& operator=(const ChargeReferences&) = delete;

  // nullptr if the reference made no charge.
  const ReferencedCharge* find(const ReferenceKey& key) const;
  // False, and nothing is changed: the reference made a charge already.
  bool put(const ReferenceKey& key, const ReferencedCharge& charge);
  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  std::size_t size() const { return charges_.size(); }
  // In the order of the keys.
  std::vector<std::pair<ReferenceKey, ReferencedCharge>> sorted() const;

 private:
  // The user's hash is keyed by a secret of the process, so no client can choose collisions.
  struct KeyHash {
    using is_avalanching = void;
    std::size_t operator()(const ReferenceKey& key) const {
      return mix64(IdHash{}(key.user) ^ key.text.low);
    }
  };

  StateHash& hash_;
  boost::unordered_flat_map<ReferenceKey, ReferencedCharge, KeyHash> charges_;
};

}  // namespace frontrow
