// Identities against tokens that the npm package jose made (make_jose_tokens.mjs), good ones and
// the attacks of RFC 8725.
#include "net/auth/identity.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "engine/base/uuid.h"
#include "tests/source_tree.h"

namespace frontrow {
namespace {

using Element = simdjson::dom::element;

std::string text_at(Element object, std::string_view name) {
  return std::string(std::string_view(object[name]));
}

class IdentityTest : public testing::Test {
 protected:
  IdentityTest()
      : document_(parser_.load((source_tree() / "tests/net/auth/jose_tokens.json").string())),
        keys_(*JwkSet::parse(simdjson::minify(document_["jwks"]))),
        rules_{.issuer = text_at(document_, "issuer"), .audience = text_at(document_, "audience")},
        now_{std::int64_t(document_["now"]) * 1000} {}

  std::string good(std::string_view name) { return text_at(document_["good"], name); }
  IdentityFault fault_of(std::string_view token) {
    return verify_identity(keys_, rules_, token, now_).fault;
  }
  void expect_subject(std::string_view name) {
    const Identity identity = verify_identity(keys_, rules_, good(name), now_);
    EXPECT_EQ(identity.fault, IdentityFault::kNone) << name << name_of(identity.fault);
    EXPECT_EQ(to_string(identity.user), text_at(document_, "subject")) << name;
  }

  simdjson::dom::parser parser_;
  Element document_;
  JwkSet keys_;
  IdentityRules rules_;
  Instant now_;
};

TEST_F(IdentityTest, tokens_of_the_three_algorithms_name_their_subject) {
  for (const char* name :
       {"rs256", "es256", "eddsa", "audience_list", "no_type", "no_key_id", "fraction", "leeway"})
    expect_subject(name);
}

TEST_F(IdentityTest, subject_that_is_no_uuid_becomes_one_of_version_5) {
  const Identity identity = verify_identity(keys_, rules_, good("subject_text"), now_);
  EXPECT_EQ(identity.fault, IdentityFault::kNone);
  // python3: uuid5(uuid5(NAMESPACE_URL, "https://shop.example"), "customer-4711")
  EXPECT_EQ(to_string(identity.user), "8c83830e-eee3-503e-a48d-71c368313c5b");
}

TEST_F(IdentityTest, claim_of_the_user_can_be_another_one) {
  rules_.user_claim = "customer";
  expect_subject("other_claim");
  EXPECT_EQ(fault_of(good("rs256")), IdentityFault::kSubject);
}

TEST_F(IdentityTest, attacks_and_foreign_tokens_are_refused_by_their_fault) {
  std::size_t count = 0;
  for (const auto [name, bad] : simdjson::dom::object(document_["bad"])) {
    EXPECT_EQ(name_of(fault_of(text_at(bad, "token"))), text_at(bad, "fault")) << name;
    ++count;
  }
  EXPECT_GT(count, 25U);
}

TEST_F(IdentityTest, time_counts_to_the_end_of_the_leeway) {
  const std::string token = good("es256");  // expires 600 s from now
  const Instant end = now_ + seconds(600 + 60);
  EXPECT_EQ(verify_identity(keys_, rules_, token, end - milliseconds(1)).fault,
            IdentityFault::kNone);
  EXPECT_EQ(verify_identity(keys_, rules_, token, end).fault, IdentityFault::kExpired);
}

TEST_F(IdentityTest, texts_that_are_no_token_are_malformed) {
  const std::string token = good("es256");
  EXPECT_EQ(fault_of(""), IdentityFault::kMissing);
  for (const std::string& text :
       {std::string("x"), std::string("."), std::string(".."), std::string("..."), token + ".x",
        token + "=", "{}." + token, token.substr(1), " " + token, std::string("e30.e30"),
        std::string("W10.e30.AAAA"), std::string(kIdentityBytesMax, 'A'),
        token.substr(0, token.rfind('.')) + ".A"}) {
    const IdentityFault fault = fault_of(text);
    EXPECT_TRUE(fault == IdentityFault::kMalformed || fault == IdentityFault::kAlgorithm ||
                fault == IdentityFault::kSignature)
        << text << name_of(fault);
  }
  EXPECT_EQ(fault_of(std::string(kIdentityBytesMax + 1, 'A')), IdentityFault::kMalformed);
}

// Under the address sanitizer: no byte of a token makes the verification read out of bounds, and no
// changed token is accepted.
TEST_F(IdentityTest, every_changed_byte_is_refused) {
  for (const char* name : {"rs256", "es256", "eddsa"}) {
    const std::string token = good(name);
    for (std::size_t i = 0; i < token.size(); i += 3) {
      for (const char c : {'A', '.', '\0', '\xff'}) {
        std::string changed = token;
        if (changed[i] == c) continue;
        changed[i] = c;
        EXPECT_NE(fault_of(changed), IdentityFault::kNone) << name << i;
      }
    }
  }
}

// --- sets of keys

std::string error_of(std::string_view json) {
  const auto set = JwkSet::parse(json);
  return set.ok() ? "" : set.error();
}

TEST_F(IdentityTest, set_of_keys_takes_the_usable_ones) {
  ASSERT_EQ(keys_.keys().size(), 3U);
  EXPECT_NE(keys_.find(JwsAlgorithm::kRs256, "rsa"), nullptr);
  EXPECT_EQ(keys_.find(JwsAlgorithm::kRs256, "ec"), nullptr);
  EXPECT_NE(keys_.find(JwsAlgorithm::kEdDsa, ""), nullptr) << "the only one";
}

TEST(JwkSetText, faults_are_named) {
  EXPECT_EQ(error_of("x"), "the JWK Set is no JSON");
  EXPECT_EQ(error_of({}), "the JWK Set is no JSON");
  EXPECT_EQ(error_of("[]"), "the JWK Set has no list \"keys\"");
  EXPECT_EQ(error_of("{\"keys\":3}"), "the JWK Set has no list \"keys\"");
  EXPECT_EQ(error_of(std::string(kJwkSetBytesMax + 1, ' ')),
            "the JWK Set is larger than 65536 bytes");
}

TEST(JwkSetText, unusable_keys_are_skipped) {
  const std::string x(43, 'A');
  const std::string small_rsa =
      R"({"kty":"RSA","n":")" + std::string(171, 'z') + R"(","e":"AQAB"})";
  const std::vector<std::string> unusable = {
      R"({"kty":"oct","k":"c2VjcmV0"})",
      R"({"kty":"EC","crv":"P-384","x":"AA","y":"AA"})",
      R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + x + R"("})",  // not on the curve
      R"({"kty":"OKP","crv":"X25519","x":")" + x + R"("})",
      R"({"kty":"OKP","crv":"Ed25519","x":"AA"})",
      R"({"kty":"OKP","crv":"Ed25519","use":"enc","x":")" + x + R"("})",
      R"({"kty":"OKP","crv":"Ed25519","alg":"ES256","x":")" + x + R"("})",
      R"({"kty":"OKP","crv":"Ed25519","key_ops":["sign"],"x":")" + x + R"("})",
      R"({"kty":"OKP","crv":"Ed25519","x":")" + x + R"(="})",
      small_rsa,
      R"({"kty":3})",
      "7",
      "{}"};
  std::string all;
  for (const std::string& key : unusable) {
    EXPECT_NE(error_of("{\"keys\":[" + key + "]}").find("none of the 1 keys"), std::string::npos)
        << key;
    all += key + ",";
  }
  const std::string good = R"({"kty":"OKP","crv":"Ed25519","kid":"a","key_ops":["verify"],)"
                           R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const auto set = JwkSet::parse("{\"keys\":[" + all + good + "]}");
  ASSERT_TRUE(set.ok()) << set.error();
  EXPECT_EQ(set->keys().size(), 1U);
  std::string many;
  for (std::size_t i = 0; i <= kJwkSetKeysMax; ++i) many += (i == 0 ? "" : ",") + good;
  EXPECT_EQ(error_of("{\"keys\":[" + many + "]}"), "the JWK Set has more than 32 usable keys");
}

TEST(JwkSetText, two_keys_of_an_algorithm_need_their_ids) {
  const auto key = [](const char* id) {
    return std::string(R"({"kty":"OKP","crv":"Ed25519","kid":")") + id +
           R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  };
  const auto set = JwkSet::parse("{\"keys\":[" + key("a") + "," + key("b") + "]}");
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->find(JwsAlgorithm::kEdDsa, ""), nullptr);
  EXPECT_EQ(set->find(JwsAlgorithm::kEdDsa, "b")->key_id(), "b");
}

}  // namespace
}  // namespace frontrow
