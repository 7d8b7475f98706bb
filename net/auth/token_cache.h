// Remembers tokens that verified, so that a fan who polls is not checked by two rounds of SHA-256
// each time: what verify() said of a text is said again of the same text.
//
// A token is looked for by a hash of the last 16 characters of its signature, keyed by a secret of
// the process, in one set of eight places; there the whole text is compared before its claims are
// taken. Only the claims are remembered: whether they have expired, or were revoked (epoch), is for
// the caller and the slot to compare each time, as after TokenSigner::verify().
//
// What an attacker can do with it:
// - Get a forgery accepted: no. Nothing enters but what the signer has verified, through the one
//   function below, and a text is accepted only if it is equal, byte for byte, to one that has
//   entered. The hash decides where to look and never what to believe.
// - Guess a token by the time that an answer takes: no. A text that differs from a cached one is
//   compared with it only if 63 bits of their keyed hashes agree - 96 bits of a signature would
//   have to be guessed at once - and then in constant time. Time tells whether a text is cached,
//   but only to somebody who shows its signature and so owns the token already.
// - Push others out: not with forgeries, which never enter. Somebody with many tokens of their own
//   can, as any crowd does; who is pushed out is verified again, at the price of before. As
//   signatures are as good as random and the hash is keyed, they can't choose whom.
//
// Memory is bounded, taken at the first token that enters, and used page by page as tokens come.
// A token longer than a place is verified each time; real ones are about 280 bytes.
//
// A remembered token outlives the key that signed it: clear() must follow when the signer is
// assigned other keys (net/api/api.cc, keys()).
// Threads: one, its owner's. Left out: sharing between threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "net/auth/token.h"

namespace frontrow {

inline constexpr std::size_t kTokenCacheBytes = std::size_t{4} * 1024 * 1024;

// Of the tokens that find their set full, one in so many takes the place of another.
inline constexpr std::uint64_t kNewcomersPerPlace = 16;

class TokenCache {
 public:
  // The signer must outlive the cache. bytes: bound on its memory; at least one set is kept.
  explicit TokenCache(const TokenSigner& signer, std::size_t bytes = kTokenCacheBytes);

  // As TokenSigner::verify().
  VerifiedToken verify(std::string_view token);

  // Forgets all tokens and gives the memory back.
  void clear();

  // How many tokens it can hold, and how many calls of verify() it has answered by itself.
  std::size_t capacity() const { return set_count_ * kWays; }
  std::uint64_t hits() const { return hits_; }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kPlaceBytes = 384;  // six cache lines
  static constexpr std::size_t kTextMax = kPlaceBytes - sizeof(TokenClaims) - sizeof(std::uint16_t);

  // One cache line, apart from the places, so that a miss reads no more. A tag is a hash; 0: none.
  struct alignas(64) Set {
    std::array<std::uint64_t, kWays> tags{};
  };
  struct alignas(64) Place {
    // TokenClaims as bytes: nothing is to be written into a place before a token is.
    std::array<std::byte, sizeof(TokenClaims)> claims;
    std::uint16_t size;
    std::array<char, kTextMax> text;
  };
  static_assert(sizeof(Set) == 64 && sizeof(Place) == kPlaceBytes);
  static_assert(std::is_trivially_default_constructible_v<Place>);
  static_assert(std::is_trivially_copyable_v<TokenClaims>);

  void put(std::uint64_t tag, std::string_view token, const TokenClaims& claims);
  std::size_t set_of(std::uint64_t tag) const;

  const TokenSigner& signer_;
  const std::size_t set_count_;
  std::uint64_t hits_ = 0;
  std::uint64_t crowded_out_ = 0;    // newcomers that found their set full
  std::unique_ptr<Set[]> sets_;      // null while there is nothing
  std::unique_ptr<Place[]> places_;  // kWays of each set
};

}  // namespace frontrow
