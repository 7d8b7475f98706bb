#include "net/auth/token_cache.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::size_t kTaggedBytes = 16;

// Hashes the end of the text, where the signature is: in a verified token it is as good as random.
std::uint64_t tag_of(std::string_view token) {
  std::uint64_t words[2];
  static_assert(sizeof words == kTaggedBytes);
  std::memcpy(words, token.data() + token.size() - kTaggedBytes, kTaggedBytes);
  return mix64(words[0] ^ mix64(words[1] ^ process_hash_secret())) | 1;
}

// Compares in constant time. OpenSSL compares blocks of 16 bytes by words and other sizes byte by
// byte, which takes six times as long; so by blocks, of which the last overlaps the one before.
bool equal_texts(std::string_view a, std::string_view b) {
  constexpr std::size_t kBlock = 16;
  if (a.size() != b.size() || a.size() < kBlock) return false;
  int differs = 0;
  for (std::size_t at = 0; at + kBlock < a.size(); at += kBlock) {
    differs |= CRYPTO_memcmp(a.data() + at, b.data() + at, kBlock);
  }
  const std::size_t last = a.size() - kBlock;
  differs |= CRYPTO_memcmp(a.data() + last, b.data() + last, kBlock);
  return differs == 0;
}

}  // namespace

TokenCache::TokenCache(const TokenSigner& signer, std::size_t bytes)
    : signer_(signer),
      set_count_(std::max<std::size_t>(bytes / (sizeof(Set) + kWays * sizeof(Place)), 1)) {}

// The upper half of the hash, scaled to the number of sets.
std::size_t TokenCache::set_of(std::uint64_t tag) const { return (tag >> 32) * set_count_ >> 32; }

VerifiedToken TokenCache::verify(std::string_view token) {
  if (token.size() > kTextMax || token.size() < kTaggedBytes) return signer_.verify(token);
  const std::uint64_t tag = tag_of(token);
  if (sets_ != nullptr) {
    const std::size_t set = set_of(tag);
    for (std::size_t way = 0; way < kWays; ++way) {
      if (sets_[set].tags[way] != tag) continue;
      const Place& place = places_[set * kWays + way];
      if (!equal_texts({place.text.data(), place.size}, token)) continue;
      ++hits_;
      VerifiedToken verified{.check = TokenCheck::kOk, .claims = {}};
      std::memcpy(&verified.claims, place.claims.data(), sizeof verified.claims);
      return verified;
    }
  }
  const VerifiedToken verified = signer_.verify(token);
  if (verified.check == TokenCheck::kOk) put(tag, token, verified.claims);
  return verified;
}

// Writes to a free place of the set. In a full set only one newcomer in kNewcomersPerPlace replaces
// a cached token: a crowd larger than the cache would otherwise evict its own tokens before their
// next use, while now the cached tokens stay long enough to be found.
void TokenCache::put(std::uint64_t tag, std::string_view token, const TokenClaims& claims) {
  if (sets_ == nullptr) {
    sets_ = std::make_unique<Set[]>(set_count_);
    places_ = std::make_unique_for_overwrite<Place[]>(set_count_ * kWays);
  }
  const std::size_t set = set_of(tag);
  auto& tags = sets_[set].tags;
  auto way = static_cast<std::size_t>(std::find(tags.begin(), tags.end(), 0) - tags.begin());
  if (way == kWays) {
    if (++crowded_out_ % kNewcomersPerPlace != 0) return;
    way = crowded_out_ / kNewcomersPerPlace % kWays;
  }
  tags[way] = tag;
  Place& place = places_[set * kWays + way];
  std::memcpy(place.claims.data(), &claims, sizeof claims);
  place.size = static_cast<std::uint16_t>(token.size());
  std::copy(token.begin(), token.end(), place.text.begin());
}

void TokenCache::clear() {
  sets_.reset();
  places_.reset();
}

}  // namespace frontrow
