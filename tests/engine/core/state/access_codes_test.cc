// The compact form of access codes: the codes that are found, the changes by a use, and the memory.
#include "engine/core/state/access_codes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kTop = std::numeric_limits<std::uint64_t>::max();

std::vector<Hash128> random_hashes(std::size_t count, std::uint64_t seed) {
  Prng random(seed);
  std::vector<Hash128> hashes(count);
  for (Hash128& hash : hashes) hash = {random.next(), random.next() | 1};
  std::ranges::sort(hashes);
  return hashes;
}

CodeBatchTerms terms_of(const std::vector<Hash128>& hashes, std::uint32_t uses = 1) {
  return {.opens_at = Instant{1000},
          .uses = uses,
          .count = static_cast<std::uint32_t>(hashes.size()),
          .added_at = Instant{10}};
}

TEST(AccessCodes, million_of_them_takes_at_most_32_bytes_each) {
  StateHash hash = 0;
  AccessCodes codes(hash);
  for (std::uint64_t n = 0; n < kCodesPerConcertMax / kCodesPerBatchMax; ++n) {
    const auto hashes = random_hashes(kCodesPerBatchMax, n);
    codes.add(terms_of(hashes, 3), hashes);
  }
  EXPECT_EQ(codes.count(), kCodesPerConcertMax);
  EXPECT_LE(codes.memory_bytes(), std::size_t{kCodesPerConcertMax} * kAccessCodeBytesMax);
  EXPECT_LE(codes.memory_bytes(), std::size_t{kCodesPerConcertMax} * 25) << "as its header says";
  EXPECT_EQ(hash, codes.recompute_hash());
  EXPECT_FALSE(codes.restore_batch({.uses = 1, .count = 1})) << "one more";
}

TEST(AccessCodes, every_code_is_found_in_its_batch_and_no_other) {
  StateHash hash = 0;
  AccessCodes codes(hash);
  std::vector<std::vector<Hash128>> batches;
  for (const std::size_t count : {1U, 2U, 3U, 1000U, 5000U}) {
    batches.push_back(random_hashes(count, count));
    codes.add(terms_of(batches.back()), batches.back());
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    for (const Hash128& code : batches[i]) {
      const auto found = codes.find(code);
      ASSERT_TRUE(found);
      EXPECT_EQ(found->batch, i + 1);
    }
  }
  for (const Hash128& other : random_hashes(5000, 77)) EXPECT_FALSE(codes.find(other));
  EXPECT_FALSE(codes.find({}));
  EXPECT_FALSE(codes.find({kTop, kTop}));
}

TEST(AccessCodes, hashes_that_crowd_at_an_end_are_found) {
  for (const std::uint64_t high : {std::uint64_t{0}, kTop}) {
    StateHash hash = 0;
    AccessCodes codes(hash);
    std::vector<Hash128> hashes;
    for (std::uint64_t low = 1; low <= 300; ++low) hashes.push_back({high, low});
    codes.add(terms_of(hashes), hashes);
    for (const Hash128& code : hashes) EXPECT_TRUE(codes.find(code));
    EXPECT_FALSE(codes.find({high, 301}));
    EXPECT_FALSE(codes.find({kTop / 2, 1}));
  }
}

TEST(AccessCodes, use_counts_down_and_changes_the_hash) {
  StateHash hash = 0;
  AccessCodes codes(hash);
  const std::vector<Hash128> hashes = {{1, 1}, {2, 2}};
  codes.add(terms_of(hashes, 2), hashes);
  const StateHash fresh = hash;
  codes.use(1, {2, 2});
  EXPECT_NE(hash, fresh);
  codes.use(1, {2, 2});
  EXPECT_EQ(codes.find({2, 2})->uses_left, 0U);
  EXPECT_EQ(codes.find({1, 1})->uses_left, 2U);
  EXPECT_EQ(codes.batches()[0].codes_used(), 1U);
  EXPECT_EQ(codes.batches()[0].uses_spent(), 2U);
  EXPECT_EQ(hash, codes.recompute_hash());
}

TEST(AccessCodes, snapshot_rows_out_of_order_or_bounds_are_refused) {
  StateHash hash = 0;
  AccessCodes codes(hash);
  EXPECT_FALSE(codes.restore_code(1, {1, 1}, 1));
  EXPECT_FALSE(codes.restore_batch({.uses = 0, .count = 2}));
  EXPECT_FALSE(codes.restore_batch({.uses = kUsesPerCodeMax + 1, .count = 2}));
  EXPECT_FALSE(codes.restore_batch({.uses = 1, .count = 0}));
  EXPECT_FALSE(codes.restore_batch({.uses = 1, .count = kCodesPerBatchMax + 1}));
  ASSERT_TRUE(codes.restore_batch({.uses = kUsesPerCodeMax, .count = 2}));
  EXPECT_FALSE(codes.restore_code(0, {1, 1}, 1));
  EXPECT_FALSE(codes.restore_code(1, {}, 1));
  EXPECT_FALSE(codes.restore_code(1, {1, 1}, kUsesPerCodeMax + 1));
  EXPECT_TRUE(codes.restore_code(1, {1, 1}, kUsesPerCodeMax));
  EXPECT_FALSE(codes.restore_code(1, {1, 1}, 0)) << "twice";
  EXPECT_TRUE(codes.restore_code(1, {1, 2}, 0));
  EXPECT_FALSE(codes.restore_code(1, {9, 9}, 0)) << "one more than the batch has";
  for (std::size_t n = 2; n <= kCodeBatchesMax; ++n)
    EXPECT_TRUE(codes.restore_batch({.uses = 1, .count = 1}));
  EXPECT_FALSE(codes.restore_batch({.uses = 1, .count = 1}));
}

}  // namespace
}  // namespace frontrow
