// A set of numbers 0..n-1 that only grows at its end, with exact ranks.
//
// One bit a number, in blocks of 512; a Fenwick tree (Fenwick, "A new data structure for cumulative
// frequency tables", 1994) over the block counts gives the rank in O(log(n / 512)) plus eight
// popcounts. At ten million numbers that is 1.25 MB of bits and 78 KB of tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace frontrow {

class RankBitmap {
 public:
  // Appends the next number as a member of the set and returns it.
  std::uint32_t push_back();
  bool contains(std::uint32_t number) const;
  // Removes a number, which must be in the set.
  void erase(std::uint32_t number);
  // Puts back a number below size() that is not in the set.
  void insert(std::uint32_t number);
  // Puts the first numbers in another order: i is in the set afterwards if from[i] was before.
  // REQUIRES: `from` is a permutation of its indexes, and no longer than size().
  void permute(std::span<const std::uint32_t> from);
  // The count of smaller numbers in the set.
  std::uint32_t rank(std::uint32_t number) const;
  // The smallest number of the set that is >= `from`, or size() when there is none.
  std::uint32_t next(std::uint32_t from) const;
  // A bit for each number, 64 in a word, the lowest first; bits of numbers beyond are not set.
  std::span<const std::uint64_t> words() const { return words_; }
  std::uint32_t count() const { return count_; }
  std::uint32_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kWordsPerBlock = 8;
  static constexpr std::uint32_t kBlockBits = kWordsPerBlock * 64;

  void count(std::uint32_t number, std::int32_t difference);

  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> tree_;  // Fenwick, tree_[i] covers blocks (i - lowbit(i+1) .. i]
  std::uint32_t size_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace frontrow
