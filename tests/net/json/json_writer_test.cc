#include "net/json/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "net/json/json_fields.h"

namespace frontrow {
namespace {

TEST(JsonWriter, places_commas_in_nested_objects_and_arrays) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("a", 1)
      .array("b")
      .value(1)
      .value(2)
      .begin_object()
      .end_object()
      .begin_array();
  json.end_array().end_array().object("c").member("d", true).key("e").null().end_object().member(
      "f", false);
  json.end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[1,2,{},[]],"c":{"d":true,"e":null},"f":false})");
}

TEST(JsonWriter, appends_to_what_is_there) {
  std::string out = "data: ";
  JsonWriter(out).begin_array().value(1).end_array();
  EXPECT_EQ(out, "data: [1]");
}

TEST(JsonWriter, writes_each_type) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  json.value(std::numeric_limits<std::int64_t>::min())
      .value(std::numeric_limits<std::uint64_t>::max());
  json.value(HoldId{(std::uint64_t{1} << 52) + 1}).value(Money{-5}).value(Currency{});
  json.value(*parse_uuid("0190163D-8694-739B-AEA5-966C26F8AD91")).value(*parse_date("2026-12-24"));
  json.value(Instant{1})
      .value(std::optional<int>{})
      .value(std::optional<Money>{Money{3}})
      .raw("{}")
      .end_array();
  EXPECT_EQ(out,
            R"([-9223372036854775808,18446744073709551615,4503599627370497,-5,"KRW",)"
            R"("0190163d-8694-739b-aea5-966c26f8ad91","2026-12-24","1970-01-01T00:00:00.001Z",)"
            R"(null,3,{}])");
}

TEST(JsonWriter, escapes_what_json_does_not_allow_in_strings) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"", R"("\"")"},
      {"a\\b", R"("a\\b")"},
      {"\n\r\t", R"("\n\r\t")"},
      {std::string_view("\0\x1f\x7f", 3), "\"\\u0000\\u001f\x7f\""},
      {"\"x\"", R"("\"x\"")"},
      {"콘서트 €", R"("콘서트 €")"},
  };
  for (const auto& [text, json] : cases) {
    std::string out;
    JsonWriter(out).value(text);
    EXPECT_EQ(out, json);
  }
}

TEST(JsonWriter, text_read_back_is_equal) {
  std::string text;
  for (char c = 0x20; c < 0x7f; ++c) text += c;
  text += "끝";
  std::string body;
  JsonWriter(body).begin_object().member("t", text).end_object();
  JsonReader reader;
  std::string back;
  ASSERT_TRUE(json::read(reader, body, json::required("t", json::text(back, 0, 200))))
      << reader.error().why;
  EXPECT_EQ(back, text);
}

}  // namespace
}  // namespace frontrow
