#include "tools/frontrow/simulate/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/api/support/json.h"
#include "tools/frontrow/simulate/progress.h"

namespace frontrow::simulate {
namespace {

using api::Json;
using testing::HasSubstr;
using testing::Not;

SaleRun sample_run() {
  SaleRun r;
  r.sizes = {5'000, 1'000, 300};
  r.start = Instant{1'000'000};
  r.seats = 150'000;
  r.virtual_ms = 200'500;
  r.core.sold = 149'000;
  r.core.sold_half = r.start + milliseconds(61'200);
  r.core.sold_nine_tenths = r.start + milliseconds(150'000);
  r.core.admitted = 170'001;
  r.core.holds = 160'000;
  r.core.holds_expired = 1'234;
  r.core.waiting_most = 12'345'678;
  r.core.active_most = 5'000;
  r.crowd.arrived = 13'000'000;
  r.crowd.bought = 149'000;
  r.crowd.conflicts = 4'321;
  r.crowd.outcomes[static_cast<std::size_t>(drop::Outcome::kBought)] = 149'000;
  r.crowd.requests = 1'000'000;
  r.crowd.waitlist = {.joined = 30, .offers = 20, .paid = 18, .lapsed = 2};
  for (int i = 1; i <= 100; ++i) r.crowd.line_time.add(i * 1'000'000);
  r.requests_most = 870'123;
  r.commands = 2'000'000;
  r.engine_s = 0.5;
  r.cpu_s = 1.25;
  r.wall_s = 2.5;
  r.state_hash = 0x0123'4567'89ab'cdef;
  r.resident_most = std::uint64_t{2} << 30;
  r.resident_before = std::uint64_t{10} << 20;
  r.crowd_bytes = std::uint64_t{500} << 20;
  r.costs = {{"join", 13'000'000, 2.6}};
  r.samples = {
      {.at_ms = 1'000, .arrived = 5, .waiting = 4, .active = 1, .requests = 9, .polls = 3}};
  return r;
}

TEST(SimulateReport, one_run_is_told_in_full) {
  const std::string text = to_text({{}, {sample_run()}});
  for (const char* part : {"13 000 000 arrived, 170 001 admitted, 149 000 bought",
                           "149 000 of 150 000 sold, 99.33 %",
                           "30 fans waited, 20 offers, 18 paid, 2 lapsed",
                           "1 234 of them expired",
                           "4 321 refused (409)",
                           "half: 61.2 s, nine tenths: 2 min 30 s",
                           "the last: never",
                           "12 345 678 waiting, 5 000 inside",
                           "p50 50.",
                           "p90 9",
                           "at most 100.",
                           "at most 870 123 a second",
                           "2 000 000 commands",
                           "0.5 s of CPU, 250 ns each",
                           "3 min 21 s of the sale in 2.5 s, CPU 1.2",
                           "2048 MiB resident",
                           "500 MiB for the fans",
                           "124 bytes a fan in the engine",
                           "0123456789abcdef",
                           "PASSED"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, testing::ContainsRegex("join +13 000 000 +200 +2.60"));
}

TEST(SimulateReport, several_runs_have_a_row_each) {
  SaleRun other = sample_run();
  other.sizes.max_active = 20'000;
  other.ending = drop::Ending::kInterrupted;
  const std::string text = to_text({{}, {sample_run(), other}});
  EXPECT_THAT(text, testing::ContainsRegex(
                        "\n +5000 +1000 +300 +149000 +61 +150 +never +[0-9]+ +[0-9]+ +[0-9]+ "
                        "+170001 +1234 +4321 +12345678 +870123 +0.5 +2048\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\n +20000 +1000 +300 "));
  EXPECT_THAT(text, HasSubstr("of 20000 inside, 1000 admitted a second, 300 s; the run was"));
  EXPECT_THAT(text, Not(HasSubstr("13 000 000 arrived")));
}

TEST(SimulateReport, the_first_violation_of_any_run_is_named) {
  SaleRun bad = sample_run();
  bad.violations = {"seat 4 of date 1 was sold twice", "another"};
  bad.violation_count = 30;
  const Report report{{}, {sample_run(), bad}};
  EXPECT_EQ(report.violations(), 30U);
  EXPECT_EQ(verdict(report), "FAILED: 30 violations, the first: seat 4 of date 1 was sold twice");
  EXPECT_THAT(to_text(report), HasSubstr("\n  another\n"));
}

TEST(SimulateReport, json_has_what_follows_from_the_options_apart_from_what_was_measured) {
  Report report{{}, {sample_run()}};
  report.args.rows = {sample_run().sizes};
  const Json json = Json::parse(to_json(report));
  ASSERT_TRUE(json.valid());
  const Json run = json["runs"][0];
  EXPECT_EQ(run["maxActive"].integer(), 5'000);
  EXPECT_EQ(run["result"]["sold"].integer(), 149'000);
  EXPECT_TRUE(run["result"]["soldLastSeconds"].is_null());
  EXPECT_EQ(run["result"]["waitlist"]["offers"].integer(), 20);
  EXPECT_EQ(run["result"]["waitlist"]["lapsed"].integer(), 2);
  EXPECT_EQ(run["result"]["waited"]["count"].integer(), 100);
  EXPECT_EQ(run["result"]["requests"]["mostASecond"].integer(), 870'123);
  EXPECT_EQ(run["result"]["stateHash"].text(), "0123456789abcdef");
  EXPECT_FALSE(run["result"].has("cpuSeconds"));
  EXPECT_EQ(run["measured"]["residentBytesMost"].integer(), std::int64_t{2} << 30);
  EXPECT_EQ(run["measured"]["commands"][0]["name"].text(), "join");
  EXPECT_EQ(run["samples"][0]["requests"].integer(), 9);
  EXPECT_EQ(json["settings"]["think"]["spread"].text(), "exponential");
  EXPECT_EQ(json["settings"]["think"]["meanMs"].integer(), 5'000);
}

TEST(SimulateReport, a_line_of_progress_has_the_figures_of_its_second) {
  const Sample sample{.at_ms = 61'000,
                      .waiting = 4,
                      .active = 3,
                      .held = 2,
                      .sold = 1,
                      .requests = 99,
                      .polls = 77};
  EXPECT_EQ(structured_line("2 of 3", {&sample, 0.5, 10, 20}, 1.25),
            "simulate run=\"2 of 3\" wall=1.2 t=61.0 arrived=10 waiting=4 active=3 held=2 sold=1 "
            "requests_per_s=99 polls_per_s=77");
}

}  // namespace
}  // namespace frontrow::simulate
