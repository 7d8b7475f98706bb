#include "net/http/cors.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

TEST(Cors, origin_is_a_scheme_and_a_host) {
  for (const char* good : {"*", "https://shop.example", "http://localhost:5173", "https://[::1]:8"})
    EXPECT_TRUE(check_cors_origin(good).ok()) << good;
  for (const char* bad :
       {"", "shop.example", "https://", "https://shop.example/", "https://Shop.example", "null",
        "https://a b", "https://a\r\nX: y", "ftp://a", "https://*.example"})
    EXPECT_FALSE(check_cors_origin(bad).ok()) << bad;
}

TEST(Cors, policy_without_origins_adds_nothing) {
  const CorsPolicy policy;
  EXPECT_FALSE(policy.is_on());
  EXPECT_EQ(policy.match("https://shop.example"), 0);
  EXPECT_EQ(policy.lines(0), "");
}

TEST(Cors, listed_origin_is_allowed_and_named) {
  const CorsPolicy policy({"https://a.example", "https://b.example"});
  EXPECT_TRUE(policy.is_on());
  EXPECT_EQ(policy.match("https://b.example"), 2);
  EXPECT_NE(policy.lines(2).find("Access-Control-Allow-Origin: https://b.example\r\n"),
            std::string_view::npos);
  EXPECT_NE(policy.lines(2).find("Vary: Origin\r\n"), std::string_view::npos);
  EXPECT_EQ(policy.lines(2).find("Credentials"), std::string_view::npos);
  for (const char* other : {"", "null", "https://b.example:443", "https://b.example.evil", "*"})
    EXPECT_EQ(policy.match(other), 0) << other;
  EXPECT_EQ(policy.lines(0), "Vary: Origin\r\n") << "caches keep the responses apart";
}

TEST(Cors, any_origin_gets_the_same_response) {
  const CorsPolicy policy({"https://a.example", "*"});
  for (const char* origin : {"https://a.example", "https://x.example", "null"}) {
    const std::uint8_t number = policy.match(origin);
    EXPECT_NE(number, 0) << origin;
    EXPECT_NE(policy.lines(number).find("Access-Control-Allow-Origin: *\r\n"),
              std::string_view::npos);
    EXPECT_EQ(policy.lines(number).find("Vary"), std::string_view::npos);
  }
  EXPECT_EQ(policy.match(""), 0);
  EXPECT_EQ(policy.lines(0), "");
}

}  // namespace
}  // namespace frontrow
