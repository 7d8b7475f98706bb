#include "net/api/authenticator.h"

#include <utility>

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

// Reads of a user's own things: a token of the shop is no place in the line.
bool takes_identity(const RouteSpec& spec) {
  return spec.method == Method::kGet &&
         (spec.auth == Auth::kTokenOrIdentity || spec.auth == Auth::kTokenOrKey);
}

// Whether the key may call the route, which may name a concert.
Authentication check_key(const ServiceKey& key, const RouteMatch& match) {
  if (!key.scopes.has_any_of(match.spec->scopes)) return {.fault = AuthFault::kOutOfScope};
  const bool fits = !key.is_limited() || match.spec->route == Route::kReadKey ||
                    (names_concert(*match.spec) && key.is_for(concert_param(match)));
  if (!fits) return {.fault = AuthFault::kOtherConcert};
  return {.caller = {.actor = Actor(key.id)}};
}

}  // namespace

Authenticator::Authenticator(const KeyRing& key_ring, bool metrics_need_key,
                             std::function<void()> on_unknown_key)
    : key_ring_(key_ring),
      on_unknown_key_(std::move(on_unknown_key)),
      metrics_need_key_(metrics_need_key),
      keys_version_(key_ring.version()),
      keys_(key_ring.current()),
      token_cache_(keys_.signer) {}

bool Authenticator::needs_none(Auth auth) {
  return auth == Auth::kNone || (auth == Auth::kKeyIfAsked && !metrics_need_key_) ||
         (auth == Auth::kIdentity && !has_identities());
}

// REQUIRES: identities are configured.
Authentication Authenticator::identify(std::string_view bearer, Instant now) {
  const IdentitySettings& settings = *keys().identity;
  const Identity identity = verify_identity(settings.keys, settings.rules, bearer, now);
  if (identity.fault == IdentityFault::kUnknownKey && on_unknown_key_) on_unknown_key_();
  if (identity.fault != IdentityFault::kNone)
    return {.fault = AuthFault::kIdentity, .identity_fault = identity.fault};
  return {.caller = {identity.user, {}, 0, {}}};
}

// Returns the current keys from this thread's copy, which it refreshes after a change; the cache of
// tokens is then cleared.
const LiveKeys& Authenticator::keys() {
  const std::uint64_t version = key_ring_.version();
  if (version != keys_version_) {
    keys_ = key_ring_.current();
    keys_version_ = version;
    token_cache_.clear();
  }
  return keys_;
}

const ServiceKey* Authenticator::find_operator(std::string_view authorization) {
  return find_key(keys().service_keys, bearer_of(authorization));
}

Authentication Authenticator::authenticate(const RouteMatch& match, std::string_view authorization,
                                           Instant now) {
  const RouteSpec& spec = *match.spec;
  if (needs_none(spec.auth)) return {};
  const std::string_view bearer = bearer_of(authorization);
  const LiveKeys& keys = this->keys();
  if (spec.auth == Auth::kIdentity) return identify(bearer, now);
  const bool takes_token = spec.auth == Auth::kToken || spec.auth == Auth::kTokenOrIdentity ||
                           spec.auth == Auth::kTokenOrKey;
  const bool takes_key = spec.auth != Auth::kToken && spec.auth != Auth::kTokenOrIdentity;
  const VerifiedToken token = takes_token ? token_cache_.verify(bearer) : VerifiedToken{};
  if (token.check != TokenCheck::kOk && takes_key) {
    const ServiceKey* key = find_key(keys.service_keys, bearer);
    if (key != nullptr) return check_key(*key, match);
    if (!takes_token) return {.fault = AuthFault::kNeedsKey};
  }
  if (token.check != TokenCheck::kOk && keys.identity != nullptr && takes_identity(spec)) {
    const Authentication found = identify(bearer, now);
    const bool is_own = !is_user_route(spec.route) || user_param(match) == found.caller.user;
    if (found.fault == AuthFault::kNone && !is_own) return {.fault = AuthFault::kOtherResource};
    if (found.fault == AuthFault::kNone) return found;
  }
  if (token.check != TokenCheck::kOk) return {.fault = AuthFault::kInvalidToken};
  if (token.claims.expires_s * 1000 <= now.ms) return {.fault = AuthFault::kExpired};
  const bool fits = is_user_route(spec.route) ? user_param(match) == token.claims.user
                                              : concert_param(match) == token.claims.concert;
  if (!fits) return {.fault = AuthFault::kOtherResource};
  return {.fault = AuthFault::kNone,
          .caller = {token.claims.user, token.claims.number, token.claims.epoch, {}},
          .concert = token.claims.concert};
}

}  // namespace frontrow
