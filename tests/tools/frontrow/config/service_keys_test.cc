#include "tools/frontrow/config/service_keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tools/frontrow/config/config.h"

namespace frontrow {
namespace {

constexpr std::string_view kDigest =
    "5f0c8d2a9be7413660d1f4a7c39e8b25d7a61b4f90c3e2588a7d16f4b09ec35e";
constexpr std::string_view kOtherDigest =
    "6f0c8d2a9be7413660d1f4a7c39e8b25d7a61b4f90c3e2588a7d16f4b09ec35e";

std::string table(std::string_view members) { return fmt::format("[[keys]]\n{}\n", members); }
std::string good(std::string_view id, std::string_view digest = kDigest) {
  return table(fmt::format("id = \"{}\"\nsha256 = \"{}\"\nscopes = [\"read\"]", id, digest));
}

// The error of the text, with the check of the whole; empty if there is none.
std::string error_of(const std::string& text) {
  ServeConfig config;
  if (const Status s = apply_config_text(text, "f.toml", config); !s.ok()) return s.error();
  const Status s = check_config(config);
  return s.ok() ? "" : s.error();
}

TEST(ServiceKeyTables, are_read_in_their_order) {
  ServeConfig config;
  const std::string text =
      good("a") + table(fmt::format("id = \"till-1\"\nsha256 = \"{}\"\n"
                                    "scopes = [\"box-office\", \"read\"]\nconcerts = [3, 4]",
                                    kOtherDigest));
  ASSERT_TRUE(apply_config_text(text, "f.toml", config).ok());
  ASSERT_EQ(config.keys.size(), 2U);
  EXPECT_EQ(config.keys[0].id, "a");
  EXPECT_FALSE(config.keys[0].is_limited());
  EXPECT_EQ(config.keys[1].scopes, (Scopes{Scope::kBoxOffice, Scope::kRead}));
  EXPECT_TRUE(config.keys[1].is_for(ConcertId{4}));
  EXPECT_FALSE(config.keys[1].is_for(ConcertId{5}));
  EXPECT_EQ(config.keys[1].digest[0], 0x6f);
  EXPECT_EQ(error_of(text), "");
}

TEST(ServiceKeyTables, faults_name_the_line_and_the_member) {
  const struct {
    std::string text;
    std::string_view error;
  } kCases[] = {
      {"keys = 3", "f.toml:1: keys must be written as tables, each under a line [[keys]]"},
      {"keys = [1]", "keys[0] must be a table"},
      {table("id = 3"), "keys[0] id must be a string"},
      {table("idd = \"a\""), "keys[0] has an unknown key idd"},
      {good("a") + good("admin"), "keys[1] id must not be \"admin\", the admin key's"},
      {good("has space"), "keys[0] id must have 1 to 24 letters"},
      {good(""), "keys[0] id must have 1 to 24 letters"},
      {good(std::string(25, 'a')), "keys[0] id must have 1 to 24 letters"},
      {good("a", kDigest.substr(1)), "keys[0] sha256 must be 64 hexadecimal digits"},
      {good("a", std::string(64, '0')), "keys[0] sha256 "},
      {table(fmt::format("id = \"a\"\nsha256 = \"{}\"", kDigest)),
       "keys[0] scopes must be some of"},
      {table(fmt::format("id = \"a\"\nsha256 = \"{}\"\nscopes = [\"root\"]", kDigest)),
       "keys[0] scopes must be some of operate, box-office, charge, read, metrics, check-in, not "
       "\"root\""},
      {table(fmt::format("id = \"a\"\nsha256 = \"{}\"\nscopes = \"read\"", kDigest)),
       "keys[0] scopes must be a list of strings"},
      {good("a") + "concerts = []", "keys[0] concerts must be a list of one or more ids"},
      {good("a") + "concerts = [0]", "keys[0] concerts must be ids from 1 to 1048575, not 0"},
      {good("a") + good("a", kOtherDigest), "keys: the id \"a\" is there twice"},
      {good("a") + good("b"), "keys: \"a\" and \"b\" have the same sha256, so the same secret"},
  };
  for (const auto& one : kCases) {
    const std::string error = error_of(one.text);
    EXPECT_NE(error.find(one.error), std::string::npos) << one.text << "\n" << error;
  }
  std::string many;
  for (std::size_t i = 0; i <= kServiceKeysMax; ++i)
    many += good(fmt::format("k{}", i), fmt::format("{:02x}{}", i, kDigest.substr(2)));
  EXPECT_EQ(error_of(many), "keys: there are 65, at most 64 can be used");
}

TEST(ServiceKeyTables, of_a_new_key_are_read_back) {
  const auto secret = new_service_secret();
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(secret->size(), 47U);
  EXPECT_NE(*secret, *new_service_secret());
  const std::string text =
      format_service_key({"till-1", std::string(kDigest), {"box-office", "read"}, {3}});
  ServeConfig config;
  ASSERT_TRUE(apply_config_text(text, "f.toml", config).ok()) << text;
  EXPECT_EQ(config.keys.at(0).id, "till-1");
  EXPECT_EQ(config.keys.at(0).concerts, std::vector<ConcertId>{ConcertId{3}});
}

}  // namespace
}  // namespace frontrow
