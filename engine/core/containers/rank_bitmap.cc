#include "engine/core/containers/rank_bitmap.h"

#include <bit>

#include "engine/base/check.h"

namespace frontrow {

std::uint32_t RankBitmap::push_back() {
  const std::uint32_t number = size_++;
  if (number % kBlockBits == 0) {
    words_.resize(words_.size() + kWordsPerBlock);
    // A new node covers the blocks before it back to its low bit; the nodes below hold their
    // counts.
    const auto node = static_cast<std::uint32_t>(tree_.size()) + 1;
    std::uint32_t sum = 0;
    for (std::uint32_t step = 1; step < (node & -node); step <<= 1) sum += tree_[node - step - 1];
    tree_.push_back(sum);
  }
  words_[number / 64] |= std::uint64_t{1} << (number % 64);
  // Only the last block grows, and no later node exists yet.
  ++tree_.back();
  ++count_;
  return number;
}

bool RankBitmap::contains(std::uint32_t number) const {
  return number < size_ && (words_[number / 64] >> (number % 64) & 1) != 0;
}

void RankBitmap::erase(std::uint32_t number) {
  FR_CHECK(contains(number));
  words_[number / 64] &= ~(std::uint64_t{1} << (number % 64));
  count(number, -1);
}

void RankBitmap::insert(std::uint32_t number) {
  FR_CHECK(number < size_ && !contains(number));
  words_[number / 64] |= std::uint64_t{1} << (number % 64);
  count(number, 1);
}

void RankBitmap::permute(std::span<const std::uint32_t> from) {
  FR_CHECK(from.size() <= size_);
  const RankBitmap before = *this;
  for (std::uint32_t number = 0; number < from.size(); ++number) {
    const bool is_member = before.contains(from[number]);
    if (is_member == contains(number)) continue;
    is_member ? insert(number) : erase(number);
  }
}

void RankBitmap::count(std::uint32_t number, std::int32_t difference) {
  count_ += static_cast<std::uint32_t>(difference);
  const auto nodes = static_cast<std::uint32_t>(tree_.size());
  for (std::uint32_t node = number / kBlockBits + 1; node <= nodes; node += node & -node)
    tree_[node - 1] += static_cast<std::uint32_t>(difference);
}

std::uint32_t RankBitmap::rank(std::uint32_t number) const {
  FR_CHECK(number <= size_);
  const std::uint32_t block = number / kBlockBits;
  std::uint32_t rank = 0;
  for (std::uint32_t node = block; node > 0; node &= node - 1) rank += tree_[node - 1];
  const std::uint32_t word = number / 64;
  for (std::uint32_t w = block * kWordsPerBlock; w < word; ++w) {
    rank += static_cast<std::uint32_t>(std::popcount(words_[w]));
  }
  if (number % 64 != 0) {
    const std::uint64_t below = (std::uint64_t{1} << (number % 64)) - 1;
    rank += static_cast<std::uint32_t>(std::popcount(words_[word] & below));
  }
  return rank;
}

std::uint32_t RankBitmap::next(std::uint32_t from) const {
  if (from >= size_) return size_;
  std::uint32_t word = from / 64;
  std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (from % 64));
  while (bits == 0) {
    if (++word * 64 >= size_) return size_;
    bits = words_[word];
  }
  return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
}

}  // namespace frontrow
