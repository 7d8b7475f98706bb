// Every problem type is explained at its address.
#include "net/api/problem_texts.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "net/api/api_problems.h"
#include "net/api/constant_bodies.h"

namespace frontrow {
namespace {

TEST(ProblemTexts, every_type_has_a_page_and_json) {
  std::set<std::string_view> slugs = {"recovering", "draining", "failed", kCutOff};
  for (const ProblemType& type : problems::kAll) slugs.insert(type.slug);
  for (const ProblemType& type : problems::kOfApi) slugs.insert(type.slug);
  for (std::uint8_t reject = 1; reject < kRejectCount; ++reject)
    slugs.insert(problem_of(static_cast<Reject>(reject)).slug);
  for (const std::string_view slug : slugs) {
    EXPECT_NE(problem_body(slug, true), nullptr) << slug;
    EXPECT_NE(problem_body(slug, false), nullptr) << slug;
  }
  EXPECT_EQ(problem_texts().size(), slugs.size());
  EXPECT_EQ(problem_body("no-such", true), nullptr);
  EXPECT_EQ(problem_body("", true), nullptr);
}

TEST(ProblemTexts, each_says_what_it_means_and_what_to_do) {
  for (const ProblemText& text : problem_texts()) {
    EXPECT_FALSE(text.title.empty()) << text.slug;
    EXPECT_GT(text.meaning.size(), 10U) << text.slug;
    EXPECT_GT(text.advice.size(), 10U) << text.slug;
    EXPECT_GE(text.status, 400);
    // The page contains them unescaped.
    for (const std::string_view part : {text.slug, text.title, text.meaning, text.advice})
      EXPECT_EQ(part.find_first_of("<>&\""), std::string_view::npos) << part;
  }
}

}  // namespace
}  // namespace frontrow
