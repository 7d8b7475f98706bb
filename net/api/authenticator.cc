#include "net/api/authenticator.h"

#include <openssl/crypto.h>

#include "engine/base/text.h"
#include "net/api/api_decode.h"

namespace frontrow {
namespace {

constexpr std::string_view kBearer = "Bearer";

// The scheme's name is case-insensitive; one space or more follow it (RFC 9110, 11.1 and 11.4).
std::string_view bearer_of(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space == std::string_view::npos ||
      !equal_ignoring_case(authorization.substr(0, space), kBearer)) {
    return {};
  }
  return authorization.substr(authorization.find_first_not_of(' ', space));
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

Authenticator::Authenticator(const KeyRing& key_ring)
    : key_ring_(key_ring),
      keys_version_(key_ring.version()),
      keys_(key_ring.current()),
      token_cache_(keys_.signer) {}

// Returns the current keys from this thread's copy, which it refreshes after a change; the cache of
// tokens is then cleared.
const ServiceKeys& Authenticator::keys() {
  const std::uint64_t version = key_ring_.version();
  if (version != keys_version_) {
    keys_ = key_ring_.current();
    keys_version_ = version;
    token_cache_.clear();
  }
  return keys_;
}

bool Authenticator::is_operator(std::string_view authorization) {
  return equal_secrets(bearer_of(authorization), keys().admin_key);
}

Authentication Authenticator::authenticate(const RouteMatch& match, std::string_view authorization,
                                           Instant now) {
  const RouteSpec& spec = *match.spec;
  if (spec.auth == Auth::kNone) return {};
  const std::string_view bearer = bearer_of(authorization);
  const ServiceKeys& keys = this->keys();
  if (spec.auth != Auth::kToken && equal_secrets(bearer, keys.admin_key)) return {};
  if (spec.auth == Auth::kAdminKey) return {.fault = AuthFault::kNeedsAdminKey};
  const VerifiedToken token = token_cache_.verify(bearer);
  if (token.check != TokenCheck::kOk) return {.fault = AuthFault::kInvalidToken};
  if (token.claims.expires_s * 1000 <= now.ms) return {.fault = AuthFault::kExpired};
  const bool fits = is_user_route(spec.route) ? user_param(match) == token.claims.user
                                              : concert_param(match) == token.claims.concert;
  if (!fits) return {.fault = AuthFault::kOtherResource};
  return {.fault = AuthFault::kNone,
          .caller = {token.claims.user, token.claims.number, token.claims.epoch},
          .concert = token.claims.concert};
}

}  // namespace frontrow
