#include "net/auth/jws_signer.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/base/check.h"
#include "net/auth/openssl_owned.h"
#include "net/auth/service_key.h"
#include "net/auth/token_base64.h"

namespace frontrow {
namespace {

constexpr std::size_t kFieldBytes = 32;  // of a coordinate of P-256, and of half a signature

using Bytes32 = std::array<std::uint8_t, kFieldBytes>;
using Memory = OpensslOwned<BIO, BIO_free_all>;

std::string base64url_text(std::string_view text) {
  return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// A coordinate of a P-256 key as base64url.
std::string coordinate(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  Bytes32 bytes{};
  const bool found = EVP_PKEY_get_bn_param(key, name, &number) == 1 &&
                     BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) > 0;
  BN_free(number);
  return found ? base64url_encode(bytes) : std::string();
}

// The members of a JWK that its thumbprint covers, in their order (RFC 7638, 3.2; RFC 8037, 2).
std::string required_members(const EVP_PKEY* key, JwsAlgorithm algorithm) {
  if (algorithm == JwsAlgorithm::kEdDsa) {
    Bytes32 point{};
    std::size_t size = point.size();
    if (EVP_PKEY_get_raw_public_key(key, point.data(), &size) != 1) return {};
    return fmt::format(R"("crv":"Ed25519","kty":"OKP","x":"{}")", base64url_encode(point));
  }
  const std::string x = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X);
  const std::string y = coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  if (x.empty() || y.empty()) return {};
  return fmt::format(R"("crv":"P-256","kty":"EC","x":"{}","y":"{}")", x, y);
}

std::optional<JwsAlgorithm> algorithm_of(const EVP_PKEY* key) {
  if (EVP_PKEY_get_id(key) == EVP_PKEY_ED25519) return JwsAlgorithm::kEdDsa;
  std::array<char, 64> group{};
  if (EVP_PKEY_get_id(key) != EVP_PKEY_EC ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    return std::nullopt;
  }
  return JwsAlgorithm::kEs256;
}

// r and s, 32 bytes each, from OpenSSL's form.
std::string raw_signature(std::span<const std::uint8_t> der) {
  const unsigned char* from = der.data();
  const EcdsaSignature pair(d2i_ECDSA_SIG(nullptr, &from, static_cast<long>(der.size())));
  FR_CHECK(pair != nullptr);
  std::array<std::uint8_t, 2 * kFieldBytes> raw{};
  const int half = static_cast<int>(kFieldBytes);
  FR_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), half) == half);
  FR_CHECK(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + kFieldBytes, half) == half);
  return base64url_encode(raw);
}

// The blocks of private keys, readable or not.
std::size_t blocks_in(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::size_t count = 0;
  for (std::size_t at = pem.find(kBegin); at != pem.npos; at = pem.find(kBegin, at + 1)) {
    const std::string_view line = pem.substr(at, pem.find('\n', at) - at);
    if (line.find("PRIVATE KEY") != line.npos) ++count;
  }
  return count;
}

}  // namespace

std::string_view name_of(JwsType type) {
  return type == JwsType::kPass ? "pass+jwt" : "ticket+jwt";
}

Result<JwsSigner::Key> JwsSigner::describe(std::shared_ptr<EVP_PKEY> owned, std::string& jwk) {
  const auto algorithm = algorithm_of(owned.get());
  if (!algorithm) return Error{"a key is neither Ed25519 nor on P-256"};
  const std::string members = required_members(owned.get(), *algorithm);
  if (members.empty()) return Error{"the public part of a key can't be computed"};
  Key key{std::move(owned), *algorithm, base64url_encode(sha256('{' + members + '}')), {}};
  for (const JwsType type : {JwsType::kPass, JwsType::kTicket}) {
    key.headers[static_cast<std::size_t>(type)] =
        base64url_text(fmt::format(R"({{"alg":"{}","kid":"{}","typ":"{}"}})", name_of(*algorithm),
                                   key.id, name_of(type))) +
        '.';
  }
  jwk = fmt::format(R"({{{},"alg":"{}","use":"sig","kid":"{}"}})", members, name_of(*algorithm),
                    key.id);
  return key;
}

Result<JwsSigner> JwsSigner::from_pem(std::string_view pem) {
  const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  FR_CHECK(in != nullptr);
  // Without a callback OpenSSL would ask for the password of an encrypted key at the terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  std::vector<Key> keys;
  std::string set = "{\"keys\":[";
  for (;;) {
    std::shared_ptr<EVP_PKEY> read(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr),
                                   EVP_PKEY_free);
    if (read == nullptr) break;
    if (keys.size() == kSigningKeysMax)
      return Error{fmt::format("has more than {} keys", kSigningKeysMax)};
    std::string jwk;
    auto key = describe(std::move(read), jwk);
    if (!key.ok()) return Error{key.error()};
    for (const Key& other : keys) {
      if (other.id == key->id) return Error{"has the same key twice"};
    }
    if (!keys.empty()) set += ',';
    set += jwk;
    keys.push_back(std::move(*key));
  }
  if (keys.empty() || keys.size() != blocks_in(pem))
    return Error{"has no private key in PEM, or one that is damaged or encrypted"};
  return JwsSigner(std::move(keys), set + "]}");
}

std::string JwsSigner::sign(JwsType type, std::string_view claims) const {
  const Key& key = keys_.front();
  std::string token = key.headers[static_cast<std::size_t>(type)] + base64url_text(claims);
  const DigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = key.algorithm == JwsAlgorithm::kEdDsa ? nullptr : EVP_sha256();
  // DER takes at most 8 bytes more than the two numbers.
  std::array<std::uint8_t, 2 * kFieldBytes + 8> signature;
  std::size_t size = signature.size();
  FR_CHECK(context != nullptr &&
           EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.key.get()) == 1 &&
           EVP_DigestSign(context.get(), signature.data(), &size,
                          reinterpret_cast<const unsigned char*>(token.data()), token.size()) == 1);
  const std::span<const std::uint8_t> bytes(signature.data(), size);
  token += '.';
  token += key.algorithm == JwsAlgorithm::kEdDsa ? base64url_encode(bytes) : raw_signature(bytes);
  return token;
}

std::vector<std::string> JwsSigner::key_ids() const {
  std::vector<std::string> ids;
  for (const Key& key : keys_) ids.push_back(key.id);
  return ids;
}

Result<std::string> new_signing_key(JwsAlgorithm algorithm) {
  FR_CHECK(algorithm != JwsAlgorithm::kRs256);
  const std::shared_ptr<EVP_PKEY> key(algorithm == JwsAlgorithm::kEdDsa
                                          ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                          : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
                                      EVP_PKEY_free);
  const Memory out(BIO_new(BIO_s_mem()));
  if (key == nullptr || out == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return Error{"OpenSSL made no key"};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace frontrow
