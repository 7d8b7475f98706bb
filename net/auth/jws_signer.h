// Signatures for any verifier: passes and tickets as JWS compact tokens (RFC 7515), and the
// public keys as a JWK Set (RFC 7517).
//
// The keys are Ed25519 (EdDSA, RFC 8037) or P-256 (ES256, RFC 7518), one or two in a PEM text
// (PKCS #8): the first signs, both are published, so that texts of the previous key stay valid
// after a renewal. The id of a key is its thumbprint (RFC 7638), which no two keys share.
//
// Immutable; any thread may sign. A signature takes some 30 us (bench/auth_bench.cc).
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "net/auth/jwk_set.h"

namespace frontrow {

inline constexpr std::size_t kSigningKeysMax = 2;

// The type of a token (RFC 8725, 3.11), so that a ticket is never taken for a pass.
enum class JwsType : std::uint8_t { kPass, kTicket };
std::string_view name_of(JwsType type);  // "pass+jwt", "ticket+jwt"

class JwsSigner {
 public:
  // The error names the fault: no key, too many, a key of another kind.
  static Result<JwsSigner> from_pem(std::string_view pem);

  // `claims`: a JSON object.
  std::string sign(JwsType type, std::string_view claims) const;

  const std::string& jwk_set() const { return jwk_set_; }
  // The first signs.
  std::vector<std::string> key_ids() const;

 private:
  struct Key {
    std::shared_ptr<EVP_PKEY> key;
    JwsAlgorithm algorithm = JwsAlgorithm::kEdDsa;
    std::string id;
    std::string headers[2];  // by JwsType: base64url, with the dot that follows it
  };
  JwsSigner(std::vector<Key> keys, std::string jwk_set)
      : keys_(std::move(keys)), jwk_set_(std::move(jwk_set)) {}

  static Result<Key> describe(std::shared_ptr<EVP_PKEY> key, std::string& jwk);

  std::vector<Key> keys_;
  std::string jwk_set_;
};

// A new private key as PEM. REQUIRES: kEdDsa or kEs256.
Result<std::string> new_signing_key(JwsAlgorithm algorithm);

}  // namespace frontrow
