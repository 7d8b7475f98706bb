// Seeded pseudo-random numbers (SplitMix64): for tests, simulations and jitter. Not for secrets.
#pragma once

#include <cstdint>

#include "engine/base/hash.h"

namespace frontrow {

class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return mix64(state_);
  }
  // Uniform in [0, bound), bound > 0 (multiply-shift by Lemire; the bias of 2^-64 * bound is
  // negligible).
  constexpr std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  constexpr bool chance(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace frontrow
