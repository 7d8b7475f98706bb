// The newest acts of operators in a slot, for GET /v1/admin/audit. Older acts are in the log only.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/protocol/act.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct AuditEntry {
  Instant at;             // the record's time
  std::uint64_t seq = 0;  // the record's sequence
  Act act;
  static auto tie(auto& v) { return std::tie(v.at, v.seq, v.act); }
  bool operator==(const AuditEntry&) const = default;
};
StateHash hash_of(const AuditEntry& entry);

class AuditTrail {
 public:
  // Adds the entry's hash to the sum, and subtracts that of an erased one.
  explicit AuditTrail(StateHash& hash) : hash_(hash) {}
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  // Erases the oldest entry beyond kActsPerSlotKept.
  void put(const AuditEntry& entry);
  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  // Oldest first.
  const std::vector<AuditEntry>& entries() const { return entries_; }

 private:
  StateHash& hash_;
  std::vector<AuditEntry> entries_;
};

}  // namespace frontrow
