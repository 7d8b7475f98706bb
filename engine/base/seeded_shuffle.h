// The shuffle of a line: a permutation that a seed and a count determine, so that every fan who has
// both can repeat it (docs/API.md has the steps and a program of twenty lines).
//
// Fisher-Yates (Durstenfeld, "Algorithm 235", 1964), from the last place down. Draws are the 32-bit
// words, big endian, of SHA-256(seed, k) for k = 0, 1, ... as 8 bytes big endian. A word that would
// favour small numbers is passed over, so that every order is equally likely. A million takes
// about 0.1 s. Pure, any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/sha256.h"

namespace frontrow {

// Published before the shuffle: it fixes the seed without telling it.
inline Bytes32 commitment_of(const Bytes32& seed) { return sha256_of(seed); }

// The numbers 1 to `count`: the first place's is at index 0.
std::vector<std::uint32_t> shuffled_numbers(const Bytes32& seed, std::uint32_t count);

}  // namespace frontrow
