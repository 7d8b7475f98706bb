// Identities of fans: JWTs (RFC 7519) that the shop signs, verified against its public keys.
//
// Rules, beside those of RFC 8725: a token is a JWS compact token of RS256, ES256 or EdDSA; the key
// comes from the configured set and fits the algorithm; keys, URLs and certificates in the token's
// header are ignored; critical extensions are refused; issuer, audience and expiry are required.
//
// The user is the claim `user_claim`: a UUID as it is, any other text as the UUIDv5 (RFC 9562, 5.5)
// of the text in the namespace UUIDv5(URL namespace, issuer).
//
// Pure, any thread. A verification takes 16 us (RS256) to 64 us (EdDSA; bench/auth_bench.cc), so it
// is done once for a join.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "net/auth/jwk_set.h"

namespace frontrow {

struct IdentityRules {
  std::string issuer;
  std::string audience;
  std::string user_claim = "sub";
  std::int64_t leeway_s = 60;  // for the clocks of issuer and server
};

enum class IdentityFault : std::uint8_t {
  kNone,
  kMissing,
  kMalformed,  // no JWS compact token, or longer than kIdentityBytesMax
  kAlgorithm,  // none of the three
  kCritical,   // a critical header extension
  kUnknownKey,
  kSignature,
  kIssuer,
  kAudience,
  kExpired,  // or without an expiry
  kNotYetValid,
  kSubject,  // the claim of the user is missing, empty or no text
};
// The word for clients: "expired", "unknown-key".
std::string_view name_of(IdentityFault fault);

struct Identity {
  IdentityFault fault = IdentityFault::kMalformed;
  UserId user;  // set only if fault is kNone
};

inline constexpr std::size_t kIdentityBytesMax = 6 * 1024;

Identity verify_identity(const JwkSet& keys, const IdentityRules& rules, std::string_view token,
                         Instant now);

// The user that stands for a subject that is no UUID.
UserId user_of_subject(std::string_view issuer, std::string_view subject);

}  // namespace frontrow
