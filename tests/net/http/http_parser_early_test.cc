// Input that can't become a request is rejected at its first impossible byte, for all cuts, and not
// at a deadline.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "net/http/http_parser.h"

namespace frontrow {
namespace {

struct EarlyFeed {
  HttpLimits limits;
  HttpParser parser{limits};
  ParseProgress progress;
  std::string buffer;

  ParseOutcome add(std::string_view bytes) {
    buffer += bytes;
    return parser.parse(buffer, progress);
  }
};

struct Early {
  const char* name;
  std::string text;  // rejected at its last byte, or at that of a line's end
  std::string_view detail;
};
void PrintTo(const Early& early, std::ostream* out) { *out << early.name; }

constexpr std::string_view kTls = "TLS seems to be spoken to a port that takes plain HTTP";
constexpr std::string_view kNoMethod = "the request line does not begin with a method";
constexpr std::string_view kNoVersion = "the request line must end in HTTP/1.1 or HTTP/1.0";
constexpr std::string_view kBareLf = "a line ends in LF without CR";
constexpr std::string_view kNoName = "a header's name holds a byte that is not allowed in a name";
constexpr std::string_view kControl = "a header holds a control character";
constexpr std::string_view kNotPrintable =
    "the request line holds a byte that is not printable ASCII";

const std::vector<Early> kEarly{
    {"tls_first_byte", "\x16", kTls},
    {"ssh_answer_that_ends_in_lf", "SSH-2.0-x\n", "a line ends in LF without CR"},
    {"another_record_type", "\x17", kNoMethod},
    {"socks", "\x05", kNoMethod},
    {"nul", std::string(1, '\0'), kNoMethod},
    {"high_byte", "\x80", kNoMethod},
    {"space", " ", kNoMethod},
    {"tab", "\t", kNoMethod},
    {"tab_after_method", "GET\t", kNoMethod},
    {"json", "{", kNoMethod},
    {"target_without_method", "/", kNoMethod},
    {"separator_in_method", "GET/", kNoMethod},
    {"method_too_long", std::string(33, 'G'), "the method is too long"},
    {"control_in_target", "GET /\x01", kNotPrintable},
    {"delete_in_target", "GET /\x7f", kNotPrintable},
    {"high_byte_in_target", "GET /\x80", kNotPrintable},
    {"tab_in_target", "GET /x\t", kNotPrintable},
    {"nul_in_version", "GET / HTTP/" + std::string(1, '\0'), kNotPrintable},
    {"cr_that_no_lf_follows", "GET / HTTP/1.1\rH", kNotPrintable},
    {"cr_that_a_cr_follows", "GET / HTTP/1.1\r\r", kNotPrintable},
    {"first_byte_after_an_empty_line", "\r\n\x16", kTls},
    {"cr_that_no_lf_follows_at_the_start", "\rG", kNoMethod},
    {"cr_behind_the_method", "GET\r", kNoMethod},
    {"second_empty_line", "\r\n\r", kNoMethod},
    {"request_line_of_two_words", "GET /\r", kNoVersion},
    {"two_spaces_before_the_target", "GET  ", "the request line is not method, target and version"},
    {"fragment", "GET /x#", "the target holds a byte that must be encoded"},
    {"version_of_another_protocol", "GET / R", kNoVersion},
    {"version_in_lower_case", "GET / h", kNoVersion},
    {"version_without_minor", "GET / HTTP/2\r", kNoVersion},
    {"space_behind_the_version", "GET / HTTP/1.1 ", kNoVersion},
    {"nul_for_a_header", "GET / HTTP/1.1\r\n" + std::string(1, '\0'), kNoName},
    {"high_byte_in_a_header_name", "GET / HTTP/1.1\r\nHost: a\r\nX\x80", kNoName},
    {"space_before_a_header", "GET / HTTP/1.1\r\n ", "a header line begins with white space"},
    {"folded_header", "GET / HTTP/1.1\r\nHost: a\r\n\t", "a header line begins with white space"},
    {"space_in_a_header_name", "GET / HTTP/1.1\r\nHost ", "white space stands in a header's name"},
    {"header_without_name", "GET / HTTP/1.1\r\n:", "a header has no name"},
    {"header_without_colon", "GET / HTTP/1.1\r\nHost\r", "a header line has no colon"},
    {"lf_in_a_header_name", "GET / HTTP/1.1\r\nHost\n", kBareLf},
    {"lf_behind_a_value", "GET / HTTP/1.1\r\nHost: a\n", kBareLf},
    {"lf_that_ends_the_head", "GET / HTTP/1.1\r\n\n", kBareLf},
    {"control_in_a_value", "GET / HTTP/1.1\r\nX: \x01", kControl},
    {"nul_in_a_value", "GET / HTTP/1.1\r\nX: " + std::string(1, '\0'), kControl},
    {"delete_in_a_value", "GET / HTTP/1.1\r\nX: \x7f", kControl},
    {"cr_in_a_value", "GET / HTTP/1.1\r\nX: \ry", "a line holds a CR"},
    {"cr_that_no_lf_follows_at_the_end", "GET / HTTP/1.1\r\n\rX", "a line holds a CR"},
    {"chunk_size", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x",
     "a chunk's size is not a hexadecimal number"},
};

class HttpParserEarly : public testing::TestWithParam<Early> {};
INSTANTIATE_TEST_SUITE_P(Shapes, HttpParserEarly, testing::ValuesIn(kEarly),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(HttpParserEarly, parse_refuses_at_the_first_byte_that_can_not_be) {
  const std::string& text = GetParam().text;
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    SCOPED_TRACE(cut);
    EarlyFeed feed;
    if (cut != 0) {
      ASSERT_EQ(feed.add(text.substr(0, cut)), ParseOutcome::kNeedMore);
    }
    ASSERT_EQ(feed.add(text.substr(cut)), ParseOutcome::kError);
    EXPECT_EQ(feed.parser.error().type->slug, "malformed-request");
    EXPECT_EQ(feed.parser.error().detail, GetParam().detail);
  }
}

// A real ClientHello, for all cuts and all bytes of its random part, line feeds included.
TEST(HttpParserEarlyInput, tls_hello_is_refused_as_such_however_it_is_cut) {
  Prng prng(7);
  for (int round = 0; round < 500; ++round) {
    std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
    for (int i = 0; i < 506; ++i) hello += static_cast<char>(prng.below(256));
    EarlyFeed whole;
    ASSERT_EQ(whole.add(hello), ParseOutcome::kError);
    ASSERT_EQ(whole.parser.error().detail, kTls);
    EarlyFeed cut;
    ASSERT_EQ(cut.add(hello.substr(0, 1 + prng.below(hello.size() - 1))), ParseOutcome::kError);
    ASSERT_EQ(cut.parser.error().detail, kTls);
  }
}

// A complete request line is checked before its headers have arrived.
TEST(HttpParserEarlyInput, bad_request_line_is_refused_before_its_headers) {
  for (const std::string_view line :
       {"GET /\x01 HTTP/1.1\r\n", "\x16\x03 / HTTP/1.1\r\n", "G@T / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\r\n", "GET / SMTP\r\n", "GET / HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n"}) {
    for (std::size_t cut = 0; cut < line.size(); ++cut) {
      EarlyFeed feed;
      if (cut != 0 && feed.add(line.substr(0, cut)) == ParseOutcome::kError) continue;
      EXPECT_EQ(feed.add(line.substr(cut)), ParseOutcome::kError)
          << testing::PrintToString(line) << cut;
    }
  }
}

// The slug of the rejection, "request" or "unfinished"; cut: the size of the pieces in bytes.
std::string early_outcome_of(std::string_view text, std::size_t cut,
                             const HttpLimits& limits = {}) {
  EarlyFeed feed{.limits = limits};
  for (std::size_t at = 0; at < text.size(); at += cut) {
    const ParseOutcome outcome = feed.add(text.substr(at, cut));
    if (outcome == ParseOutcome::kError) return std::string(feed.parser.error().type->slug);
    if (outcome == ParseOutcome::kRequest) return "request";
  }
  return "unfinished";
}

TEST(HttpParserEarlyInput, method_may_be_as_long_as_its_bound) {
  const std::string rest = " / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::size_t cut : {1, 20, 100}) {
    EXPECT_EQ(early_outcome_of(std::string(kMethodBytesMax, 'x'), cut), "unfinished");
    EXPECT_EQ(early_outcome_of(std::string(kMethodBytesMax, 'x').append(rest), cut),
              "not-implemented");
    EXPECT_EQ(early_outcome_of(std::string(kMethodBytesMax + 1, 'x'), cut), "malformed-request");
    EXPECT_EQ(early_outcome_of(std::string(kMethodBytesMax + 1, 'x').append(rest), cut),
              "malformed-request");
  }
}

// The first fault decides, also when all bytes arrive at once.
TEST(HttpParserEarlyInput, first_fault_of_a_request_line_decides_however_it_is_cut) {
  const std::string x1000(1000, 'x');
  const std::string headers = " HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n";
  const std::pair<std::string, std::string_view> cases[] = {
      {"GET /" + x1000 + headers, "headers-too-large"},
      {"GET /" + x1000 + "\xff" + headers, "malformed-request"},
      {"BREW /" + x1000 + headers, "headers-too-large"},
      {x1000 + " /" + headers, "malformed-request"},
      {"GET /" + x1000 + x1000 + x1000 + headers, "uri-too-long"},
      {"GET /" + x1000 + "\x01" + x1000 + x1000 + headers, "malformed-request"},
      {"GET /" + x1000 + "\r" + x1000 + x1000 + headers, "malformed-request"},
      {"GET /" + x1000 + x1000 + x1000 + "\x01" + headers, "uri-too-long"},
      {"GET /" + x1000 + x1000 + x1000 + "\r" + headers, "uri-too-long"},
      {"GET /" + x1000 + x1000 + x1000 + "\n" + headers, "uri-too-long"},
  };
  for (const auto& [text, slug] : cases) {
    for (const std::size_t cut : {1, 700, 20'000}) {
      EXPECT_EQ(early_outcome_of(text, cut), slug) << text.substr(0, 10) << " " << cut;
    }
  }
}

// The same at random, with bounds so small that all reasons occur together.
TEST(HttpParserEarlyInput, parse_of_damaged_request_lines_does_not_depend_on_the_cut) {
  HttpLimits limits;
  limits.request_line_bytes = 60;
  limits.header_bytes = 40;
  static constexpr std::string_view kBytes("\r\n \t#/aZ@\0\x01\x16\x7f\x80\xff", 15);
  static constexpr std::string_view kLines[] = {"GET /abcdefghi HTTP/1.1", "BREW / HTTP/1.1",
                                                "GET / HTTP/2.0", "PROPFIND /abc HTTP/1.1"};
  Prng prng(20261225);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(kLines[prng.below(std::size(kLines))]);
    for (std::uint64_t edits = prng.below(3); edits != 0; --edits) {
      text.insert(prng.below(text.size()), 1 + prng.below(40), "/xY7"[prng.below(4)]);
    }
    for (std::uint64_t edits = prng.below(3); edits != 0; --edits) {
      text.insert(prng.below(text.size()), 1, kBytes[prng.below(kBytes.size())]);
    }
    if (prng.chance(90)) text += "\r\nHost: a\r\nX: ";
    if (prng.chance(30)) text += std::string(30, 'x');
    if (prng.chance(90)) text += "\r\n\r\n";
    const std::string whole = early_outcome_of(text, text.size(), limits);
    ASSERT_EQ(early_outcome_of(text, 1, limits), whole) << testing::PrintToString(text);
    const std::size_t cut = 1 + prng.below(text.size());
    ASSERT_EQ(early_outcome_of(text, cut, limits), whole) << testing::PrintToString(text) << cut;
  }
}

}  // namespace
}  // namespace frontrow
