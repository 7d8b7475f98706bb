#include "net/export/csv.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

TEST(Csv, fields_are_quoted_as_rfc_4180_has_it) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"two\nlines", "\"two\nlines\""},
      {"cr\rhere", "\"cr\rhere\""},
      {" edge", "\" edge\""},
      {"\"", "\"\"\"\""},
      {"객석 1열", "객석 1열"},
      {"a;b", "\"a;b\""},
  };
  for (const auto& [text, expected] : cases) {
    std::string out;
    append_csv(out, text);
    EXPECT_EQ(out, expected);
  }
}

TEST(Csv, texts_that_a_spreadsheet_would_evaluate_are_defused) {
  const std::pair<const char*, const char*> cases[] = {
      {"=1+1", "'=1+1"},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"+82-2-123", "'+82-2-123"},
      {"-5", "'-5"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"\t=1", "\"'\t=1\""},
      {"\r=1", "\"'\r=1\""},
      {"\n=1", "\"'\n=1\""},
      {"  =1", "\"'  =1\""},
      {"＝1", "'＝1"},
      {"＠1", "'＠1"},
      {"a=1", "a=1"},
      {"1-2", "1-2"},
      {"'=1", "'=1"},
      {"가-1", "가-1"},
  };
  for (const auto& [text, expected] : cases) {
    std::string out;
    append_csv(out, text);
    EXPECT_EQ(out, expected) << text;
  }
  std::string out;
  append_csv(out, Money{-5});
  EXPECT_EQ(out, "-5") << "a number stays one";
}

}  // namespace
}  // namespace frontrow
