#include "net/json/json_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/base/prng.h"
#include "net/json/json_fields.h"

namespace frontrow {
namespace {

using Kind = JsonError::Kind;

struct ParsedSection {
  std::string name;
  std::uint32_t seats = 50;
  Money price;
};
struct Day {
  Date date;
  std::vector<ParsedSection> sections;
};
struct Rules {
  std::optional<std::uint32_t> max_active;
};
enum class Word { kOpen, kPaused };
struct ParsedConcert {
  std::string title;
  Instant opens_at;
  std::optional<Currency> currency;
  std::vector<Day> dates;
  Rules queue;
  std::optional<Word> phase;
  bool free = false;
};

bool read_concert(JsonReader& reader, std::string_view body, ParsedConcert& c) {
  const auto section = [](ParsedSection& s) {
    return json::object(json::required("name", json::text(s.name, 1, 10)),
                        json::required("seats", json::integer(s.seats, 1, 100)),
                        json::required("price", json::integer(s.price, 0, 1'000'000)));
  };
  const auto day = [&](Day& d) {
    return json::object(json::required("date", json::date(d.date)),
                        json::optional("sections", json::list(d.sections, 1, 3, section)));
  };
  return json::read(
      reader, body, json::required("title", json::text(c.title, 1, 20)),
      json::optional("opensAt", json::instant(c.opens_at)),
      json::optional("currency", json::currency(c.currency)),
      json::required("dates", json::list(c.dates, 1, 3, day)),
      json::optional("queue", json::object(json::optional(
                                  "maxActive", json::integer(c.queue.max_active, 1, 1000)))),
      json::optional("phase",
                     json::choice(c.phase, {{"open", Word::kOpen}, {"paused", Word::kPaused}})),
      json::optional("free", json::boolean(c.free)));
}

constexpr std::string_view kFull = R"({
  "title": "첫 공연 \"A\"", "opensAt": "2026-12-01T20:00:00+09:00", "currency": "EUR",
  "dates": [ {"date": "2026-12-24", "sections": [ {"name": "R", "seats": 20, "price": 150000},
                                                  {"name":"S","seats":30,"price":0} ]},
             {"date":"2026-12-25"} ],
  "queue": {"maxActive": 10}, "phase": "paused", "free": true })";

TEST(JsonReader, read_of_nested_body_fills_every_target) {
  JsonReader reader;
  ParsedConcert c;
  ASSERT_TRUE(read_concert(reader, kFull, c)) << reader.error().field << reader.error().why;
  EXPECT_EQ(c.title, "첫 공연 \"A\"");
  EXPECT_EQ(to_string(c.opens_at), "2026-12-01T11:00:00.000Z");
  EXPECT_EQ(c.currency->text(), "EUR");
  ASSERT_EQ(c.dates.size(), 2U);
  EXPECT_EQ(to_string(c.dates[0].date), "2026-12-24");
  ASSERT_EQ(c.dates[0].sections.size(), 2U);
  EXPECT_EQ(c.dates[0].sections[1].name, "S");
  EXPECT_EQ(c.dates[0].sections[1].seats, 30U);
  EXPECT_EQ(c.dates[0].sections[0].price, Money{150000});
  EXPECT_TRUE(c.dates[1].sections.empty());
  EXPECT_EQ(c.queue.max_active, 10U);
  EXPECT_EQ(c.phase, Word::kPaused);
  EXPECT_TRUE(c.free);
}

TEST(JsonReader, read_without_optional_members_leaves_targets_alone) {
  JsonReader reader;
  ParsedConcert c;
  ASSERT_TRUE(read_concert(reader, R"({"dates":[{"date":"2026-12-24"}],"title":"t"})", c));
  EXPECT_FALSE(c.opens_at.is_set());
  EXPECT_FALSE(c.currency.has_value());
  EXPECT_FALSE(c.queue.max_active.has_value());
}

TEST(JsonReader, texts_are_counted_in_characters_whatever_their_script) {
  JsonReader reader;
  for (const std::string_view character :
       {"x", "\u00e9", "\ud55c", "\U0001f3ab", R"(\u00e9)", R"(\ud83c\udfab)"}) {
    std::string title;
    for (int i = 0; i < 20; ++i) title += character;
    const std::string rest = R"(","dates":[{"date":"2026-12-24"}]})";
    ParsedConcert c;
    EXPECT_TRUE(read_concert(reader, R"({"title":")" + title + rest, c)) << reader.error().why;
    EXPECT_FALSE(read_concert(reader, R"({"title":"t)" + title + rest, c));
    EXPECT_EQ(reader.error().why, "must be a string of 1 to 20 characters") << title;
  }
}

struct InvalidField {
  const char* name;
  std::string_view body;
  std::string_view field;
  std::string_view why;
};

TEST(JsonReader, read_of_wrong_member_names_its_path) {
  const std::string many = R"({"title":")" + std::string(21, 'x') + R"(","dates":[]})";
  const InvalidField cases[] = {
      {"unknown", R"({"title":"t","colour":1,"dates":[]})", "colour", "is unknown"},
      {"unknown nested", R"({"title":"t","dates":[{"date":"2026-12-24"},{"x":[[1,{}]]}]})",
       "dates[1].x", "is unknown"},
      {"unknown object", R"({"nested":{"title":"t"}})", "nested", "is unknown"},
      {"empty name", R"({"":1})", "", "is unknown"},
      {"name of other case", R"({"Title":"t"})", "Title", "is unknown"},
      {"twice", R"({"title":"t","title":"t","dates":[{"date":"2026-12-24"}]})", "title",
       "is there twice"},
      {"twice escaped", R"({"title":"t","\u0074itle":"t"})", "title", "is there twice"},
      {"twice nested", R"({"title":"t","dates":[{"date":"2026-12-24","date":"2026-12-24"}]})",
       "dates[0].date", "is there twice"},
      {"missing first", R"({})", "title", "is missing"},
      {"missing second", R"({"title":"t"})", "dates", "is missing"},
      {"missing nested",
       R"({"title":"t","dates":[{"date":"2026-12-24","sections":[{"name":"a","seats":1}]}]})",
       "dates[0].sections[0].price", "is missing"},
      {"number for text", R"({"title":1})", "title", "must be a string"},
      {"null for text", R"({"title":null})", "title", "must be a string"},
      {"null for optional", R"({"opensAt":null})", "opensAt", "must be a string"},
      {"empty text", R"({"title":""})", "title", "must be a string of 1 to 20 characters"},
      {"long text", many, "title", "must be a string of 1 to 20 characters"},
      {"control character", R"({"title":"a\u0000b"})", "title",
       "must not contain control characters"},
      {"text for array", R"({"dates":"2026-12-24"})", "dates", "must be an array"},
      {"object for array", R"({"dates":{}})", "dates", "must be an array"},
      {"array for object", R"({"queue":[]})", "queue", "must be an object"},
      {"number in array of objects", R"({"dates":[1]})", "dates[0]", "must be an object"},
      {"empty array", R"({"dates":[]})", "dates", "must have at least 1 items"},
      {"long array",
       R"({"dates":[{"date":"2026-12-24"},{"date":"2026-12-25"},{"date":"2026-12-26"},{}]})",
       "dates", "must not have more than 3 items"},
      {"no such day", R"({"dates":[{"date":"2026-02-30"}]})", "dates[0].date",
       "must be a date such as 2026-12-24 or 2026-12-24T19:30"},
      {"no zone", R"({"opensAt":"2026-12-24T20:00:00"})", "opensAt",
       "must be a time such as 2026-12-24T20:00:00Z"},
      {"currency", R"({"currency":"krw"})", "currency", "must be a currency code such as KRW"},
      {"choice", R"({"phase":"shut"})", "phase", "must be one of open, paused"},
      {"number for boolean", R"({"free":1})", "free", "must be true or false"},
      {"out of range nested", R"({"title":"t","dates":[{"date":"2026-12-24","sections":[
          {"name":"a","seats":1,"price":1},{"name":"a","seats":1,"price":1000001}]}]})",
       "dates[0].sections[1].price", "must be an integer from 0 to 1000000"},
  };
  JsonReader reader;
  for (const InvalidField& c : cases) {
    ParsedConcert concert;
    EXPECT_FALSE(read_concert(reader, c.body, concert)) << c.name;
    EXPECT_EQ(reader.error().kind, Kind::kInvalidField) << c.name << ": " << reader.error().why;
    EXPECT_EQ(reader.error().field, c.field) << c.name;
    EXPECT_EQ(reader.error().why, c.why) << c.name;
  }
}

TEST(JsonReader, unknown_name_in_error_is_cut_at_a_character) {
  JsonReader reader;
  int x = 0;
  const std::string name = std::string(63, 'a') + "é" + std::string(100, 'b');
  EXPECT_FALSE(
      json::read(reader, "{\"" + name + "\":1}", json::optional("x", json::integer(x, 0, 1))));
  EXPECT_EQ(reader.error().field, std::string(63, 'a'));
}

TEST(JsonReader, integer_accepts_only_integers_in_range) {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> value;
  };
  const Case cases[] = {
      {"-3", -3},
      {"0", 0},
      {"7", 7},
      {" 7 ", 7},
      {"9007199254740991", kJsonIntegerMax},
      {"-4", {}},
      {"9007199254740992", {}},
      {"9223372036854775807", {}},
      {"9223372036854775808", {}},
      {"99999999999999999999999999", {}},
      {"-0", {}},
      {"1.0", {}},
      {"1e3", {}},
      {"1E3", {}},
      {"0.0", {}},
      {"0e0", {}},
      {"\"1\"", {}},
      {"null", {}},
      {"true", {}},
      {"[1]", {}},
      {"{}", {}},
      {"1e999", {}},
  };
  JsonReader reader;
  for (const Case& c : cases) {
    std::int64_t value = -1000;
    const std::string body = "{\"n\":" + std::string(c.text) + "}";
    const bool ok =
        json::read(reader, body, json::required("n", json::integer(value, -3, kJsonIntegerMax)));
    EXPECT_EQ(ok, c.value.has_value()) << c.text;
    if (c.value) {
      EXPECT_EQ(value, *c.value) << c.text;
    } else {
      EXPECT_EQ(reader.error().kind, Kind::kInvalidField) << c.text;
      EXPECT_EQ(reader.error().why, "must be an integer from -3 to 9007199254740991") << c.text;
    }
  }
}

TEST(JsonReader, ids_and_lists_of_integers_are_bounded) {
  JsonReader reader;
  HoldId hold;
  ConcertId concert;
  std::vector<SeatNumber> seats;
  const auto read = [&](std::string_view body) {
    return json::read(reader, body, json::optional("hold", json::id(hold)),
                      json::optional("concert", json::id(concert)),
                      json::optional("seats", json::list(seats, 1, 4, [](SeatNumber& s) {
                                       return json::id(s);
                                     })));
  };
  EXPECT_TRUE(read(R"({"hold":9007199254740991,"concert":4294967295,"seats":[1,2,3,4]})"));
  EXPECT_EQ(hold, HoldId{9007199254740991U});
  EXPECT_EQ(concert, ConcertId{4294967295U});
  EXPECT_EQ(seats, (std::vector{SeatNumber{1}, SeatNumber{2}, SeatNumber{3}, SeatNumber{4}}));
  EXPECT_FALSE(read(R"({"hold":9007199254740992})"));
  EXPECT_FALSE(read(R"({"hold":0})"));
  EXPECT_FALSE(read(R"({"concert":4294967296})"));
  EXPECT_FALSE(read(R"({"seats":[1,0]})"));
  EXPECT_EQ(reader.error().field, "seats[1]");
}

TEST(JsonReader, uuid_is_read_in_either_case) {
  JsonReader reader;
  UserId user;
  const auto read = [&](std::string_view body) {
    return json::read(reader, body, json::required("userId", json::uuid(user)));
  };
  EXPECT_TRUE(read(R"({"userId":"0190163D-8694-739b-aea5-966c26f8ad91"})"));
  EXPECT_EQ(to_string(user), "0190163d-8694-739b-aea5-966c26f8ad91");
  EXPECT_FALSE(read(R"({"userId":"00000000-0000-0000-0000-000000000000"})"));
  EXPECT_EQ(reader.error().why, "must be a UUID and not the nil UUID");
}

struct Malformed {
  std::string_view body;
  std::size_t offset;
  std::string_view why;
};

TEST(JsonReader, read_of_broken_text_tells_where_and_why) {
  const std::string deep = R"({"x":)" + std::string(16, '[') + std::string(16, ']') + "}";
  const Malformed cases[] = {
      {"", 0, "expected a value"},
      {"   ", 3, "expected a value"},
      {"[]", 0, "expected an object"},
      {" 1", 1, "expected an object"},
      {"null", 0, "expected an object"},
      {R"("title")", 0, "expected an object"},
      {"{", 1, "expected a member name"},
      {"}", 0, "expected a value"},
      {R"({"title")", 8, "expected ':'"},
      {R"({"title":)", 9, "expected a value"},
      {R"({"title":"t")", 12, "expected ',' or '}'"},
      {R"({"title":"t",})", 13, "expected a member name"},
      {R"({"title":"t" "x":1})", 13, "expected ',' or '}'"},
      {R"({"title" "t"})", 9, "expected ':'"},
      {R"({title:"t"})", 1, "expected a member name"},
      {R"({'title':"t"})", 1, "expected a member name"},
      {R"({"dates":[1,]})", 12, "expected a value"},
      {R"({"dates":[1 2]})", 12, "expected ',' or ']'"},
      {R"({"dates":[})", 10, "expected a value"},
      {R"({"dates":[1})", 11, "expected ',' or ']'"},
      {R"({"title":"t"} {})", 14, "expected the end of the text"},
      {R"({"title":"t"}x)", 13, "expected the end of the text"},
      {R"({"title":"t"}})", 13, "expected the end of the text"},
      {R"({"title":tru})", 9, "expected a value"},
      {R"({"title":truer})", 13, "expected ',' or '}'"},
      {R"({"title":01})", 10, "a number has no leading zero"},
      {R"({"title":-})", 10, "expected a digit"},
      {R"({"title":1.})", 11, "expected a digit"},
      {R"({"title":1e})", 11, "expected a digit"},
      {R"({"title":+1})", 9, "expected a value"},
      {R"({"title":NaN})", 9, "expected a value"},
      {R"({"title":"t)", 11, "expected the end of the string"},
      {"{\"title\":\"a\nb\"}", 11, "a control character must be escaped"},
      {std::string_view("{\"title\":\"a\0b\"}", 15), 11, "a control character must be escaped"},
      {R"({"title":"\x"})", 10, "unknown escape"},
      {R"({"title":"\u12"})", 10, "not a \\u escape of a character"},
      {R"({"title":"\ud800"})", 16, "expected the other half of a surrogate pair"},
      {R"({"title":"\ud800\u0041"})", 16, "expected the other half of a surrogate pair"},
      {R"({"title":"\udc00"})", 10, "not a \\u escape of a character"},
      {"{\"title\":\"\xff\"}", 10, "not UTF-8"},
      {"{\"title\":\"\xc0\xaf\"}", 10, "not UTF-8"},
      {"{\"title\":\"\xed\xa0\x80\"}", 10, "not UTF-8"},
      {"{\"title\":\"\xf4\x90\x80\x80\"}", 10, "not UTF-8"},
      {"{\"title\":\"\xe2\x82\"}", 10, "not UTF-8"},
      {"\xef\xbb\xbf{\"title\":\"t\"}", 0, "expected a value"},
      {"{\"title\":/**/\"t\"}", 9, "expected a value"},
      {deep, 20, "nested too deeply"},
      // A syntax error has precedence over a wrong member.
      {R"({"unknown":1,"title":2]})", 22, "expected ',' or '}'"},
      {R"({"title":1} trailing)", 12, "expected the end of the text"},
  };
  JsonReader reader;
  for (const Malformed& c : cases) {
    ParsedConcert concert;
    EXPECT_FALSE(read_concert(reader, c.body, concert)) << c.body;
    EXPECT_EQ(reader.error().kind, Kind::kMalformed) << c.body;
    EXPECT_EQ(reader.error().offset, c.offset) << c.body;
    EXPECT_EQ(reader.error().why, c.why) << c.body;
  }
}

TEST(JsonReader, good_body_after_a_refused_one_is_read) {
  JsonReader reader;
  for (const std::string_view bad :
       {"", "{", R"({"dates":[{"date":1}]})", R"({"dates":[[[[)", "\xff"}) {
    ParsedConcert c;
    EXPECT_FALSE(read_concert(reader, bad, c));
    EXPECT_TRUE(read_concert(reader, kFull, c)) << bad;
    EXPECT_EQ(reader.error().kind, Kind::kNone);
  }
}

TEST(JsonReader, body_larger_than_the_first_buffer_is_read) {
  JsonReader reader;
  std::vector<std::uint32_t> numbers;
  for (const std::size_t count : {10U, 1000U, 100'000U, 10U}) {
    std::string body = R"({"n":[)";
    for (std::size_t i = 0; i < count; ++i) body += (i == 0 ? "" : ",") + std::to_string(i);
    body += "]}";
    const auto item = [](std::uint32_t& n) { return json::integer(n, 0, 1'000'000); };
    ASSERT_TRUE(
        json::read(reader, body, json::required("n", json::list(numbers, 0, 100'000, item))));
    ASSERT_EQ(numbers.size(), count);
    EXPECT_EQ(numbers.back(), count - 1);
  }
}

// An independent check must agree: a body that the reader accepts is JSON, and one that it calls
// malformed is not.
TEST(JsonReader, mutated_bodies_are_judged_as_by_the_check) {
  constexpr std::string_view kSpare = "{}[]:,\"\\ 0-1e.ntx\x01\xc3\xa9";
  Prng random(20261224);
  JsonReader reader;
  int accepted = 0;
  int malformed = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string body(kFull);
    for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
      const std::size_t at = random.below(body.size());
      const char c = kSpare[random.below(kSpare.size())];
      switch (random.below(3)) {
        case 0:
          body[at] = c;
          break;
        case 1:
          body.insert(at, 1, c);
          break;
        default:
          body.erase(at, 1);
          break;
      }
    }
    ParsedConcert concert;
    const bool ok = read_concert(reader, body, concert);
    const auto fault = find_json_fault(body);
    accepted += ok;
    malformed += fault.has_value();
    ASSERT_FALSE(ok && fault) << fault->offset << fault->why << "\n" << body;
    if (!ok && !fault) {
      ASSERT_EQ(reader.error().kind, Kind::kInvalidField) << body;
    }
    if (fault) {
      ASSERT_EQ(reader.error().kind, Kind::kMalformed) << body;
    }
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(malformed, 1000);
}

}  // namespace
}  // namespace frontrow
