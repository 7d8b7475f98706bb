#include "tools/frontrow/cli/cli_simulate.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/command_lines.h"

namespace frontrow {
namespace {

CommandLine simulate_line(std::vector<std::string> args) {
  return parsed_line("simulate", std::move(args));
}

simulate::SimulateArgs parsed_simulate(std::vector<std::string> args) {
  const CommandLine line = simulate_line(std::move(args));
  EXPECT_EQ(line.action, CommandLine::Action::kSimulate) << line.error;
  return line.simulate;
}

TEST(SimulateCommandLine, nothing_given_is_one_run_with_the_defaults) {
  const simulate::SimulateArgs args = parsed_simulate({});
  EXPECT_EQ(args.fans, 1'000'000U);
  EXPECT_EQ(args.arrive_ms, 60'000);
  ASSERT_EQ(args.rows.size(), 1U);
  EXPECT_EQ(args.rows[0].max_active, 2'000U);
  EXPECT_EQ(args.rows[0].admit_per_second, 1'000U);
  EXPECT_EQ(args.rows[0].hold_s, 300U);
  EXPECT_FALSE(args.join_keys);
}

TEST(SimulateCommandLine, everything_given) {
  const simulate::SimulateArgs args = parsed_simulate({"--fans=13000000",
                                                       "--arrive=90s",
                                                       "--shape",
                                                       "poisson",
                                                       "--think",
                                                       "uniform:3s",
                                                       "--think-pay",
                                                       "fixed:20s",
                                                       "--abandon",
                                                       "1.5",
                                                       "--expire",
                                                       "0",
                                                       "--join-keys",
                                                       "--seed",
                                                       "9",
                                                       "--limit",
                                                       "2h",
                                                       "--dates",
                                                       "3",
                                                       "--seats",
                                                       "50000",
                                                       "--max-active",
                                                       "7",
                                                       "--admit-per-second",
                                                       "8",
                                                       "--hold-seconds",
                                                       "9",
                                                       "--session-seconds",
                                                       "10",
                                                       "--idle-seconds",
                                                       "11",
                                                       "--showings=2",
                                                       "--standing=500",
                                                       "--offer-seconds=12",
                                                       "--quantity=40",
                                                       "--waitlist=50",
                                                       "--json",
                                                       "j"});
  EXPECT_EQ(args.fans, 13'000'000U);
  EXPECT_EQ(args.arrive_ms, 90'000);
  EXPECT_EQ(args.shape, drop::Shape::kPoisson);
  EXPECT_EQ(args.think.spread, drop::Spread::kUniform);
  EXPECT_EQ(args.think.mean_ms, 3'000);
  EXPECT_EQ(args.pay.spread, drop::Spread::kFixed);
  EXPECT_EQ(args.pay.mean_ms, 20'000);
  EXPECT_EQ(args.abandon, 1.5);
  EXPECT_EQ(args.expire, 0);
  EXPECT_TRUE(args.join_keys);
  EXPECT_EQ(args.seed, 9U);
  EXPECT_EQ(args.limit_ms, 7'200'000);
  EXPECT_EQ(args.dates, 3U);
  EXPECT_EQ(args.seats, 50'000U);
  ASSERT_EQ(args.rows.size(), 1U);
  EXPECT_EQ(args.rows[0].max_active, 7U);
  EXPECT_EQ(args.rows[0].admit_per_second, 8U);
  EXPECT_EQ(args.rows[0].hold_s, 9U);
  EXPECT_EQ(args.session_s, 10U);
  EXPECT_EQ(args.idle_s, 11U);
  EXPECT_EQ(args.showings, 2U);
  EXPECT_EQ(args.standing, 500U);
  EXPECT_EQ(args.offer_s, 12U);
  EXPECT_EQ(args.quantity, 40);
  EXPECT_EQ(args.waitlist, 50);
  EXPECT_EQ(args.json, "j");
}

TEST(SimulateCommandLine, a_time_without_a_spread_keeps_the_spread) {
  EXPECT_EQ(parsed_simulate({"--think", "2s"}).think.spread, drop::Spread::kExponential);
  EXPECT_EQ(parsed_simulate({"--think", "2s"}).think.mean_ms, 2'000);
}

TEST(SimulateCommandLine, several_values_are_all_combinations) {
  const auto rows =
      parsed_simulate({"--max-active", "1,2,3", "--admit-per-second", "4,5", "--hold-seconds", "6"})
          .rows;
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_EQ(rows[0].max_active, 1U);
  EXPECT_EQ(rows[1].admit_per_second, 5U);
  EXPECT_EQ(rows[5].max_active, 3U);
  EXPECT_EQ(rows[5].admit_per_second, 5U);
  EXPECT_EQ(rows[5].hold_s, 6U);
}

TEST(SimulateCommandLine, csv_has_the_times_and_the_fans) {
  EXPECT_EQ(parsed_simulate({"--shape", "csv:last.csv"}).fans, 0U);
  EXPECT_EQ(parsed_simulate({"--shape", "csv:last.csv"}).csv, "last.csv");
  EXPECT_EQ(parsed_simulate({"--shape", "csv:last.csv", "--fans", "10"}).fans, 10U);
}

TEST(SimulateCommandLine, mistakes_exit_with_2_in_one_line_that_names_the_option) {
  struct Case {
    std::vector<std::string> args;
    const char* said;
  };
  std::string many = "1";
  for (int i = 2; i <= 101; ++i) many += "," + std::to_string(i);
  const std::vector<Case> cases = {
      {{"--fans", "0"}, "--fans: must be an integer from 1 to 50000000, not \"0\""},
      {{"--fans", "50000001"}, "--fans: must be an integer"},
      {{"--arrive", "60"}, "--arrive: must be a time with its unit from 1ms to 24h, not \"60\""},
      {{"--shape", "square"}, "--shape: must be spike, ramp, poisson or csv:FILE"},
      {{"--shape", "csv:f", "--arrive", "5s"}, "--arrive: cannot be combined with --shape csv"},
      {{"--think", "gauss:5s"}, "--think: must be a time with its unit from 0s to 10m, or fixed:"},
      {{"--think", "fixed:"}, "--think: must be a time"},
      {{"--think-pay", "11m"}, "--think-pay: must be a time"},
      {{"--max-active", "0"}, "--max-active: must be an integer from 1 to 1000000, not \"0\""},
      {{"--max-active", "5,,6"}, "--max-active: must be an integer from 1 to 1000000, not \"\""},
      {{"--max-active", "5,"}, "--max-active: must be an integer"},
      {{"--max-active", many}, "101 combinations, at most 100 can be compared"},
      {{"--hold-seconds", "1,86401"}, "--hold-seconds: must be an integer from 1 to 86400, not"},
      {{"--seats", "100001"}, "--seats: must be an integer from 1 to 100000"},
      {{"--seats", "90000", "--standing", "10001"}, "--standing: 10001 places and 90000 seats"},
      {{"--dates", "100", "--showings", "4"}, "--showings: 100 dates of 4 are more than 366"},
      {{"--limit", "19h"}, "--limit: must be a time with its unit from 1s to 18h"},
      {{"--expire", "101"}, "--expire: must be a number from 0 to 100"},
      {{"--target", "http://a:1"}, "--target"},
      {{"more"}, "more"},
  };
  for (const Case& c : cases) expect_mistake(simulate_line(c.args), c.said);
}

TEST(SimulateCommandLine, help_tells_unit_default_and_bounds_of_every_option) {
  expect_help(simulate_line({"--help"}), {"--fans",
                                          "--arrive",
                                          "--shape",
                                          "--think",
                                          "--think-pay",
                                          "--abandon",
                                          "--expire",
                                          "--quantity",
                                          "--waitlist",
                                          "--showings",
                                          "--standing",
                                          "--offer-seconds",
                                          "--join-keys",
                                          "--seed",
                                          "--limit",
                                          "--dates",
                                          "--seats",
                                          "--max-active",
                                          "--admit-per-second",
                                          "--hold-seconds",
                                          "--session-seconds",
                                          "--idle-seconds",
                                          "--json",
                                          "(fans, 1 to 50000000, default 1000000)",
                                          "(time, 1ms to 24h, default 1m)",
                                          "(time, 0s to 10m, default exponential:5s)",
                                          "(fans, 1 to 1000000, default 2000)",
                                          "(seconds, 1 to 86400, default 300)",
                                          "(per cent of the fans, 0 to 100, default 2)",
                                          "Exit code:"});
}

}  // namespace
}  // namespace frontrow
