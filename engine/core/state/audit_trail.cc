#include "engine/core/state/audit_trail.h"

namespace frontrow {

StateHash hash_of(const AuditEntry& entry) {
  const Act& act = entry.act;
  return HashFold(static_cast<std::uint64_t>(EntityKind::kAct))
      .add(static_cast<std::uint64_t>(entry.at.ms))
      .add(entry.seq)
      .add(act.actor.text())
      .add(static_cast<std::uint64_t>(act.kind))
      .add(act.concert.value)
      .add(act.user.high())
      .add(act.user.low())
      .add(act.object)
      .add(pack(act.date))
      .add(static_cast<std::uint64_t>(act.amount.minor))
      .add(act.note)
      .value();
}

void AuditTrail::put(const AuditEntry& entry) {
  entries_.push_back(entry);
  hash_ += hash_of(entry);
  if (entries_.size() <= kActsPerSlotKept) return;
  hash_ -= hash_of(entries_.front());
  entries_.erase(entries_.begin());
}

StateHash AuditTrail::recompute_hash() const {
  StateHash sum = 0;
  for (const AuditEntry& entry : entries_) sum += hash_of(entry);
  return sum;
}

}  // namespace frontrow
