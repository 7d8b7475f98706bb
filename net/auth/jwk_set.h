// Public keys of a JWK Set (RFC 7517), by which tokens of another issuer are verified.
//
// Taken are keys of three kinds, each for one algorithm (RFC 7518 and 8037): RSA of 2048 to 8192
// bits for RS256, EC on P-256 for ES256, OKP Ed25519 for EdDSA. The algorithm follows from the kind
// of the key and never from a token, so a token can't choose it (RFC 8725, 2.1). Symmetric keys,
// keys of other kinds and keys that say that they are for another use or algorithm are skipped.
//
// Immutable after parse(); any thread may verify. Copies share the keys.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow {

enum class JwsAlgorithm : std::uint8_t { kRs256, kEs256, kEdDsa };
std::string_view name_of(JwsAlgorithm algorithm);
// nullopt for any other text: "none", "HS256", ...
std::optional<JwsAlgorithm> parse_jws_algorithm(std::string_view name);

inline constexpr std::size_t kJwkSetBytesMax = 64 * 1024;
inline constexpr std::size_t kJwkSetKeysMax = 32;

class PublicKey {
 public:
  PublicKey(std::string key_id, JwsAlgorithm algorithm, std::shared_ptr<EVP_PKEY> key)
      : key_id_(std::move(key_id)), algorithm_(algorithm), key_(std::move(key)) {}

  const std::string& key_id() const { return key_id_; }  // empty: the key has none
  JwsAlgorithm algorithm() const { return algorithm_; }
  // `signature` as a JWS carries it: for ES256 r and s, 32 bytes each.
  bool verifies(std::string_view text, std::span<const std::uint8_t> signature) const;

 private:
  std::string key_id_;
  JwsAlgorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

class JwkSet {
 public:
  // The error names the first fault: no JSON, no keys, none of them usable, too large.
  static Result<JwkSet> parse(std::string_view json);

  // Without a key id: the only key of the algorithm. nullptr: there is none, or there are several.
  const PublicKey* find(JwsAlgorithm algorithm, std::string_view key_id) const;
  std::span<const PublicKey> keys() const { return keys_; }

 private:
  std::vector<PublicKey> keys_;
};

}  // namespace frontrow
