// Hashing: mix64 (the SplitMix64 finalizer by Vigna, public domain algorithm) for tables and the
// order-free state hash, xxh3 (library) for bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace frontrow {

constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Folds fields into one hash, in order: HashFold(kind).add(a).add(b).value().
class HashFold {
 public:
  constexpr explicit HashFold(std::uint64_t seed) : state_(mix64(seed)) {}
  constexpr HashFold& add(std::uint64_t field) {
    state_ = mix64(state_ ^ field);
    return *this;
  }
  HashFold& add(std::string_view text);
  constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_;
};

// XXH3, 64 and 128 bits, with an optional seed. Stable across processes and machines.
std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed = 0);
std::uint64_t xxh3_64(std::string_view text, std::uint64_t seed = 0);

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  constexpr auto operator<=>(const Hash128&) const = default;
};
Hash128 xxh3_128(std::string_view text);

// Drawn once per process from the system; never written anywhere. Thread-safe.
std::uint64_t process_hash_secret();

}  // namespace frontrow
