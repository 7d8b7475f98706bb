// The cache of verified tokens agrees with the signer, and caches only results of the signer.
#include "net/auth/token_cache.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

const TokenKey kCacheKey1{"k1", "0123456789abcdef0123456789abcdef"};
const TokenKey kCacheKey2{"k2", "another secret that is long enough, 40 B"};

TokenSigner cache_signer_of(const std::vector<TokenKey>& keys) {
  return *TokenSigner::create(keys);
}

std::string sign_cached(const TokenSigner& signer, const TokenClaims& claims) {
  TokenBuffer buffer;
  return std::string(signer.sign(claims, buffer));
}

TokenClaims random_claims(Prng& prng) {
  TokenClaims claims;
  for (std::uint8_t& byte : claims.user.bytes) byte = static_cast<std::uint8_t>(prng.below(256));
  claims.concert = ConcertId{static_cast<std::uint32_t>(1 + prng.below(kConcertIdMax))};
  claims.number = TicketNumber{static_cast<std::uint32_t>(1 + prng.below(100'000'000))};
  claims.issued_s = static_cast<std::int64_t>(prng.below(4'000'000'000));
  claims.expires_s = claims.issued_s + static_cast<std::int64_t>(prng.below(1'000'000));
  claims.epoch = static_cast<std::uint32_t>(prng.below(1'000));
  return claims;
}

std::vector<std::string> random_tokens(const TokenSigner& signer, std::size_t count) {
  Prng prng(20261224);
  std::vector<std::string> tokens(count);
  for (std::string& token : tokens) token = sign_cached(signer, random_claims(prng));
  return tokens;
}

void expect_equal(const VerifiedToken& a, const VerifiedToken& b) {
  EXPECT_EQ(a.check, b.check);
  EXPECT_EQ(a.claims, b.claims);
}

TEST(TokenCache, hit_gives_the_claims_that_verify_gives) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  TokenCache cache(signer);
  Prng prng(1);
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    if (i % 100 == 0) cache.clear();  // few enough that no set is ever full
    const TokenClaims claims = random_claims(prng);
    const std::string token = sign_cached(signer, claims);
    expect_equal(cache.verify(token), signer.verify(token));
    ASSERT_EQ(cache.hits(), i);
    const std::string around = "<" + token + ">";  // found by its text, not by its address
    expect_equal(cache.verify(std::string_view(around).substr(1, token.size())),
                 {TokenCheck::kOk, claims});
    ASSERT_EQ(cache.hits(), i + 1);
  }
}

TEST(TokenCache, text_that_differs_from_a_cached_token_in_one_byte_is_never_accepted) {
  const TokenSigner signer = cache_signer_of({kCacheKey1, kCacheKey2});
  TokenCache cache(signer);
  for (const std::string& token : random_tokens(signer, 3)) {
    ASSERT_EQ(cache.verify(token).check, TokenCheck::kOk);
    const std::uint64_t hits = cache.hits();
    for (std::size_t at = 0; at < token.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = token;
        other[at] = static_cast<char>(byte);
        if (other == token) continue;
        ASSERT_NE(cache.verify(other).check, TokenCheck::kOk) << at << " " << byte;
      }
    }
    for (std::size_t size = 0; size < token.size(); ++size) {
      ASSERT_NE(cache.verify(token.substr(0, size)).check, TokenCheck::kOk) << size;
    }
    EXPECT_NE(cache.verify(token + "A").check, TokenCheck::kOk);
    EXPECT_NE(cache.verify(token + std::string(1, '\0')).check, TokenCheck::kOk);
    EXPECT_EQ(cache.hits(), hits);
    expect_equal(cache.verify(token), signer.verify(token));
    EXPECT_EQ(cache.hits(), hits + 1);
  }
}

TEST(TokenCache, forgery_never_enters) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  const TokenSigner stranger = cache_signer_of({{kCacheKey1.id, kCacheKey2.secret}});
  TokenCache cache(signer);
  const std::vector<std::string> forged = random_tokens(stranger, 200);
  for (int round = 0; round < 3; ++round) {
    for (const std::string& token : forged) {
      ASSERT_EQ(cache.verify(token).check, TokenCheck::kBadSignature);
    }
    for (const std::string_view text : {"", "x", "a.b.c"}) {
      ASSERT_EQ(cache.verify(text).check, signer.verify(text).check);
    }
  }
  EXPECT_EQ(cache.hits(), 0U);
}

TEST(TokenCache, forgeries_push_nobody_out) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  const TokenSigner stranger = cache_signer_of({{kCacheKey1.id, kCacheKey2.secret}});
  TokenCache cache(signer, 1);  // one set, shared by all
  const std::vector<std::string> tokens = random_tokens(signer, cache.capacity());
  for (const std::string& token : tokens) cache.verify(token);
  for (const std::string& token : random_tokens(stranger, 200)) cache.verify(token);
  ASSERT_EQ(cache.hits(), 0U);
  for (const std::string& token : tokens) cache.verify(token);
  EXPECT_EQ(cache.hits(), tokens.size());
}

TEST(TokenCache, newcomer_to_a_full_set_takes_the_place_of_one_other) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  TokenCache cache(signer, 1);
  const std::size_t places = cache.capacity();
  const std::vector<std::string> tokens = random_tokens(signer, places + 1);
  const auto found = [&](const std::string& token) {
    const std::uint64_t before = cache.hits();
    expect_equal(cache.verify(token), signer.verify(token));
    return cache.hits() != before;
  };
  for (std::size_t i = 0; i < places; ++i) EXPECT_FALSE(found(tokens[i])) << i;
  for (std::size_t i = 0; i < places; ++i) EXPECT_TRUE(found(tokens[i])) << i;
  // The last of the newcomer's tries is cached and evicts another token, which becomes the next
  // newcomer.
  std::size_t newcomer = places;
  std::set<std::size_t> left;
  for (std::uint64_t round = 0; round < 100; ++round) {
    SCOPED_TRACE(round);
    std::uint64_t tries = round == 0 ? 0 : 1;  // the try below, which found the evicted one, counts
    for (; tries < kNewcomersPerPlace; ++tries) ASSERT_FALSE(found(tokens[newcomer])) << tries;
    ASSERT_TRUE(found(tokens[newcomer]));
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i <= places; ++i) {
      if (!found(tokens[i])) out.push_back(i);
    }
    ASSERT_EQ(out.size(), 1U);
    ASSERT_NE(out.front(), newcomer);
    newcomer = out.front();
    left.insert(newcomer);
  }
  EXPECT_EQ(left.size(), places + 1);  // no token stays for ever
}

TEST(TokenCache, crowd_half_as_large_as_the_cache_is_found) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  TokenCache cache(signer);
  const std::vector<std::string> tokens = random_tokens(signer, cache.capacity() / 2);
  for (const std::string& token : tokens) cache.verify(token);
  const std::uint64_t before = cache.hits();
  for (const std::string& token : tokens) ASSERT_EQ(cache.verify(token).check, TokenCheck::kOk);
  // Except for the few in an overfull set.
  EXPECT_GT(cache.hits() - before, tokens.size() * 95 / 100);
}

TEST(TokenCache, crowd_that_does_not_fit_is_answered_rightly) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  TokenCache cache(signer, 256 * 1024);
  ASSERT_GT(cache.capacity(), 100U);
  Prng prng(3);
  std::vector<std::string> tokens;
  std::vector<TokenClaims> claims;
  for (std::size_t i = 0; i < cache.capacity() * 2; ++i) {
    claims.push_back(random_claims(prng));
    tokens.push_back(sign_cached(signer, claims.back()));
  }
  constexpr std::uint64_t kRounds = 50'000;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const std::size_t who = prng.below(tokens.size());
    const VerifiedToken verified = cache.verify(tokens[who]);
    ASSERT_EQ(verified.check, TokenCheck::kOk);
    ASSERT_EQ(verified.claims, claims[who]);
  }
  // Half of them fit, so about half of the lookups hit: all places are in use, without duplicates.
  EXPECT_GT(cache.hits(), kRounds * 2 / 5);
  EXPECT_LT(cache.hits(), kRounds * 3 / 5);
}

TEST(TokenCache, capacity_fits_its_bytes) {
  const TokenSigner signer = cache_signer_of({kCacheKey1});
  const std::string token = random_tokens(signer, 1).front();
  EXPECT_GT(TokenCache(signer).capacity(), 10'000U);
  // More than the tokens' text, and less than twice as much.
  EXPECT_LT(TokenCache(signer).capacity() * token.size(), kTokenCacheBytes);
  EXPECT_GT(TokenCache(signer).capacity() * token.size() * 2, kTokenCacheBytes);
}

TEST(TokenCache, token_longer_than_a_place_is_verified_each_time) {
  const TokenSigner signer =
      cache_signer_of({{std::string(kTokenKeyIdMax, 'k'), kCacheKey1.secret}});
  TokenCache cache(signer);
  Prng prng(4);
  TokenClaims claims = random_claims(prng);
  claims.concert = ConcertId{0xffff'ffff};
  claims.number = TicketNumber{0xffff'ffff};
  claims.issued_s = claims.expires_s = kTokenSecondsMax;
  claims.epoch = 0xffff'ffff;
  const std::string token = sign_cached(signer, claims);
  for (int i = 0; i < 3; ++i) expect_equal(cache.verify(token), {TokenCheck::kOk, claims});
  EXPECT_EQ(cache.hits(), 0U);
}

TEST(TokenCache, longest_token_of_a_real_sale_has_a_place) {
  const TokenSigner signer =
      cache_signer_of({{std::string(kTokenKeyIdMax, 'k'), kCacheKey1.secret}});
  TokenCache cache(signer);
  Prng prng(5);
  TokenClaims claims = random_claims(prng);
  claims.concert = ConcertId{kConcertIdMax};
  claims.number = TicketNumber{99'999'999};
  claims.issued_s = 4'000'000'000;
  claims.expires_s = 4'001'000'000;
  claims.epoch = 99;
  const std::string token = sign_cached(signer, claims);
  for (int i = 0; i < 2; ++i) expect_equal(cache.verify(token), {TokenCheck::kOk, claims});
  EXPECT_EQ(cache.hits(), 1U);
}

TEST(TokenCache, clear_forgets_tokens_of_a_key_that_was_dropped) {
  TokenSigner signer = cache_signer_of({kCacheKey1});
  TokenCache cache(signer);
  const std::string token = random_tokens(signer, 1).front();
  for (int i = 0; i < 2; ++i) ASSERT_EQ(cache.verify(token).check, TokenCheck::kOk);
  signer = cache_signer_of({kCacheKey2});
  cache.clear();
  EXPECT_EQ(cache.verify(token).check, TokenCheck::kUnknownKey);
  const std::string next = random_tokens(signer, 1).front();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cache.verify(next).check, TokenCheck::kOk);
  EXPECT_EQ(cache.hits(), 2U);
}

}  // namespace
}  // namespace frontrow
