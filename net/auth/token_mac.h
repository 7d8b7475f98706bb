// HMAC-SHA-256 (RFC 2104) with the key's two pads hashed once, when the key is set.
//
// A MAC then starts from copies of the two mid-states: no allocation, no algorithm lookup, no
// shared state. OpenSSL 3 marks SHA256_* as deprecated in favour of EVP, which allocates a copy of
// its context for each hash; the compression function behind both is the same. A keyed object never
// changes: any thread may use it at any time.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace frontrow {

using Mac = std::array<std::uint8_t, 32>;

class HmacSha256 {
 public:
  explicit HmacSha256(std::span<const std::uint8_t> key);
  HmacSha256(const HmacSha256&) = default;
  HmacSha256& operator=(const HmacSha256&) = default;
  // Wipes the mid-states, which suffice to sign.
  ~HmacSha256();

  Mac operator()(std::string_view text) const;

 private:
  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

}  // namespace frontrow
