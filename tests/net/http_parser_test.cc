// The parser without sockets: every refusal by name, valid messages cut at every byte, bounds at
// and over.
#include "net/http_parser.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

constexpr std::string_view kHost = "Host: a\r\n";

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

struct Valid {
  const char* name;
  std::string text;
  Method method;
  std::string_view path;
  std::string_view query;
  std::string_view body;
  bool keep_alive;
};

void PrintTo(const Valid& valid, std::ostream* out) { *out << valid.name; }

std::string get(std::string_view target, std::string_view headers = kHost) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}
std::string post(std::string_view headers, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

const std::vector<Valid> kValid{
    {"plain_get", get("/x"), Method::kGet, "/x", "", "", true},
    {"query", get("/x?a=1&b=%20?"), Method::kGet, "/x", "a=1&b=%20?", "", true},
    {"absolute_form", get("http://a:80/x?q"), Method::kGet, "/x", "q", "", true},
    {"absolute_form_without_path", get("HTTP://a"), Method::kGet, "/", "", "", true},
    {"absolute_form_with_query_only", get("http://a?q"), Method::kGet, "/", "q", "", true},
    {"options_star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", Method::kOptions, "*", "", "", true},
    {"empty_line_before", "\r\n" + get("/x"), Method::kGet, "/x", "", "", true},
    {"close", get("/", "Host: a\r\nConnection: close\r\n"), Method::kGet, "/", "", "", false},
    {"http_1_0", "GET / HTTP/1.0\r\n\r\n", Method::kGet, "/", "", "", false},
    {"http_1_0_keep_alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Method::kGet, "/",
     "", "", true},
    {"empty_host", get("/", "Host:\r\n"), Method::kGet, "/", "", "", true},
    {"ipv6_host", get("/", "Host: [::1]:8080\r\n"), Method::kGet, "/", "", "", true},
    {"sized_body", post("Content-Length: 5\r\n", "hello"), Method::kPost, "/p", "", "hello", true},
    {"empty_body", post("Content-Length: 0\r\n", ""), Method::kPost, "/p", "", "", true},
    {"no_body", post("", ""), Method::kPost, "/p", "", "", true},
    {"http_1_0_body", "POST /p HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", Method::kPost, "/p", "",
     "hi", false},
    {"chunked", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"),
     Method::kPost, "/p", "", "abc0123456789", true},
    {"chunked_in_capitals", post("Transfer-Encoding: Chunked\r\n", "1\r\nx\r\n0\r\n\r\n"),
     Method::kPost, "/p", "", "x", true},
    {"chunk_extension", post("Transfer-Encoding: chunked\r\n", "1;n=v\r\nx\r\n0\r\n\r\n"),
     Method::kPost, "/p", "", "x", true},
    {"empty_chunked", post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), Method::kPost, "/p", "",
     "", true},
    {"patch", "PATCH /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kPatch, "/p", "", "", true},
    {"put", "PUT /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kPut, "/p", "", "", true},
    {"delete", "DELETE /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kDelete, "/p", "", "", true},
};

class HttpParserValid : public testing::TestWithParam<Valid> {};
INSTANTIATE_TEST_SUITE_P(Shapes, HttpParserValid, testing::ValuesIn(kValid),
                         [](const auto& shape) { return std::string(shape.param.name); });

void expect_request(const Feed& feed, const Valid& valid, std::size_t consumed) {
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

struct Refused {
  const char* name;
  std::string text;
  int status;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

std::string chunked(std::string_view chunks) {
  return post("Transfer-Encoding: chunked\r\n", chunks);
}

const std::vector<Refused> kRefused{
    {"version_0_9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 400},
    {"version_2_0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400},
    {"version_1_2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400},
    {"version_missing", "GET /\r\n\r\n", 400},
    {"version_of_another_protocol", "GET / RTSP/1.0\r\nHost: a\r\n\r\n", 400},
    {"version_in_lower_case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    {"http2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"two_spaces_before_target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two_spaces_after_target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tab_after_method", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"two_empty_lines_before", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"space_before_method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"space_after_version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
    {"target_missing", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"target_relative", get("x"), 400},
    {"target_star_of_get", get("*"), 400},
    {"target_with_fragment", get("/x#y"), 400},
    {"target_with_control", get("/x\x01y"), 400},
    {"target_with_delete", get("/x\x7f"), 400},
    {"target_with_high_byte", get("/x\xc3\xa9"), 400},
    {"target_of_other_scheme", get("ftp://a/"), 400},
    {"target_without_authority", get("http:///x"), 400},
    {"target_with_user", get("http://u@a/x"), 400},
    {"bare_lf_after_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"bare_lf_after_header", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
    {"bare_lf_at_end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
    {"bare_cr_in_header", get("/", "Host: a\r\nX: a\rb\r\n"), 400},
    {"nul_in_header", get("/", std::string_view("Host: a\r\nX: a\0b\r\n", 17)), 400},
    {"control_in_header", get("/", "Host: a\r\nX: a\x01\r\n"), 400},
    {"empty_header_name", get("/", "Host: a\r\n: b\r\n"), 400},
    {"header_without_colon", get("/", "Host: a\r\nNonsense\r\n"), 400},
    {"space_in_header_name", get("/", "Host: a\r\nX Y: b\r\n"), 400},
    {"space_before_colon", get("/", "Host: a\r\nX : b\r\n"), 400},
    {"folded_header", get("/", "Host: a\r\nX: a\r\n b\r\n"), 400},
    {"folded_header_with_tab", get("/", "Host: a\r\nX: a\r\n\tb\r\n"), 400},
    {"space_before_first_header", get("/", " Host: a\r\n"), 400},
    {"host_missing", get("/", ""), 400},
    {"host_twice", get("/", "Host: a\r\nHost: a\r\n"), 400},
    {"host_twice_on_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"host_list", get("/", "Host: a, b\r\n"), 400},
    {"host_with_slash", get("/", "Host: a/b\r\n"), 400},
    {"authorization_twice", get("/", "Host: a\r\nAuthorization: x\r\nAuthorization: x\r\n"), 400},
    {"content_length_twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), 400},
    {"content_length_list", post("Content-Length: 1, 1\r\n", "x"), 400},
    {"content_length_signed", post("Content-Length: +1\r\n", "x"), 400},
    {"content_length_negative", post("Content-Length: -1\r\n", "x"), 400},
    {"content_length_hexadecimal", post("Content-Length: 0x1\r\n", "x"), 400},
    {"content_length_empty", post("Content-Length:\r\n", ""), 400},
    {"content_length_with_space", post("Content-Length: 1 1\r\n", "x"), 400},
    {"content_length_over_64_bits", post("Content-Length: 18446744073709551617\r\n", "x"), 400},
    {"both_framings", post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
     400},
    {"both_framings_other_order",
     post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"), 400},
    {"transfer_encoding_on_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"transfer_encoding_gzip", post("Transfer-Encoding: gzip\r\n", ""), 400},
    {"transfer_encoding_list", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
    {"transfer_encoding_identity", post("Transfer-Encoding: identity\r\n", ""), 400},
    {"transfer_encoding_not_a_token", post("Transfer-Encoding: \"chunked\"\r\n", ""), 400},
    {"transfer_encoding_parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), 400},
    {"transfer_encoding_comma", post("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n"), 400},
    {"transfer_encoding_empty", post("Transfer-Encoding:\r\n", ""), 400},
    {"transfer_encoding_twice",
     post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
    {"trailer", chunked("0\r\nX: y\r\n\r\n"), 400},
    {"chunk_size_not_hexadecimal", chunked("g\r\n"), 400},
    {"chunk_size_missing", chunked("\r\nx\r\n"), 400},
    {"chunk_size_negative", chunked("-1\r\nx\r\n"), 400},
    {"chunk_size_prefixed", chunked("0x1\r\nx\r\n"), 400},
    {"chunk_size_before_space", chunked("1 \r\nx\r\n0\r\n\r\n"), 400},
    {"chunk_size_overflow", chunked("11111111111111111\r\n"), 400},
    {"chunk_size_bare_lf", chunked("1\nx\r\n0\r\n\r\n"), 400},
    {"chunk_data_bare_lf", chunked("1\r\nx\n0\r\n\r\n"), 400},
    {"chunk_data_too_long", chunked("1\r\nxy\r\n0\r\n\r\n"), 400},
    {"chunk_extension_bare_lf", chunked("1;a=b\nx\r\n0\r\n\r\n"), 400},
    {"last_chunk_bare_lf", chunked("0\r\n\n"), 400},
    {"expect_unknown", post("Expect: 200-ok\r\n", ""), 417},
    {"expect_empty", post("Expect:\r\n", ""), 417},
    {"method_unknown", "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_in_lower_case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_longer_than_known", "GETS / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_known_to_llhttp_only", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_trace", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_connect", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
    {"method_not_a_token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"method_longer_than_any", std::string(33, 'X') + " / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"method_unknown_and_target_with_control", "BREW /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"tls", "\x16\x03 / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"upgrade", get("/", "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"), 501},
};

class HttpParserRefused : public testing::TestWithParam<Refused> {};
INSTANTIATE_TEST_SUITE_P(Shapes, HttpParserRefused, testing::ValuesIn(kRefused),
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

// A valid message must not depend on what the parser has seen before.
TEST(HttpParser, parse_after_a_refusal_starts_afresh) {
  Feed feed;
  for (const Refused& refused : kRefused) {
    ASSERT_EQ(feed.whole(refused.text), ParseOutcome::kError) << refused.name;
    for (const Valid& valid : kValid) {
      ASSERT_EQ(feed.whole(valid.text), ParseOutcome::kRequest)
          << refused.name << " " << valid.name;
    }
  }
}

// What comes of a message that arrives `cut` bytes at a time: its status and body, or that it is
// unfinished.
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
  for (int round = 0; round < 20'000; ++round) {
    const bool valid = prng.chance(60);
    std::string text =
        valid ? kValid[prng.below(kValid.size())].text : kRefused[prng.below(kRefused.size())].text;
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

TEST(HttpParser, lists_sent_in_two_lines_count_as_absent) {
  Feed feed;
  ASSERT_EQ(feed.whole(get("/",
                           "Host: a\r\nAccept: x/y\r\nAccept: a/b\r\n"
                           "If-None-Match: \"1\"\r\nIf-None-Match: \"2\"\r\n")),
            ParseOutcome::kRequest);
  EXPECT_EQ(feed.parser.request().accept, "");
  EXPECT_EQ(feed.parser.request().if_none_match, "");
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
