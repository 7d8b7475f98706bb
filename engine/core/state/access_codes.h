// The access codes of a concert's presale, in batches. A code itself is known to its owner only: a
// batch has the first 16 bytes of each code's SHA-256 (net/auth/access_code.h), and the uses that
// are left.
//
// A batch is an array of hashes in ascending order, with gaps: the place of a hash in the array
// follows from its first 4 bytes, and a hash whose place is taken stands right behind the one
// before it. So a lookup reads about one cache line of each batch, and there is nothing to sort or
// to grow. A third more places than codes, of 18 bytes each: 24 bytes a code (at most
// kAccessCodeBytesMax).
//
// Codes are added by batches, and none is ever taken away. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/time.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

// The fields that the codes of a batch share.
struct CodeBatchTerms {
  Instant opens_at;         // from when on they let their owners join
  std::uint32_t uses = 0;   // of each code; 1 to kUsesPerCodeMax
  std::uint32_t count = 0;  // codes
  Instant added_at;
  RequestKey key;  // of the request that made them
};

class CodeBatch {
 public:
  // Without codes yet. REQUIRES: 1 <= count <= kCodesPerBatchMax.
  explicit CodeBatch(const CodeBatchTerms& terms);

  // REQUIRES: not zero, above all hashes so far, and fewer than `count` so far.
  void append(const Hash128& hash, std::uint32_t uses_left);
  // The place of a code's hash in the array.
  std::optional<std::size_t> find(const Hash128& hash) const;
  std::uint32_t uses_left(std::size_t place) const { return uses_left_[place]; }
  // REQUIRES: uses_left() > 0.
  void use(std::size_t place);

  const CodeBatchTerms& terms() const { return terms_; }
  std::uint32_t size() const { return size_; }
  const Hash128& last() const { return last_; }
  // Codes that were used at least once, and the sum of all their uses.
  std::uint32_t codes_used() const { return codes_used_; }
  std::uint64_t uses_spent() const { return uses_spent_; }
  // visit(hash, uses left), in ascending order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = 0; i < hashes_.size(); ++i)
      if (hashes_[i] != Hash128{}) visit(hashes_[i], std::uint32_t{uses_left_[i]});
  }
  std::size_t memory_bytes() const;

 private:
  std::size_t home_of(const Hash128& hash) const;

  CodeBatchTerms terms_;
  std::size_t places_ = 0;       // that hashes are spread over; the last ones may stand behind them
  std::vector<Hash128> hashes_;  // zero: a gap
  std::vector<std::uint16_t> uses_left_;
  std::uint32_t size_ = 0;
  Hash128 last_;
  std::uint32_t codes_used_ = 0;
  std::uint64_t uses_spent_ = 0;
};

class AccessCodes {
 public:
  // A code that was found. Batches are numbered from 1.
  struct Found {
    std::uint16_t batch = 0;
    Instant opens_at;
    std::uint32_t uses_left = 0;
  };

  // Each code and each batch is added to the sum of hashes.
  explicit AccessCodes(StateHash& hash) : hash_(hash) {}
  AccessCodes(const AccessCodes&) = delete;
  AccessCodes& operator=(const AccessCodes&) = delete;

  bool empty() const { return batches_.empty(); }
  const std::vector<CodeBatch>& batches() const { return batches_; }
  std::uint32_t count() const { return count_; }  // codes of all batches
  // When the first batch opens. REQUIRES: not empty().
  Instant opens_at() const;
  // In the first batch that has it.
  std::optional<Found> find(const Hash128& hash) const;

  // REQUIRES: terms.count hashes, ascending, none zero.
  void add(const CodeBatchTerms& terms, std::span<const Hash128> hashes);
  // REQUIRES: find() with uses left.
  void use(std::uint16_t batch, const Hash128& hash);
  // For snapshots: a batch without its codes, then each code. False, and nothing is changed: out of
  // order or out of bounds.
  bool restore_batch(const CodeBatchTerms& terms);
  bool restore_code(std::uint32_t batch, const Hash128& hash, std::uint32_t uses_left);

  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  std::size_t memory_bytes() const;

 private:
  StateHash& hash_;
  std::vector<CodeBatch> batches_;
  std::uint32_t count_ = 0;
};

}  // namespace frontrow
