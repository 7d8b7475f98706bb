#include <set>
#include <string>

#include <gtest/gtest.h>

#include "net/http/problem.h"

namespace frontrow {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(Problem, append_problem_writes_the_members_of_rfc_9457) {
  std::string out = "before";
  append_problem(out, problems::kNotFound, "no \"x\" here");
  EXPECT_EQ(out, R"(before{"type":"/problems/not-found","title":"Not found",)"
                 R"("status":404,"detail":"no \"x\" here"})");
}

TEST(Problem, append_problem_without_detail_leaves_it_out_and_takes_further_members) {
  std::string out;
  append_problem(out, problems::kOverloaded, {}, R"(,"position":17)");
  EXPECT_EQ(out,
            R"({"type":"/problems/overloaded","title":"Overloaded","status":503,"position":17})");
}

TEST(Problem, slugs_are_unique_and_statuses_are_errors) {
  std::set<std::string_view> slugs;
  for (const ProblemType& type : problems::kAll) {
    EXPECT_TRUE(slugs.insert(type.slug).second) << type.slug;
    EXPECT_GE(type.status, 400);
    EXPECT_LE(type.status, 599);
    EXPECT_FALSE(type.title.empty());
  }
}

TEST(Problem, append_json_string_escapes_what_json_forbids) {
  EXPECT_EQ(json_of("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
  EXPECT_EQ(json_of(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\\u007f\"");
  EXPECT_EQ(json_of(""), "\"\"");
}

TEST(Problem, append_json_string_keeps_utf8_and_replaces_what_is_none) {
  for (const char* text : {"\xc3\xa9", "\xed\x95\x9c", "\xf0\x9f\x8e\xab", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(json_of(text), "\"" + std::string(text) + "\"");
  }
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(json_of("\xff"), "\"" + bad + "\"");
  EXPECT_EQ(json_of("\xc0\xaf"), "\"" + bad + bad + "\"");                      // overlong
  EXPECT_EQ(json_of("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");            // surrogate
  EXPECT_EQ(json_of("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // beyond Unicode
  EXPECT_EQ(json_of("\xe2\x82"), "\"" + bad + bad + "\"");                      // truncated
}

}  // namespace
}  // namespace frontrow
