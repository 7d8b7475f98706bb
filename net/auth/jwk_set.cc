#include "net/auth/jwk_set.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "net/auth/openssl_owned.h"
#include "net/auth/token_base64.h"

namespace frontrow {
namespace {

constexpr std::array<std::string_view, 3> kAlgorithmNames = {"RS256", "ES256", "EdDSA"};

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kCoordinateBytes = 32;  // of P-256, and of Ed25519's point
constexpr std::size_t kSignatureHalf = 32;    // r or s of ES256

using KeyRef = std::shared_ptr<EVP_PKEY>;

using Element = simdjson::dom::element;

std::string_view text_at(Element object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::vector<std::uint8_t> bytes_at(Element object, std::string_view name) {
  const std::string_view text = text_at(object, name);
  std::vector<std::uint8_t> bytes(text.size());
  const auto size = base64url_decode(text, bytes);
  bytes.resize(size.value_or(0));
  return bytes;
}

KeyRef key_of(const char* kind, OSSL_PARAM_BLD* build) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(build));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  KeyRef owned(key, EVP_PKEY_free);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check != nullptr && EVP_PKEY_public_check(check.get()) == 1 ? owned : nullptr;
}

KeyRef rsa_key(Element jwk) {
  const auto n = bytes_at(jwk, "n");
  const auto e = bytes_at(jwk, "e");
  const BigNumber modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr));
  const BigNumber exponent(BN_bin2bn(e.data(), static_cast<int>(e.size()), nullptr));
  if (modulus == nullptr || exponent == nullptr) return nullptr;
  const int bits = BN_num_bits(modulus.get());
  // Beyond 64 bits an exponent only makes verification slow.
  if (bits < kRsaBitsMin || bits > kRsaBitsMax || BN_num_bits(exponent.get()) > 64) return nullptr;
  const ParameterBuild build(OSSL_PARAM_BLD_new());
  if (build == nullptr ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return nullptr;
  }
  return key_of("RSA", build.get());
}

KeyRef ec_key(Element jwk) {
  const auto x = bytes_at(jwk, "x");
  const auto y = bytes_at(jwk, "y");
  if (text_at(jwk, "crv") != "P-256" || x.size() != kCoordinateBytes ||
      y.size() != kCoordinateBytes) {
    return nullptr;
  }
  std::array<std::uint8_t, 1 + 2 * kCoordinateBytes> point;
  point[0] = 0x04;  // uncompressed
  std::ranges::copy(x, point.begin() + 1);
  std::ranges::copy(y, point.begin() + 1 + kCoordinateBytes);
  const ParameterBuild build(OSSL_PARAM_BLD_new());
  if (build == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return key_of("EC", build.get());
}

KeyRef ed25519_key(Element jwk) {
  const auto x = bytes_at(jwk, "x");
  if (text_at(jwk, "crv") != "Ed25519" || x.size() != kCoordinateBytes) return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x.data(), x.size()),
          EVP_PKEY_free};
}

bool lists(Element array, std::string_view word) {
  simdjson::dom::array items;
  if (array.get(items) != simdjson::SUCCESS) return false;
  return std::any_of(items.begin(), items.end(), [word](Element item) {
    std::string_view text;
    return item.get(text) == simdjson::SUCCESS && text == word;
  });
}

// Whether the key says nothing against verifying signatures of this algorithm.
bool is_for(Element jwk, JwsAlgorithm algorithm) {
  const std::string_view use = text_at(jwk, "use");
  const std::string_view alg = text_at(jwk, "alg");
  Element operations;
  const bool verifies =
      jwk["key_ops"].get(operations) != simdjson::SUCCESS || lists(operations, "verify");
  return verifies && (use.empty() || use == "sig") && (alg.empty() || alg == name_of(algorithm));
}

std::optional<PublicKey> public_key(Element jwk) {
  const std::string_view kind = text_at(jwk, "kty");
  const auto algorithm = kind == "RSA"   ? std::optional(JwsAlgorithm::kRs256)
                         : kind == "EC"  ? std::optional(JwsAlgorithm::kEs256)
                         : kind == "OKP" ? std::optional(JwsAlgorithm::kEdDsa)
                                         : std::nullopt;
  if (!algorithm || !is_for(jwk, *algorithm)) return std::nullopt;
  KeyRef key = *algorithm == JwsAlgorithm::kRs256   ? rsa_key(jwk)
               : *algorithm == JwsAlgorithm::kEs256 ? ec_key(jwk)
                                                    : ed25519_key(jwk);
  if (key == nullptr) return std::nullopt;
  return PublicKey(std::string(text_at(jwk, "kid")), *algorithm, std::move(key));
}

// The signature of ES256 in the form that OpenSSL verifies.
std::vector<std::uint8_t> der_of(std::span<const std::uint8_t> signature) {
  if (signature.size() != 2 * kSignatureHalf) return {};
  const EcdsaSignature pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.data(), kSignatureHalf, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kSignatureHalf, kSignatureHalf, nullptr);
  if (pair == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  std::vector<std::uint8_t> der(
      static_cast<std::size_t>(std::max(0, i2d_ECDSA_SIG(pair.get(), nullptr))));
  unsigned char* to = der.data();
  i2d_ECDSA_SIG(pair.get(), &to);
  return der;
}

}  // namespace

std::string_view name_of(JwsAlgorithm algorithm) {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

std::optional<JwsAlgorithm> parse_jws_algorithm(std::string_view name) {
  const auto found = std::ranges::find(kAlgorithmNames, name);
  if (found == kAlgorithmNames.end()) return std::nullopt;
  return static_cast<JwsAlgorithm>(found - kAlgorithmNames.begin());
}

bool PublicKey::verifies(std::string_view text, std::span<const std::uint8_t> signature) const {
  std::vector<std::uint8_t> der;
  if (algorithm_ == JwsAlgorithm::kEs256) {
    der = der_of(signature);
    signature = der;
  }
  if (signature.empty()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm_ == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  return context != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

Result<JwkSet> JwkSet::parse(std::string_view json) {
  if (json.size() > kJwkSetBytesMax)
    return Error{fmt::format("the JWK Set is larger than {} bytes", kJwkSetBytesMax)};
  simdjson::dom::parser parser;
  Element document;
  simdjson::dom::array keys;
  if (json.empty() || parser.parse(json.data(), json.size()).get(document) != simdjson::SUCCESS)
    return Error{"the JWK Set is no JSON"};
  if (document["keys"].get(keys) != simdjson::SUCCESS)
    return Error{"the JWK Set has no list \"keys\""};
  JwkSet set;
  for (const Element jwk : keys) {
    auto key = jwk.is_object() ? public_key(jwk) : std::nullopt;
    if (!key) continue;
    if (set.keys_.size() == kJwkSetKeysMax)
      return Error{fmt::format("the JWK Set has more than {} usable keys", kJwkSetKeysMax)};
    set.keys_.push_back(std::move(*key));
  }
  if (set.keys_.empty()) {
    return Error{
        fmt::format("none of the {} keys of the JWK Set is one for RS256 (2048 bits or more), "
                    "ES256 or EdDSA (Ed25519)",
                    keys.size())};
  }
  return set;
}

const PublicKey* JwkSet::find(JwsAlgorithm algorithm, std::string_view key_id) const {
  const PublicKey* found = nullptr;
  for (const PublicKey& key : keys_) {
    if (key.algorithm() != algorithm) continue;
    if (!key_id.empty() && key.key_id() == key_id) return &key;
    if (!key_id.empty()) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace frontrow
