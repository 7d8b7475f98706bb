#include "net/auth/service_key.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

ServiceKey key_of(std::string id, std::string_view secret) {
  return {.id = std::move(id), .digest = sha256(secret), .scopes = {Scope::kRead}};
}

TEST(ServiceKey, is_found_by_its_secret_only) {
  const std::vector<ServiceKey> keys = {key_of("a", "secret-of-the-first"),
                                        key_of("b", "secret-of-the-second")};
  ASSERT_NE(find_key(keys, "secret-of-the-second"), nullptr);
  EXPECT_EQ(find_key(keys, "secret-of-the-second")->id, "b");
  EXPECT_EQ(find_key(keys, "secret-of-the-secon"), nullptr);
  EXPECT_EQ(find_key(keys, "secret-of-the-secondd"), nullptr);
  EXPECT_EQ(find_key({}, "secret-of-the-second"), nullptr);
}

TEST(ServiceKey, of_a_secret_that_is_too_short_or_too_long_opens_nothing) {
  for (const std::string& secret : {std::string(), std::string(kServiceSecretMin - 1, 'a'),
                                    std::string(kServiceSecretMax + 1, 'a')}) {
    const std::vector<ServiceKey> keys = {key_of("a", secret)};
    EXPECT_EQ(find_key(keys, secret), nullptr) << secret.size();
  }
}

TEST(ServiceKey, digest_is_the_standard_s) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(sha256("abc")[0], 0xba);
  EXPECT_EQ(sha256("abc")[31], 0xad);
}

TEST(ServiceKey, scopes_have_names_and_no_others) {
  for (std::size_t i = 0; i < kScopeCount; ++i) {
    const auto scope = static_cast<Scope>(i);
    EXPECT_EQ(parse_scope(name_of(scope)), scope);
    EXPECT_TRUE(Scopes::all().has(scope));
    EXPECT_FALSE(Scopes{}.has(scope));
  }
  EXPECT_EQ(parse_scope("admin"), std::nullopt);
  EXPECT_EQ(parse_scope(""), std::nullopt);
  EXPECT_TRUE((Scopes{Scope::kRead, Scope::kCharge}.has_any_of({Scope::kCharge})));
  EXPECT_FALSE((Scopes{Scope::kRead}.has_any_of({Scope::kCharge})));
  EXPECT_FALSE(Scopes::all().has_any_of({}));
}

}  // namespace
}  // namespace frontrow
