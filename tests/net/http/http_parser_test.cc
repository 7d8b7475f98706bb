// The parser without sockets: every rejection by name, valid messages cut at every byte, bounds at
// and over.
#include "net/http/http_parser.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "tests/net/http/http_parser_shapes.h"

namespace frontrow {
namespace {

// Feeds text cut into two at `cut`, growing and moving the buffer as a connection does.
struct Feed {
  HttpLimits limits;
  HttpParser parser{limits};
  ParseProgress progress;
  std::string buffer;

  ParseOutcome add(std::string_view bytes) {
    std::string moved = buffer;
    moved += bytes;
    buffer.swap(moved);
    return parser.parse(buffer, progress);
  }
  ParseOutcome whole(std::string_view bytes) {
    buffer.clear();
    progress.start_message();
    return add(bytes);
  }
};

std::string get(std::string_view target, std::string_view headers = "Host: a\r\n") {
  return get_message(target, headers);
}
std::string post(std::string_view headers, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

class HttpParserValid : public testing::TestWithParam<ValidMessage> {};
INSTANTIATE_TEST_SUITE_P(Shapes, HttpParserValid, testing::ValuesIn(valid_messages()),
                         [](const auto& shape) { return std::string(shape.param.name); });

void expect_request(const Feed& feed, const ValidMessage& valid, std::size_t consumed) {
  const Request& request = feed.parser.request();
  EXPECT_EQ(request.method, valid.method);
  EXPECT_EQ(request.path, valid.path);
  EXPECT_EQ(request.query, valid.query);
  EXPECT_EQ(request.body, valid.body);
  EXPECT_EQ(request.keep_alive, valid.keep_alive);
  EXPECT_EQ(feed.parser.consumed(), consumed);
}

TEST_P(HttpParserValid, parse_cut_at_every_byte_gives_the_same) {
  const std::string& text = GetParam().text;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    SCOPED_TRACE(cut);
    Feed feed;
    ASSERT_EQ(feed.add(text.substr(0, cut)), ParseOutcome::kNeedMore) << feed.parser.error().detail;
    ASSERT_EQ(feed.add(text.substr(cut)), ParseOutcome::kRequest) << feed.parser.error().detail;
    expect_request(feed, GetParam(), text.size());
  }
}

TEST_P(HttpParserValid, parse_byte_by_byte_gives_the_same) {
  const std::string& text = GetParam().text;
  Feed feed;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    ASSERT_EQ(feed.add(text.substr(i, 1)), ParseOutcome::kNeedMore)
        << i << feed.parser.error().detail;
  }
  ASSERT_EQ(feed.add(text.substr(text.size() - 1)), ParseOutcome::kRequest);
  expect_request(feed, GetParam(), text.size());
}

TEST_P(HttpParserValid, parse_stops_after_the_message) {
  Feed feed;
  const std::string two = GetParam().text + get("/next");
  ASSERT_EQ(feed.add(two), ParseOutcome::kRequest) << feed.parser.error().detail;
  expect_request(feed, GetParam(), GetParam().text.size());
  ASSERT_EQ(feed.parser.parse(std::string_view(two).substr(feed.parser.consumed()), feed.progress),
            ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().path, "/next");
}

class HttpParserRefused : public testing::TestWithParam<RefusedMessage> {};
INSTANTIATE_TEST_SUITE_P(Shapes, HttpParserRefused, testing::ValuesIn(refused_messages()),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(HttpParserRefused, parse_refuses_whole_input) {
  Feed feed;
  ASSERT_EQ(feed.add(GetParam().text), ParseOutcome::kError);
  EXPECT_EQ(feed.parser.error().type->status, GetParam().status) << feed.parser.error().detail;
  EXPECT_FALSE(feed.parser.error().detail.empty());
}

TEST_P(HttpParserRefused, parse_refuses_byte_by_byte) {
  Feed feed;
  for (const char byte : GetParam().text) {
    const ParseOutcome outcome = feed.add({&byte, 1});
    ASSERT_NE(outcome, ParseOutcome::kRequest);
    if (outcome != ParseOutcome::kError) continue;
    EXPECT_EQ(feed.parser.error().type->status, GetParam().status) << feed.parser.error().detail;
    return;
  }
  FAIL() << "was taken";
}

// Earlier input must not affect a valid message.
TEST(HttpParser, parse_after_a_refusal_starts_afresh) {
  Feed feed;
  for (const RefusedMessage& refused : refused_messages()) {
    ASSERT_EQ(feed.whole(refused.text), ParseOutcome::kError) << refused.name;
    for (const ValidMessage& valid : valid_messages()) {
      ASSERT_EQ(feed.whole(valid.text), ParseOutcome::kRequest)
          << refused.name << " " << valid.name;
    }
  }
}

// The result of a message that arrives in pieces of `cut` bytes: status and body, or "unfinished".
std::string outcome_of(std::string_view text, std::size_t cut) {
  Feed feed;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    const ParseOutcome outcome = feed.add(text.substr(at, cut));
    if (outcome == ParseOutcome::kError) return std::string(feed.parser.error().type->slug);
    if (outcome != ParseOutcome::kRequest) continue;
    const Request& request = feed.parser.request();
    return std::string(request.path) + "?" + std::string(request.query) + " " +
           std::string(request.body) + " " + std::to_string(feed.parser.consumed());
  }
  return "unfinished";
}

TEST(HttpParser, parse_of_damaged_messages_does_not_depend_on_the_cut) {
  Prng prng(20261224);
  static constexpr std::string_view kBytes("\r\n \t:;,#0aZ\0\x7f\xff", 15);
  const auto& valids = valid_messages();
  const auto& refused = refused_messages();
  for (int round = 0; round < 20'000; ++round) {
    const bool valid = prng.chance(60);
    std::string text =
        valid ? valids[prng.below(valids.size())].text : refused[prng.below(refused.size())].text;
    for (std::uint64_t edits = 1 + prng.below(3); edits != 0; --edits) {
      const std::size_t at = prng.below(text.size());
      const char byte = kBytes[prng.below(kBytes.size())];
      switch (prng.below(3)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1 + prng.below(2));
          break;
      }
      if (text.empty()) text = "x";
    }
    const std::string whole = outcome_of(text, text.size());
    ASSERT_EQ(outcome_of(text, 1), whole) << testing::PrintToString(text);
    ASSERT_EQ(outcome_of(text, 1 + prng.below(text.size())), whole) << testing::PrintToString(text);
  }
}

TEST(HttpParser, request_carries_the_fields_an_api_needs) {
  Feed feed;
  ASSERT_EQ(
      feed.whole(get("/",
                     "hOST: a\r\nauthorization:  Bearer t \r\nIdempotency-Key: k\r\n"
                     "Content-Type: application/json\r\nAccept: */*\r\nIf-None-Match: \"e\"\r\n"
                     "X-Request-Id: r1\r\nLast-Event-ID: 7\r\nX-Other: z\r\n")),
      ParseOutcome::kRequest);
  const Request& request = feed.parser.request();
  EXPECT_EQ(request.host, "a");
  EXPECT_EQ(request.authorization, "Bearer t");
  EXPECT_EQ(request.idempotency_key, "k");
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.accept, "*/*");
  EXPECT_EQ(request.if_none_match, "\"e\"");
  EXPECT_EQ(request.request_id, "r1");
  EXPECT_EQ(request.last_event_id, "7");
  EXPECT_FALSE(request.has_body);
}

TEST(HttpParser, request_id_that_is_not_sane_is_dropped) {
  Feed feed;
  const auto id = [&](const std::string& value) {
    EXPECT_EQ(feed.whole(get("/", "Host: a\r\nX-Request-Id: " + value + "\r\n")),
              ParseOutcome::kRequest);
    return std::string(feed.parser.request().request_id);
  };
  EXPECT_EQ(id(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(id(std::string(129, 'x')), "");
  EXPECT_EQ(id("a b"), "");
  EXPECT_EQ(id("\xc3\xa9"), "");
}

TEST(HttpParser, lists_sent_in_several_lines_are_one_list) {
  Feed feed;
  ASSERT_EQ(feed.whole(get("/",
                           "Host: a\r\nAccept: x/y\r\nIf-Match: \"3\"\r\nAccept: a/b\r\n"
                           "If-None-Match: \"1\"\r\nIf-None-Match:\r\nIf-None-Match: \"2\"\t\r\n"
                           "Accept-Encoding: gzip\r\nAccept-Encoding: br;q=0\r\n"
                           "If-Match: \"4\"\r\n")),
            ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().accept, "x/y, a/b");
  EXPECT_EQ(feed.parser.request().accept_encoding, "gzip, br;q=0");
  EXPECT_EQ(feed.parser.request().if_none_match, "\"1\", , \"2\"");
  EXPECT_EQ(feed.parser.request().if_match, "\"3\", \"4\"");
  // The next message starts without these headers.
  ASSERT_EQ(feed.whole(get("/", "Host: a\r\nAccept: x/y\r\n")), ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().accept, "x/y");
  EXPECT_EQ(feed.parser.request().if_match, std::nullopt);
}

TEST(HttpParser, fields_that_must_not_be_empty_are_told_from_absent_ones) {
  Feed feed;
  ASSERT_EQ(feed.whole(get("/", "Host: a\r\nIdempotency-Key: \t\r\nIf-Match:\r\n")),
            ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().idempotency_key, "");
  EXPECT_EQ(feed.parser.request().if_match, "");
  ASSERT_EQ(feed.whole(get("/")), ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().idempotency_key, std::nullopt);
  EXPECT_EQ(feed.parser.request().if_match, std::nullopt);
}

TEST(HttpParser, host_is_that_of_an_absolute_target) {
  Feed feed;
  ASSERT_EQ(feed.whole(get("http://b:81/x")), ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().host, "b:81");
}

TEST(HttpParser, head_is_a_get_without_body) {
  Feed feed;
  ASSERT_EQ(feed.whole("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().method, Method::kGet);
  EXPECT_TRUE(feed.parser.request().head);
}

TEST(HttpParser, expect_continue_is_reported_once_and_before_the_body) {
  Feed feed;
  EXPECT_EQ(feed.add(post("Content-Length: 2\r\nExpect: 100-Continue\r\n", "")),
            ParseOutcome::kExpectContinue);
  EXPECT_EQ(feed.add("h"), ParseOutcome::kNeedMore);
  EXPECT_EQ(feed.add("i"), ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().body, "hi");
}

TEST(HttpParser, expect_continue_is_not_reported_when_the_body_has_begun) {
  Feed feed;
  EXPECT_EQ(feed.add(post("Content-Length: 2\r\nExpect: 100-continue\r\n", "h")),
            ParseOutcome::kNeedMore);
  EXPECT_EQ(feed.add("i"), ParseOutcome::kRequest);
}

TEST(HttpParser, expect_continue_of_1_0_is_ignored) {
  Feed feed;
  EXPECT_EQ(feed.add("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"),
            ParseOutcome::kNeedMore);
}

TEST(HttpParser, expect_continue_of_too_large_a_body_is_refused_at_once) {
  Feed feed;
  ASSERT_EQ(feed.add(post("Content-Length: 16385\r\nExpect: 100-continue\r\n", "")),
            ParseOutcome::kError);
  EXPECT_EQ(feed.parser.error().type->status, 413);
}

}  // namespace
}  // namespace frontrow
