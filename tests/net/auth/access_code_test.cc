#include "net/auth/access_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace frontrow {
namespace {

std::string letters_of(const AccessCode& code) {
  std::string text;
  append_access_code(text, code);
  return text;
}

TEST(AccessCode, text_has_four_groups_of_four_letters) {
  EXPECT_EQ(letters_of({}), "0000-0000-0000-0000");
  EXPECT_EQ(letters_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 255}), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
  // 00000 00001 00010 ... 01111: every letter from 0 to F.
  EXPECT_EQ(letters_of({0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf}),
            "0123-4567-89AB-CDEF");
}

// printf 0123456789ABCDEF | sha256sum
TEST(AccessCode, hash_is_the_front_of_its_sha256) {
  const Hash128 hash = hash_of_access_code("0123-4567-89AB-CDEF");
  EXPECT_EQ(hash.high, 0x2125b2c332b1113aU);
  EXPECT_EQ(hash.low, 0xae9bfc5e9f7e3b4cU);
}

TEST(AccessCode, is_taken_as_people_type_it) {
  const Hash128 hash = hash_of_access_code("0123-4567-89AB-CDEF");
  for (const char* typed : {"0123456789ABCDEF", "o123-4567-89ab-cdef", "OI23 4567 89AB CDEF",
                            "0l23-4567-89AB-CDEF", " 0L23456789abcdef "}) {
    EXPECT_EQ(hash_of_access_code(typed), hash) << typed;
  }
  for (const char* other : {"0123-4567-89AB-CDE", "0123-4567-89AB-CDEG", "", "-", "0123_4567"})
    EXPECT_NE(hash_of_access_code(other), hash) << other;
}

TEST(AccessCode, drawn_ones_are_distinct_and_have_the_hashes_in_order) {
  std::vector<Hash128> hashes(1000);
  const std::vector<AccessCode> codes = draw_access_codes(hashes);
  EXPECT_EQ(codes.size(), hashes.size());
  EXPECT_EQ(std::set(codes.begin(), codes.end()).size(), codes.size());
  EXPECT_TRUE(std::ranges::is_sorted(hashes));
  for (const AccessCode& code : codes)
    EXPECT_TRUE(std::ranges::binary_search(hashes, hash_of_access_code(letters_of(code))));
}

}  // namespace
}  // namespace frontrow
