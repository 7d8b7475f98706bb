#include "engine/core/state/charge_references.h"

#include <algorithm>

namespace frontrow {
namespace {

StateHash hash_of(const ReferenceKey& key, const ReferencedCharge& charge) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kReferencedCharge))
      .add(key.user.high())
      .add(key.user.low())
      .add(key.text.high)
      .add(key.text.low)
      .add(charge.charge.value)
      .add(static_cast<std::uint64_t>(charge.amount.minor))
      .add(static_cast<std::uint64_t>(charge.balance.minor))
      .value();
}

}  // namespace

ReferenceKey reference_key(const UserId& user, std::string_view reference) {
  return {user, xxh3_128(reference)};
}

const ReferencedCharge* ChargeReferences::find(const ReferenceKey& key) const {
  const auto found = charges_.find(key);
  return found == charges_.end() ? nullptr : &found->second;
}

bool ChargeReferences::put(const ReferenceKey& key, const ReferencedCharge& charge) {
  if (!charges_.try_emplace(key, charge).second) return false;
  hash_ += hash_of(key, charge);
  return true;
}

std::vector<std::pair<ReferenceKey, ReferencedCharge>> ChargeReferences::sorted() const {
  std::vector<std::pair<ReferenceKey, ReferencedCharge>> all(charges_.begin(), charges_.end());
  std::ranges::sort(all, {}, [](const auto& entry) { return entry.first; });
  return all;
}

StateHash ChargeReferences::recompute_hash() const {
  StateHash sum = 0;
  for (const auto& [key, charge] : charges_) sum += hash_of(key, charge);
  return sum;
}

}  // namespace frontrow
