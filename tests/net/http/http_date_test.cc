// The Date header: its text for known times, its renewal, and its presence with the present time in
// every kind of response of a real server.
#include "net/http/http_date.h"

#include <chrono>
#include <ctime>
#include <iomanip>
#include <optional>
#include <regex>
#include <sstream>

#include "engine/base/calendar.h"
#include "tests/net/http/server/http_test_server.h"

namespace frontrow {
namespace {

std::string http_date_of(std::string_view rfc_3339) {
  char text[kHttpDateSize];
  format_http_date(*parse_instant(rfc_3339), text);
  return {text, sizeof text};
}

TEST(HttpDate, format_writes_the_imf_fixdate_of_known_times) {
  EXPECT_EQ(http_date_of("1970-01-01T00:00:00Z"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date_of("1994-11-06T08:49:37Z"),
            "Sun, 06 Nov 1994 08:49:37 GMT");  // from RFC 9110
  EXPECT_EQ(http_date_of("2000-02-29T23:59:59.999Z"), "Tue, 29 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(http_date_of("2026-12-31T23:59:59Z"), "Thu, 31 Dec 2026 23:59:59 GMT");
  EXPECT_EQ(http_date_of("2027-01-01T00:00:00Z"), "Fri, 01 Jan 2027 00:00:00 GMT");
  EXPECT_EQ(http_date_of("9999-12-31T23:59:59Z"), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDate, format_writes_all_days_and_months) {
  // 2023 began on a Sunday; the first days of its months cover all days of the week.
  const std::string_view expected[] = {"Sun, 01 Jan", "Wed, 01 Feb", "Wed, 01 Mar", "Sat, 01 Apr",
                                       "Mon, 01 May", "Thu, 01 Jun", "Sat, 01 Jul", "Tue, 01 Aug",
                                       "Fri, 01 Sep", "Sun, 01 Oct", "Wed, 01 Nov", "Fri, 01 Dec"};
  for (int month = 1; month <= 12; ++month) {
    const std::string digits = (month < 10 ? "0" : "") + std::to_string(month);
    EXPECT_EQ(http_date_of("2023-" + digits + "-01T12:00:00Z"),
              std::string(expected[month - 1]) + " 2023 12:00:00 GMT");
  }
}

TEST(HttpDate, format_of_times_out_of_range_gives_the_nearest_in_it) {
  char text[kHttpDateSize];
  format_http_date(Instant{-1}, text);
  EXPECT_EQ(std::string_view(text, sizeof text), "Thu, 01 Jan 1970 00:00:00 GMT");
  format_http_date(kNever, text);
  EXPECT_EQ(std::string_view(text, sizeof text), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDate, is_due_when_the_second_of_the_wall_clock_is_over) {
  HttpDate date;
  EXPECT_TRUE(date.is_due(0));
  EXPECT_EQ(date.line(), "");
  date.set(5'000, *parse_instant("1994-11-06T08:49:37.300Z"));
  EXPECT_EQ(date.line(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  EXPECT_FALSE(date.is_due(5'000));
  EXPECT_FALSE(date.is_due(5'699));
  EXPECT_TRUE(date.is_due(5'700));
  date.set(5'700, *parse_instant("1994-11-06T08:49:38.000Z"));
  EXPECT_EQ(date.line(), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
  EXPECT_FALSE(date.is_due(6'699));
  EXPECT_TRUE(date.is_due(6'700));
}

// The only Date of a head as seconds since 1970; nullopt without one, or for another form.
std::optional<std::int64_t> date_in(const std::string& head) {
  static const std::regex kLine(
      "\r\nDate: ((Mon|Tue|Wed|Thu|Fri|Sat|Sun), "
      "(0[1-9]|[12][0-9]|3[01]) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
      "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]) GMT\r\n");
  std::smatch match;
  if (count_of(head, "Date:") != 1 || !std::regex_search(head, match, kLine)) return std::nullopt;
  std::tm parts{};
  std::istringstream text(match[1].str());
  text >> std::get_time(&parts, "%a, %d %b %Y %H:%M:%S");
  if (text.fail()) return std::nullopt;
  return ::timegm(&parts);
}

std::int64_t wall_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// Expects a Date between `since` and now, with one second of tolerance for reading the clock.
void expect_dated(const std::string& head, std::int64_t since) {
  const auto date = date_in(head);
  ASSERT_TRUE(date.has_value()) << head;
  EXPECT_GE(*date, since - 1);
  EXPECT_LE(*date, wall_seconds());
}

TEST(HttpDate, answers_of_the_handler_are_dated_whatever_their_status) {
  TestServer server;
  for (const int status : {200, 201, 204, 304, 404, 503, 599}) {
    SCOPED_TRACE(status);
    const std::int64_t since = wall_seconds();
    const std::size_t before = server.handler().waiting.size();
    TestClient client(server);
    client.get("/x");
    ASSERT_TRUE(server.until_waiting(before + 1));
    ResponseHead head;
    head.status = status;
    server.answer(before, head);
    ASSERT_TRUE(client.until_received("\r\n\r\n"));
    EXPECT_TRUE(client.text().starts_with("HTTP/1.1 " + std::to_string(status)));
    expect_dated(client.text(), since);
  }
}

TEST(HttpDate, head_of_a_stream_is_dated) {
  TestServer server;
  for (const char* version : {"1.1", "1.0"}) {
    SCOPED_TRACE(version);
    const std::int64_t since = wall_seconds();
    const std::size_t before = server.handler().waiting.size();
    TestClient client(server);
    client.send("GET /events HTTP/" + std::string(version) + "\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(server.until_waiting(before + 1));
    ResponseHead head;
    head.content_type = "text/event-stream";
    ASSERT_TRUE(server->begin_stream(server.handler().waiting[before].ref, head));
    ASSERT_TRUE(client.until_received("\r\n\r\n"));
    expect_dated(client.text(), since);
  }
}

TEST(HttpDate, refusals_of_the_server_itself_are_dated) {
  HttpLimits limits;
  limits.header_ms = 50;
  limits.sweep_ms = 10;
  const std::pair<int, std::string> cases[] = {
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "\x16\x03\x01"},
      {408, "GET / HTTP/1.1\r\nHo"},
      {413, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n"},
      {414, "GET /" + std::string(3000, 'x')},
      {417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"},
      {431, "GET / HTTP/1.1\r\nX: " + std::string(9000, 'x')},
      {501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"}};
  TestServer server(limits);
  for (const auto& [status, text] : cases) {
    SCOPED_TRACE(status);
    const std::int64_t since = wall_seconds();
    TestClient client(server);
    client.send(text);
    ASSERT_TRUE(client.until_end());
    EXPECT_TRUE(client.text().starts_with("HTTP/1.1 " + std::to_string(status)));
    expect_dated(client.text(), since);
  }
}

TEST(HttpDate, connection_over_the_cap_is_told_so_with_a_date) {
  HttpLimits limits;
  limits.connections = 0;
  TestServer server(limits);
  const std::int64_t since = wall_seconds();
  TestClient client(server);
  ASSERT_TRUE(client.until_received("\r\n\r\n"));
  EXPECT_TRUE(client.text().starts_with("HTTP/1.1 503 "));
  expect_dated(client.text(), since);
}

TEST(HttpDate, continue_has_no_date_and_the_answer_after_it_has) {
  TestServer server;
  TestClient client(server);
  client.send("POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(client.until_received("\r\n\r\n"));
  EXPECT_EQ(client.text(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.forget();
  const std::int64_t since = wall_seconds();
  client.send("x");
  ASSERT_TRUE(client.until_received("/now"));
  expect_dated(client.text(), since);
}

TEST(HttpDate, date_of_a_connection_that_lives_on_goes_on) {
  TestServer server;
  TestClient client(server);
  client.get("/now");
  ASSERT_TRUE(client.until_received("\r\n\r\n/now"));
  const auto first = date_in(client.text());
  ASSERT_TRUE(first.has_value());
  std::int64_t since = 0;
  ASSERT_TRUE(server.until([&] {
    since = wall_seconds();
    client.forget();
    client.get("/now");
    return client.until_received("\r\n\r\n/now") && date_in(client.text()) > first;
  }));
  expect_dated(client.text(), since);
}

}  // namespace
}  // namespace frontrow
