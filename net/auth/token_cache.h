// Caches verified tokens, so that the token of a polling fan does not cost two rounds of SHA-256
// each time: an equal text gets the result of its first verification.
//
// A token is looked up by a hash of the last 16 characters of its signature, keyed by a secret of
// the process, in one set of eight places; the whole text is compared before its claims are
// returned. The cache holds only claims: the caller and the slot check expiry and revocation
// (epoch) each time, as after TokenSigner::verify().
//
// Attacks:
// - Acceptance of a forgery: impossible. Only texts that the signer has verified enter, through one
//   function, and a text is accepted only if it equals an entered one byte for byte. The hash
//   selects a place and proves no token.
// - Guessing a token by response times: infeasible. A text is compared with a different cached one
//   only if 63 bits of their keyed hashes agree - 96 bits of a signature would have to be guessed
//   at once - and then in constant time. Time reveals whether a text is cached, but only to a
//   client that sends its signature and so owns the token already.
// - Eviction of other tokens: not by forgeries, which never enter. A client with many tokens of its
//   own can evict others, as any crowd does; an evicted token is verified again, at the usual cost.
//   As signatures are as good as random and the hash is keyed, the client can't choose its victims.
//
// Memory is bounded, allocated when the first token enters, and used page by page as tokens come. A
// token longer than a place is verified each time; real tokens have about 280 bytes.
//
// A cached token outlives the key that signed it: clear() must follow when the signer is assigned
// other keys (net/api/authenticator.h). Threads: one, its owner's. Left out: sharing between
// threads.
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

// Of the tokens that find their set full, one in this many replaces a cached token.
inline constexpr std::uint64_t kNewcomersPerPlace = 16;

class TokenCache {
 public:
  // The signer must outlive the cache. bytes: bound on its memory; at least one set is kept.
  explicit TokenCache(const TokenSigner& signer, std::size_t bytes = kTokenCacheBytes);

  // Like TokenSigner::verify().
  VerifiedToken verify(std::string_view token);

  // Evicts all tokens and frees the memory.
  void clear();

  // The number of tokens that fit, and the number of verify() calls that the cache answered.
  std::size_t capacity() const { return set_count_ * kWays; }
  std::uint64_t hits() const { return hits_; }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kPlaceBytes = 384;  // six cache lines
  static constexpr std::size_t kTextMax = kPlaceBytes - sizeof(TokenClaims) - sizeof(std::uint16_t);

  // One cache line, apart from the places, so that a miss reads no more. A tag is a hash; 0: no
  // token.
  struct alignas(64) Set {
    std::array<std::uint64_t, kWays> tags{};
  };
  struct alignas(64) Place {
    // TokenClaims as bytes, so that a place is not written before a token enters.
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
  std::unique_ptr<Set[]> sets_;      // null while the cache is empty
  std::unique_ptr<Place[]> places_;  // kWays of each set
};

}  // namespace frontrow
