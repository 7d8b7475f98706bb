// The check of a shuffle from public data, against the order that docs/API.md's program gives.
#include "tools/frontrow/shuffle/verify.h"

#include <gtest/gtest.h>

namespace frontrow::shuffle {
namespace {

constexpr std::string_view kCommitment =
    "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd";
constexpr std::string_view kDocument =
    R"({"concertId":7,"title":"T","order":"random",
"seedCommitment":"630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd","shuffle":"done",
"seed":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","shuffledCount":12})";

std::string without(std::string_view part, std::string_view instead = "") {
  std::string text(kDocument);
  return text.replace(text.find(part), part.size(), instead);
}

TEST(ShuffleVerify, document_of_a_concert_is_read) {
  const auto published = parse_published(kDocument);
  ASSERT_TRUE(published.ok()) << published.error();
  EXPECT_EQ(to_hex(published->commitment), kCommitment);
  EXPECT_EQ(published->count, 12U);
}

TEST(ShuffleVerify, document_without_a_shuffle_says_why) {
  const std::pair<std::string, std::string> cases[] = {
      {"[]", "this is no JSON document of a concert"},
      {"{", "this is no JSON document of a concert"},
      {R"({"order":"arrival"})", "in the order of arrival"},
      {without(R"("done")", R"("pending")"), "has not opened yet"},
      {without(R"("seed")", R"("sed")"), "the concert has no \"seed\""},
      {without("1d1e1f"), "\"seed\" is no 64 hexadecimal digits"},
      {without("12}", "-1}"), "the concert has no \"shuffledCount\""},
  };
  for (const auto& [document, error] : cases) {
    const auto published = parse_published(document);
    ASSERT_FALSE(published.ok()) << document;
    EXPECT_NE(published.error().find(error), std::string::npos) << published.error();
  }
}

TEST(ShuffleVerify, places_are_those_of_the_seed) {
  const Published published = *parse_published(kDocument);
  EXPECT_EQ(*checked_text(published, {.number = 11}),
            "the seed is the one that was promised\n12 numbers were shuffled\n"
            "number 11: place 4 of 12\n");
  EXPECT_NE(checked_text(published, {.number = 13})->find("number 13: place 13, as it joined"),
            std::string::npos);
  EXPECT_EQ(*checked_text(published, {.all = true}),
            "place,number\n1,9\n2,3\n3,4\n4,11\n5,12\n6,2\n7,7\n8,6\n9,8\n10,10\n11,5\n12,1\n");
}

TEST(ShuffleVerify, seed_that_was_not_promised_is_refused) {
  Published published = *parse_published(kDocument);
  EXPECT_FALSE(checked_text(published, {.promised = Bytes32{}}).ok());
  published.seed[0] ^= std::byte{1};
  const auto text = checked_text(published, {.all = true});
  ASSERT_FALSE(text.ok());
  EXPECT_NE(text.error().find("the seed is not the one that was promised"), std::string::npos);
}

}  // namespace
}  // namespace frontrow::shuffle
