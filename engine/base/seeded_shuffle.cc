#include "engine/base/seeded_shuffle.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace frontrow {
namespace {

class SeededWords {
 public:
  explicit SeededWords(const Bytes32& seed) { std::ranges::copy(seed, message_.begin()); }

  std::uint32_t next() {
    if (used_ == digest_.size()) refill();
    std::uint32_t word = 0;
    for (std::size_t end = used_ + 4; used_ < end; ++used_)
      word = word << 8 | std::to_integer<std::uint32_t>(digest_[used_]);
    return word;
  }
  // Each number below `bound` is equally likely. REQUIRES: bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    constexpr std::uint64_t kWords = std::uint64_t{1} << 32;
    const std::uint64_t fair = kWords - kWords % bound;
    std::uint32_t word = next();
    while (word >= fair) word = next();
    return word % bound;
  }

 private:
  void refill() {
    for (std::size_t i = 0; i < 8; ++i)
      message_[message_.size() - 1 - i] = static_cast<std::byte>(counter_ >> (8 * i));
    digest_ = sha256_of(message_);
    ++counter_;
    used_ = 0;
  }

  std::array<std::byte, 40> message_{};  // the seed and the counter
  std::uint64_t counter_ = 0;
  Bytes32 digest_{};
  std::size_t used_ = digest_.size();
};

}  // namespace

std::vector<std::uint32_t> shuffled_numbers(const Bytes32& seed, std::uint32_t count) {
  std::vector<std::uint32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 1U);
  SeededWords words(seed);
  for (std::uint32_t i = count; i > 1; --i) std::swap(numbers[i - 1], numbers[words.below(i)]);
  return numbers;
}

}  // namespace frontrow
