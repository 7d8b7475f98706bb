// Authorities and percent-encoding, shape by shape.
#include "net/http/http_target.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "net/http/http_parser.h"

namespace frontrow {
namespace {

constexpr std::string_view kAuthorities[] = {
    "a",
    "a:80",
    "a:",
    "a.example",
    "a-b.example.:8080",
    "127.0.0.1",
    "127.0.0.1:1",
    "A_b~c",
    "a%41",
    "a!$&'()*+;=",
    "[::1]",
    "[::1]:80",
    "[::1]:",
    "[2001:DB8::7]",
    "[::ffff:1.2.3.4]",
    "[1:2:3:4:5:6:7:8]",
    "[v1.fe80::a+en1]",
    "xn--bcher-kva.example",
};
constexpr std::string_view kOthers[] = {
    "",          ":",         ":80",       "a:b",          "a:80:80", "a:-1",
    "a:+1",      "a: 80",     "[::1",      "::1",          "::1]",    "[]",
    "[]:80",     "[::1]80",   "[::1]x:80", "[::1]:x",      "[::1]]",  "[[::1]]",
    "[1.2.3.4]", "[1:2:3]",   "[::12345]", "[::1%25eth0]", "[::g]",   "[v.x]",
    "[v1.]",     "[1::2::3]", "u@a",       "u:p@a",        "a/b",     "a?b",
    "a#b",       "a b",       "a,b",       "a\\b",         "a%",      "a%4",
    "a%zz",      "\"a\"",     "a\xc3\xa9", "a]",           "a[",
};

TEST(HttpTarget, is_authority_takes_hosts_with_and_without_a_port) {
  for (const std::string_view text : kAuthorities) EXPECT_TRUE(is_authority(text)) << text;
}

TEST(HttpTarget, is_authority_refuses_everything_else) {
  for (const std::string_view text : kOthers) EXPECT_FALSE(is_authority(text)) << text;
  EXPECT_FALSE(is_authority(std::string_view("[::1\0]", 6)));
}

// Host and the absolute target follow the same rules.
TEST(HttpTarget, host_and_absolute_target_are_held_to_it) {
  const HttpLimits limits;
  HttpParser parser(limits);
  const auto status = [&](const std::string& text) {
    ParseProgress progress;
    return parser.parse(text, progress) == ParseOutcome::kError ? parser.error().type->status : 0;
  };
  for (const std::string_view text : kAuthorities) {
    const std::string authority(text);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"), 0) << text;
    EXPECT_EQ(status("GET http://" + authority + "/ HTTP/1.1\r\nHost: a\r\n\r\n"), 0) << text;
  }
  for (const std::string_view text : kOthers) {
    const std::string authority(text);
    EXPECT_EQ(status("GET / HTTP/1.1\r\nHost: " + authority + "\r\n\r\n"), 400) << text;
    // A path or query would begin there.
    if (text.find_first_of("/?") != std::string_view::npos) continue;
    EXPECT_EQ(status("GET http://" + authority + "/ HTTP/1.1\r\nHost: a\r\n\r\n"), 400) << text;
  }
}

TEST(HttpTarget, decode_unreserved_leaves_what_means_something_else_encoded) {
  const auto decoded = [](std::string_view text) {
    std::string out;
    return decode_unreserved(text, out) ? out : std::string("refused");
  };
  EXPECT_EQ(decoded("%41%7a%30%2D%2e%5F%7e"), "Az0-._~");
  EXPECT_EQ(decoded("%2F%3a%20%25%00%80%fF"), "%2F%3a%20%25%00%80%fF");
  EXPECT_EQ(decoded("%2541"), "%2541");
  for (const char* text : {"%", "%4", "a%", "%%41", "%4g", "%g4", "%u0041"}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
}

}  // namespace
}  // namespace frontrow
