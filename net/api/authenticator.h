// Authentication of requests: operators by service keys, of which the admin key is one, fans by
// their queue tokens and by tokens of the shop, by the rule of the route. One for each thread, with
// the thread's copy of the keys and its cache of tokens.
//
// Secrets are compared in constant time.
#pragma once

#include <functional>
#include <string_view>

#include "engine/core/protocol/command.h"
#include "net/api/api_routes.h"
#include "net/auth/key_ring.h"
#include "net/auth/token_cache.h"

namespace frontrow {

enum class AuthFault : std::uint8_t {
  kNone,
  kNeedsKey,
  kOutOfScope,    // the key has none of the scopes of the route
  kOtherConcert,  // the key is limited to other concerts
  kInvalidToken,  // missing, malformed or forged
  kExpired,
  kOtherResource,  // a good token, of another concert or user than the path names
  kIdentity,       // the shop's token is not accepted: see identity_fault
};

struct Authentication {
  AuthFault fault = AuthFault::kNone;
  Caller caller;      // of an operator only the actor; none for routes without authentication
  ConcertId concert;  // of the token; none without one
  IdentityFault identity_fault = IdentityFault::kNone;
};

class Authenticator {
 public:
  // key_ring must outlive it. `on_unknown_key`, which may be empty, is called when a token of the
  // shop names a key that is not known.
  Authenticator(const KeyRing& key_ring, bool metrics_need_key,
                std::function<void()> on_unknown_key);

  // Whether the Authorization header has a service key.
  bool is_operator(std::string_view authorization) {
    return find_operator(authorization) != nullptr;
  }
  // The key; nullptr if it has none. Valid until the next call.
  const ServiceKey* find_operator(std::string_view authorization);
  // `now`: to compare with the expiry of a token.
  Authentication authenticate(const RouteMatch& match, std::string_view authorization, Instant now);
  // Whether joins need the shop's token.
  bool has_identities() { return keys().identity != nullptr; }
  // Valid until the next call, as all below.
  const TokenSigner& signer() { return keys().signer; }
  const std::optional<ChallengeSettings>& challenge() { return keys().challenge; }
  const ChallengeMaker& challenges() { return keys().challenges; }
  const PassSettings& passes() { return *keys().passes; }

 private:
  const LiveKeys& keys();
  bool needs_none(Auth auth);
  Authentication identify(std::string_view bearer, Instant now);

  const KeyRing& key_ring_;
  const std::function<void()> on_unknown_key_;
  const bool metrics_need_key_;
  std::uint64_t keys_version_;
  LiveKeys keys_;  // of this thread; through keys() only
  TokenCache token_cache_;
};

}  // namespace frontrow
