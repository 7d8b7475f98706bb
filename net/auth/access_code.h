// Access codes of presales: 80 random bits as sixteen letters of Crockford's base 32 (digits and
// letters without I, L, O, U), in groups of four: "7ZK2-M0QD-9XWE-4TBH".
//
// The engine knows a code by the first 16 bytes of the SHA-256 of its sixteen letters. A reader
// of the log has to try 2^80 codes for one, or 2^60 for any of a million.
//
// Pure functions but for the system's random numbers; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"

namespace frontrow {

using AccessCode = std::array<std::uint8_t, 10>;

// The most characters of a code in a request; the form above has 19.
inline constexpr std::size_t kAccessCodeTextMax = 64;

// Draws as many codes as there are hashes, and sets these, in ascending order. The codes have an
// order of their own.
std::vector<AccessCode> draw_access_codes(std::span<Hash128> hashes);

// In the form above.
void append_access_code(std::string& out, const AccessCode& code);

// Takes small letters, hyphens and spaces anywhere, O for 0, and I and L for 1. A text that is no
// code has the hash of none.
Hash128 hash_of_access_code(std::string_view text);

}  // namespace frontrow
