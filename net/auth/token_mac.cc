#define OPENSSL_SUPPRESS_DEPRECATED  // see the header for why

#include "net/auth/token_mac.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace frontrow {
namespace {

using Block = std::array<std::uint8_t, SHA256_CBLOCK>;

void start_with_pad(SHA256_CTX& context, const Block& key, std::uint8_t pad) {
  Block block;
  for (std::size_t i = 0; i < key.size(); ++i) block[i] = key[i] ^ pad;
  SHA256_Init(&context);
  SHA256_Update(&context, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

}  // namespace

HmacSha256::HmacSha256(std::span<const std::uint8_t> key) {
  Block block{};
  if (key.size() > block.size()) {
    SHA256_CTX hash;
    SHA256_Init(&hash);
    SHA256_Update(&hash, key.data(), key.size());
    SHA256_Final(block.data(), &hash);
    OPENSSL_cleanse(&hash, sizeof hash);
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  start_with_pad(inner_, block, 0x36);
  start_with_pad(outer_, block, 0x5c);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

Mac HmacSha256::operator()(std::string_view text) const {
  Mac mac;
  SHA256_CTX context = inner_;
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(mac.data(), &context);
  context = outer_;
  SHA256_Update(&context, mac.data(), mac.size());
  SHA256_Final(mac.data(), &context);
  return mac;
}

}  // namespace frontrow
