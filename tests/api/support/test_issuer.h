#pragma once

// A shop that signs tokens for its fans: an Ed25519 key, its JWK Set, and tokens of any claims.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace frontrow::api {

class TestIssuer {
 public:
  explicit TestIssuer(std::string key_id);

  // {"keys":[...]}
  std::string jwks() const;
  // Signs the claims, a JSON object.
  std::string sign(std::string_view claims) const;
  // For the issuer https://shop.example and the audience frontrow, good for `seconds`.
  std::string token_of(std::string_view subject, std::int64_t seconds = 600) const;

 private:
  std::string key_id_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace frontrow::api
