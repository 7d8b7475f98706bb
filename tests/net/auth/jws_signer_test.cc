// Passes and tickets: their signatures against the verification of the shop's tokens, which knows
// nothing of the signer, and their keys as a JWK Set. tests/tree/verify_tickets.sh asks another
// library.
#include "net/auth/jws_signer.h"

#include <gtest/gtest.h>

#include "net/auth/identity.h"

namespace frontrow {
namespace {

constexpr std::string_view kClaims =
    R"({"iss":"i","aud":"a","sub":"0190163d-8694-739b-aea5-966c26f8ad91","exp":1800000600})";
constexpr Instant kSignedAt{1'800'000'000'000};

std::string pem_of(JwsAlgorithm algorithm) { return *new_signing_key(algorithm); }

class Signers : public testing::TestWithParam<JwsAlgorithm> {};

TEST_P(Signers, tokens_are_verified_by_the_published_keys) {
  const auto signer = JwsSigner::from_pem(pem_of(GetParam()));
  ASSERT_TRUE(signer.ok()) << signer.error();
  const auto keys = JwkSet::parse(signer->jwk_set());
  ASSERT_TRUE(keys.ok()) << keys.error();
  ASSERT_EQ(keys->keys().size(), 1U);
  EXPECT_EQ(keys->keys()[0].key_id(), signer->key_ids()[0]);
  EXPECT_EQ(keys->keys()[0].algorithm(), GetParam());
  const IdentityRules rules{.issuer = "i", .audience = "a"};
  // Signatures of ES256 differ each time, also in the length of their numbers.
  for (int i = 0; i < 300; ++i) {
    const std::string token = signer->sign(JwsType::kTicket, kClaims);
    EXPECT_EQ(verify_identity(*keys, rules, token, kSignedAt).fault, IdentityFault::kNone) << token;
  }
  std::string forged = signer->sign(JwsType::kPass, kClaims);
  char& changed = forged[forged.rfind('.') + 9];
  changed = changed == 'A' ? 'B' : 'A';
  EXPECT_EQ(verify_identity(*keys, rules, forged, kSignedAt).fault, IdentityFault::kSignature);
  EXPECT_EQ(signer->jwk_set().find("\"d\""), std::string::npos) << "a private key";
}

TEST_P(Signers, renewed_key_signs_and_the_previous_one_still_verifies) {
  const std::string before = pem_of(GetParam());
  const auto old = JwsSigner::from_pem(before);
  const auto renewed = JwsSigner::from_pem(pem_of(JwsAlgorithm::kEdDsa) + before);
  ASSERT_TRUE(old.ok() && renewed.ok());
  EXPECT_EQ(renewed->key_ids()[1], old->key_ids()[0]) << "the id is that of the key";
  const auto keys = JwkSet::parse(renewed->jwk_set());
  ASSERT_TRUE(keys.ok());
  const IdentityRules rules{.issuer = "i", .audience = "a"};
  for (const JwsSigner& signer : {*old, *renewed})
    EXPECT_EQ(verify_identity(*keys, rules, signer.sign(JwsType::kPass, kClaims), kSignedAt).fault,
              IdentityFault::kNone);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Signers,
                         testing::Values(JwsAlgorithm::kEdDsa, JwsAlgorithm::kEs256),
                         [](const auto& algorithm) {
                           return std::string(name_of(algorithm.param));
                         });

TEST(SigningKeys, of_other_kinds_or_numbers_are_refused_with_the_fault) {
  const std::string one = pem_of(JwsAlgorithm::kEdDsa);
  const auto error_of = [](const std::string& pem) {
    const auto signer = JwsSigner::from_pem(pem);
    return signer.ok() ? std::string("taken") : signer.error();
  };
  EXPECT_EQ(error_of(one + one), "has the same key twice");
  EXPECT_EQ(error_of(one + pem_of(JwsAlgorithm::kEs256) + pem_of(JwsAlgorithm::kEdDsa)),
            "has more than 2 keys");
  const std::string none = "has no private key in PEM, or one that is damaged or encrypted";
  EXPECT_EQ(error_of(""), none);
  EXPECT_EQ(error_of("words"), none);
  std::string damaged = one;
  damaged[40] = '!';
  EXPECT_EQ(error_of(damaged), none);
  EXPECT_EQ(error_of(one + damaged), none);
  // openssl genpkey -algorithm X25519: keys that sign nothing.
  EXPECT_EQ(error_of("-----BEGIN PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VuBCIEIMDMPsz2Gm0J5GCBg2IzdCq2vXwX9oZlkkzNjk0PQVpI\n"
                     "-----END PRIVATE KEY-----\n"),
            "a key is neither Ed25519 nor on P-256");
}

}  // namespace
}  // namespace frontrow
