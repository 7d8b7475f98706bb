// The report in its three forms, and the progress lines of a run.
#include "tools/frontrow/drop/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <cmath>
#include <map>

#include "tools/frontrow/drop/chart.h"
#include "tools/frontrow/drop/display.h"

namespace frontrow::drop {
namespace {

using testing::HasSubstr;
using testing::Not;

Report sample_report() {
  Report r;
  r.args.fans = 1'234'567;
  r.started_at = "2026-11-23T00:00:00.000Z";
  r.targets = {"http://127.0.0.1:8080"};
  r.after.title = "<Opera> & \"more\"";
  r.after.currency = "KRW";
  r.after.dates = {{.date = *parse_date("2027-05-01"), .seats = 50, .sold = 50}};
  r.before = r.after;
  r.seconds = 3;
  r.max_active = 100;
  r.most_inside = 99;
  r.books = BooksReport{.fans = 60, .payments = 50, .revenue = 50'000};
  Tally& t = r.tally;
  t.arrived = 1'234'567;
  t.bought = 50;
  t.seats = 50;
  t.waitlist = {.joined = 30, .offers = 20, .paid = 18, .lapsed = 2};
  t.revenue = 50'000;
  t.requests = 300;
  t.told_503 = 4;
  t.statuses[200] = 123;
  t.statuses[409] = 17;
  t.faults[static_cast<std::size_t>(Fault::kReset)] = 2;
  t.faults[static_cast<std::size_t>(Fault::kCut)] = 9;
  t.outcomes[static_cast<std::size_t>(Outcome::kBought)] = 50;
  for (int i = 1; i <= 100; ++i) t.latency[static_cast<std::size_t>(Ask::kPay)].add(i * 1000);
  t.all_latency = t.latency[static_cast<std::size_t>(Ask::kPay)];
  for (std::uint32_t second = 1; second <= 3; ++second) {
    Sample s{.at_ms = second * 1000, .length_ms = 1000, .arrived = second * 10};
    s.answers = 100 * second;
    s.p50_us = 1500;
    s.p99_us = 25'000;
    s.max_us = 30'000;
    s.classes[0] = 100;
    s.server = {.waiting = 5 * second, .active = 7, .held = 3, .sold = 2 * second};
    t.samples.push_back(s);
  }
  return r;
}

TEST(Report, errors_are_not_what_was_meant_or_obeyed) {
  Report r = sample_report();
  EXPECT_EQ(r.tally.errors(), 2U);  // resets; not cuts, 503s with Retry-After, or 409s
  r.tally.server_errors = 1;
  r.tally.unreadable = 1;
  r.tally.outcomes[static_cast<std::size_t>(Outcome::kRefused)] = 1;
  r.tally.outcomes[static_cast<std::size_t>(Outcome::kGaveUp)] = 1;
  EXPECT_EQ(r.tally.errors(), 6U);
}

TEST(Report, class_of_an_answer) {
  EXPECT_EQ(class_of(Fault::kTimeout, 0, false), StatusClass::kFault);
  EXPECT_EQ(class_of(Fault::kNone, 503, true), StatusClass::kWait);
  EXPECT_EQ(class_of(Fault::kNone, 503, false), StatusClass::kServerError);
  EXPECT_EQ(class_of(Fault::kNone, 409, false), StatusClass::kConflict);
  EXPECT_EQ(class_of(Fault::kNone, 410, false), StatusClass::kOther4xx);
  EXPECT_EQ(class_of(Fault::kNone, 201, false), StatusClass::kOk);
}

TEST(Report, passes_only_if_all_was_checked_and_nothing_found) {
  Report r = sample_report();
  EXPECT_TRUE(r.passed());
  EXPECT_THAT(verdict(r), HasSubstr("PASSED"));
  r.recover_sound = false;
  EXPECT_FALSE(r.passed());
  EXPECT_THAT(verdict(r), HasSubstr("FAILED"));
  r = sample_report();
  r.books.reset();
  r.books_failure = "the key is wrong";
  EXPECT_FALSE(r.passed());
  EXPECT_EQ(verdict(r), "NOT CHECKED: the key is wrong");
  r = sample_report();
  r.violations = {"seat 3 was sold twice", "another"};
  r.violation_count = 30;
  EXPECT_FALSE(r.passed());
  EXPECT_EQ(verdict(r), "FAILED: 30 violations, the first: seat 3 was sold twice");
  EXPECT_THAT(to_text(r), HasSubstr("and 28 more"));
}

TEST(Report, answers_that_should_not_have_come_and_fans_without_any_are_failures) {
  Report r = sample_report();
  r.tally.server_errors = 2;
  r.tally.unexpected_statuses[500] = 2;
  r.tally.outcomes[static_cast<std::size_t>(Outcome::kRefused)] = 1;
  r.tally.unexpected_statuses[404] = 1;
  EXPECT_FALSE(r.passed());
  EXPECT_EQ(verdict(r), "FAILED: 3 unexpected responses: 404 x 1, 500 x 2");
  EXPECT_THAT(to_html(r), HasSubstr("class=\"verdict bad\""));
  r = sample_report();
  r.tally.outcomes[static_cast<std::size_t>(Outcome::kGaveUp)] = 4;
  EXPECT_FALSE(r.passed());
  EXPECT_EQ(verdict(r), "FAILED: 4 fans never got an answer and gave up");
}

TEST(Report, resets_and_timeouts_alone_are_no_failure) {
  Report r = sample_report();
  r.tally.faults[static_cast<std::size_t>(Fault::kReset)] = 100;
  r.tally.faults[static_cast<std::size_t>(Fault::kTimeout)] = 100;
  EXPECT_EQ(r.tally.errors(), 200U);
  EXPECT_TRUE(r.passed());
}

TEST(Report, several_targets_have_a_line_each) {
  Report r = sample_report();
  EXPECT_THAT(to_text(r), Not(HasSubstr("\ntarget ")));
  r.targets.push_back("http://10.0.0.8:8080");
  r.tally.targets.resize(2);
  r.tally.targets[1].requests = 4321;
  r.tally.targets[1].answers = 4320;
  r.tally.targets[1].faults[static_cast<std::size_t>(Fault::kRefused)] = 1;
  r.tally.targets[1].latency.add(7'000);
  EXPECT_THAT(to_text(r),
              testing::ContainsRegex("\nhttp://10.0.0.8:8080 +4 321 +4 320 .* 1 refused\n"));
  EXPECT_THAT(to_html(r), HasSubstr("<td>http://10.0.0.8:8080</td><td>4 321 requests"));
}

TEST(Report, instances_tell_what_they_forwarded) {
  Report r = sample_report();
  r.targets.push_back("http://10.0.0.8:8080");
  r.tally.targets.resize(2);
  r.tally.targets[1].requests = 1000;
  r.instances = {std::nullopt, InstanceView{.instance = 2, .slots = 1365, .forwarded = 1250}};
  EXPECT_THAT(to_text(r),
              HasSubstr("instance 2, 1365 slots, 1 250 commands forwarded, 1.25 a request\n"));
  EXPECT_THAT(to_html(r), HasSubstr("1 250 commands forwarded"));
  EXPECT_THAT(to_json(r), HasSubstr(R"("instance":{"id":2,"slots":1365,"forwarded":1250})"));
}

TEST(Report, text_has_the_figures) {
  const std::string text = to_text(sample_report());
  for (const char* part :
       {"1 234 567 arrived", "50 bought", "50 of 50 sold, 100.00 %",
        "30 fans waited, 20 offers, 18 paid, 2 lapsed", "200 x 123, 409 x 17", "503 x 4", "2 reset",
        "9 connections cut off", "100 a second", "99 surely at once", "pay", "50.2 ms"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(Report, json_reads_back) {
  Report r = sample_report();
  r.violations = {"a \"quoted\" one"};
  r.violation_count = 1;
  const std::string text = to_json(r);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(text).get(root), simdjson::SUCCESS) << text;
  EXPECT_EQ(root["fans"]["arrived"].get_uint64().value(), 1'234'567U);
  EXPECT_EQ(root["fans"]["ended"]["bought"].get_uint64().value(), 50U);
  EXPECT_EQ(root["requests"]["statuses"]["409"].get_uint64().value(), 17U);
  EXPECT_EQ(root["requests"]["noAnswer"]["reset"].get_uint64().value(), 2U);
  EXPECT_EQ(root["requests"]["toldToWait503"].get_uint64().value(), 4U);
  EXPECT_NEAR(root["latency"]["pay"]["p50Ms"].get_double().value(), 50, 0.5);
  EXPECT_FALSE(root["checks"]["passed"].get_bool().value());
  EXPECT_EQ(root["checks"]["violations"].at(0).get_string().value(), "a \"quoted\" one");
  EXPECT_TRUE(root["sale"]["soldOutSeconds"].is_null());
  EXPECT_EQ(root["sale"]["soldPercent"].get_double().value(), 100);
  EXPECT_EQ(root["waitlist"]["joined"].get_uint64().value(), 30U);
  EXPECT_EQ(root["waitlist"]["paid"].get_uint64().value(), 18U);
  const auto samples = root["samples"].get_array().value();
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples.at(2)["waiting"].get_uint64().value(), 15U);
  EXPECT_EQ(samples.at(2)["statuses"]["2xx"].get_uint64().value(), 100U);
  EXPECT_EQ(samples.at(0)["p99Ms"].get_double().value(), 25.0);
}

// Every opened element is closed, in order; the document loads no other resource.
TEST(Report, html_is_whole_and_needs_nothing_else) {
  Report r = sample_report();
  r.violations = {"<script>alert(1)</script>"};
  r.violation_count = 1;
  const std::string html = to_html(r);
  EXPECT_THAT(html, HasSubstr("&lt;Opera&gt; &amp; &quot;more&quot;"));
  for (const char* part : {"<script", "src=", "href=", "url(", "@import", "<link", "nan"})
    EXPECT_THAT(html, Not(HasSubstr(part))) << part;
  EXPECT_THAT(html, HasSubstr("From the waitlist"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  std::map<std::string, int> svg;
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find_first_of(" >\n", at);
    const std::string name = html.substr(at + 1, end - at - 1);
    const bool empty = html[html.find('>', at) - 1] == '/';
    if (name == "!doctype" || name == "meta" || empty) continue;
    if (name == "svg") ++svg["charts"];
    if (name[0] != '/') {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), name.substr(1));
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
  EXPECT_EQ(svg["charts"], 6);
}

std::string path_of(const std::string& svg) {
  const std::size_t begin = svg.find("d=\"", svg.find("class=\"line s0\"")) + 3;
  return svg.substr(begin, svg.find('"', begin) - begin);
}

TEST(Chart, draws_to_scale) {
  const Chart chart{"A & B", "", "", {0, 5, 10}, {{"one", {0, 10, 5}}}};
  const std::string svg = to_figure(chart);
  EXPECT_THAT(svg, HasSubstr("A &amp; B"));
  // From the lower left corner to the top in the middle, and half way down at the right edge.
  EXPECT_EQ(path_of(svg), "M52.0 214.0L301.0 10.0L550.0 112.0");
}

TEST(Chart, leaves_a_gap_where_there_is_nothing) {
  const std::string path =
      path_of(to_figure({"", "", "", {0, 1, 2, 3, 4}, {{"one", {1, 1, -1, 1, 1}}}}));
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 2);
}

TEST(Chart, many_points_are_drawn_by_the_highest_of_each_group) {
  Chart chart{"", "", "", {}, {{"one", {}}}};
  for (int i = 0; i < 10'000; ++i) {
    chart.x.push_back(i);
    chart.series[0].values.push_back(i == 5'000 ? 1'000 : 1);
  }
  const std::string path = path_of(to_figure(chart));
  EXPECT_LE(std::count(path.begin(), path.end(), 'L'), 400);
  EXPECT_THAT(path, HasSubstr(" 10.0"));  // the one high value reaches the top
}

TEST(Display, structured_line_and_terminal_lines) {
  const Report r = sample_report();
  const DisplayState state{.sample = &r.tally.samples.back(),
                           .fans = 1'000,
                           .done = 250,
                           .errors = 6,
                           .told_to_wait = 4};
  const std::string line = structured_line(state);
  EXPECT_EQ(line,
            "drop t=3.0 arrived=30 waiting=15 active=7 held=3 sold=6 bought=0 done=250 "
            "requests_per_s=300 p50_ms=1.500 p99_ms=25.000 told_to_wait=4 errors=6");
  for (const std::size_t columns : {20U, 60U, 100U, 200U}) {
    const std::string two = terminal_lines(state, columns);
    const std::size_t end = two.find('\n');
    ASSERT_NE(end, two.npos);
    EXPECT_LE(end, columns);
    EXPECT_LE(two.size() - end - 1, columns);
  }
  const std::string wide = terminal_lines(state, 200);
  EXPECT_THAT(wide, HasSubstr("[##########..............................]  25 %"));
  EXPECT_THAT(wide, HasSubstr("waiting 15"));
}

TEST(Texts, for_people) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1 000");
  EXPECT_EQ(grouped(1'234'567), "1 234 567");
  EXPECT_EQ(time_text(999), "999 us");
  EXPECT_EQ(time_text(1'500), "1.5 ms");
  EXPECT_EQ(time_text(2'500'000), "2.50 s");
  EXPECT_EQ(bytes_text(2048), "2 KiB");
  EXPECT_EQ(bytes_text(std::uint64_t{100} << 20), "100 MiB");
}

}  // namespace
}  // namespace frontrow::drop
