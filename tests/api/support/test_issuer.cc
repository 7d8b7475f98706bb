#include "tests/api/support/test_issuer.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <ctime>

#include "engine/base/check.h"
#include "net/auth/token_base64.h"

namespace frontrow::api {
namespace {

std::string base64url(std::string_view text) {
  return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TestIssuer::TestIssuer(std::string key_id)
    : key_id_(std::move(key_id)),
      key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free) {
  FR_CHECK(key_ != nullptr);
}

std::string TestIssuer::jwks() const {
  std::array<std::uint8_t, 32> point;
  std::size_t size = point.size();
  FR_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), point.data(), &size) == 1);
  return fmt::format(R"({{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{}","x":"{}"}}]}})", key_id_,
                     base64url_encode(point));
}

std::string TestIssuer::sign(std::string_view claims) const {
  const std::string text =
      base64url(fmt::format(R"({{"alg":"EdDSA","kid":"{}"}})", key_id_)) + "." + base64url(claims);
  std::array<std::uint8_t, 64> signature;
  std::size_t size = signature.size();
  const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  FR_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  FR_CHECK(EVP_DigestSign(context.get(), signature.data(), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
  return text + "." + base64url_encode(signature);
}

std::string TestIssuer::token_of(std::string_view subject, std::int64_t seconds) const {
  return sign(
      fmt::format(R"({{"iss":"https://shop.example","aud":"frontrow","sub":"{}","exp":{}}})",
                  subject, std::int64_t{std::time(nullptr)} + seconds));
}

}  // namespace frontrow::api
