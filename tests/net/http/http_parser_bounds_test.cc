// Each bound of http_limits.h that the parser enforces: a message at the bound is accepted, one
// over it is rejected.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "net/http/http_parser.h"

namespace frontrow {
namespace {

// The status of the rejection, or 0 for an accepted message; cut: the size of the pieces in bytes.
int parse_status(const std::string& text, std::size_t cut) {
  const HttpLimits limits;
  HttpParser parser(limits);
  ParseProgress progress;
  for (std::size_t end = std::min(cut, text.size());; end = std::min(end + cut, text.size())) {
    const ParseOutcome outcome = parser.parse(std::string_view(text).substr(0, end), progress);
    if (outcome == ParseOutcome::kRequest) return 0;
    if (outcome == ParseOutcome::kError) return parser.error().type->status;
    if (end == text.size()) return -1;
  }
}

std::string request_line_of(std::size_t size) {
  const std::string rest = "GET / HTTP/1.1";
  return "GET /" + std::string(size - rest.size(), 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string headers_of(std::size_t size) {
  const std::string start = "Host: a\r\n";
  const std::string name = "X: ";
  return "GET / HTTP/1.1\r\n" + start + name +
         std::string(size - start.size() - name.size() - 2, 'x') + "\r\n\r\n";
}
std::string header_count_of(std::size_t count) {
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < count; ++i) text += "X: y\r\n";
  return text + "\r\n";
}
std::string body_of(std::string_view target, std::size_t size) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         std::string(size, 'b');
}
std::string hexadecimal(std::size_t size) {
  char text[20];
  std::snprintf(text, sizeof text, "%zx", size);
  return text;
}
std::string chunked_body_of(std::string_view target, std::size_t size, std::size_t chunk) {
  std::string text =
      "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  while (size != 0) {
    const std::size_t now = std::min(size, chunk);
    text += hexadecimal(now) + "\r\n" + std::string(now, 'c') + "\r\n";
    size -= now;
  }
  return text + "0\r\n\r\n";
}
// A body of one byte whose chunk framing is `size` bytes: "1;<extension>\r\n" "x" "\r\n"
// "0\r\n\r\n".
std::string framing_of(std::size_t size) {
  const std::size_t fixed = std::string_view("1;\r\n\r\n0\r\n\r\n").size();
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
         std::string(size - fixed, 'e') + "\r\nx\r\n0\r\n\r\n";
}

struct Bound {
  const char* name;
  std::function<std::string(std::size_t)> message;
  std::size_t max;
  int status;
};
void PrintTo(const Bound& bound, std::ostream* out) { *out << bound.name; }

const std::vector<Bound> kBounds{
    {"request_line", request_line_of, 2048, 414},
    {"header_bytes", headers_of, 8192, 431},
    {"header_count", header_count_of, 64, 431},
    {"body", [](std::size_t n) { return body_of("/v1/x", n); }, 16384, 413},
    {"body_beside_the_admin_prefix", [](std::size_t n) { return body_of("/v1/administer", n); },
     16384, 413},
    {"body_of_admin", [](std::size_t n) { return body_of("/v1/admin/concerts", n); }, 8388608, 413},
    {"chunked_body", [](std::size_t n) { return chunked_body_of("/v1/x", n, 4096); }, 16384, 413},
    {"chunked_body_of_admin", [](std::size_t n) { return chunked_body_of("/v1/admin", n, 4096); },
     8388608, 413},
    {"chunk_framing", framing_of, 1024, 413},
};

class HttpParserBound : public testing::TestWithParam<Bound> {};
INSTANTIATE_TEST_SUITE_P(Table, HttpParserBound, testing::ValuesIn(kBounds),
                         [](const auto& shape) { return std::string(shape.param.name); });

TEST_P(HttpParserBound, parse_at_the_bound_takes_and_over_it_refuses) {
  const Bound& bound = GetParam();
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{2'000'000}}) {
    if (cut < 100 && bound.max > 20'000) continue;  // would take minutes and cover no further case
    SCOPED_TRACE(cut);
    EXPECT_EQ(parse_status(bound.message(bound.max), cut), 0);
    EXPECT_EQ(parse_status(bound.message(bound.max + 1), cut), bound.status);
  }
}

TEST(HttpParserBounds, request_line_without_end_is_refused_before_it_ends) {
  for (const std::size_t cut : {std::size_t{1}, std::size_t{700}, std::size_t{9000}}) {
    EXPECT_EQ(parse_status("GET /" + std::string(2044, 'x'), cut), 414);
    EXPECT_EQ(parse_status("GET /" + std::string(2043, 'x'), cut), -1);
    EXPECT_EQ(parse_status("GET /" + std::string(2034, 'x') + " HTTP/1.1\r", cut), -1);
  }
}

TEST(HttpParserBounds, header_without_end_is_refused_before_it_ends) {
  const std::string line = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(parse_status(line + std::string(8193, 'x'), 1), 431);
  EXPECT_EQ(parse_status(line + std::string(8192, 'x'), 1), -1);
}

// A header that is one too many and malformed as well: the fault at the earlier byte is reported,
// for all cuts.
TEST(HttpParserBounds, header_too_many_is_told_before_what_is_wrong_with_it) {
  std::string full = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 64; ++i) full += "A: b\r\n";
  std::string large = "GET / HTTP/1.1\r\n";
  large += "A: " + std::string(8192 - 5 - 10, 'x') + "\r\n";
  for (const std::size_t cut : {1, 7, 100, 100'000}) {
    SCOPED_TRACE(cut);
    for (const std::string bad : {" : b", "\tA: b", ":b", "A: b\rc"}) {
      SCOPED_TRACE(testing::PrintToString(bad));
      EXPECT_EQ(parse_status(full + bad + "\r\n\r\n", cut), 431);
      EXPECT_EQ(parse_status(full + bad + "\n\r\n", cut), 431);
      EXPECT_EQ(parse_status(large + bad + "\n", cut), 400);
      EXPECT_EQ(parse_status(large + bad + "ninebytes\n", cut), 400);  // `bad` comes first
    }
    EXPECT_EQ(parse_status(full + "\n", cut), 400);
    EXPECT_EQ(parse_status(full + "A\n\n", cut), 431);
    EXPECT_EQ(parse_status(large + "A: bcdefgh\n", cut), 400);
    EXPECT_EQ(parse_status(large + "A: bcdefghi\n", cut), 431);
  }
}

TEST(HttpParserBounds, chunk_size_that_overflows_the_sum_is_refused) {
  EXPECT_EQ(parse_status("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "1\r\nx\r\nffffffffffffffff\r\n",
                         1000),
            413);
}

}  // namespace
}  // namespace frontrow
