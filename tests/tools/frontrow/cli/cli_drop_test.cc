#include "tools/frontrow/cli/cli_drop.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/command_lines.h"

namespace frontrow {
namespace {

CommandLine drop_line(std::vector<std::string> args, std::string key = {}) {
  return parsed_line("drop", std::move(args), std::move(key));
}

drop::DropArgs parsed_drop(std::vector<std::string> args, std::string key = {}) {
  const CommandLine line = drop_line(std::move(args), std::move(key));
  EXPECT_EQ(line.action, CommandLine::Action::kDrop) << line.error;
  return line.drop;
}

TEST(DropCommandLine, nothing_given_is_a_run_with_a_server_of_its_own) {
  const drop::DropArgs args = parsed_drop({});
  EXPECT_TRUE(args.targets.empty());
  EXPECT_FALSE(args.concert.has_value());
  EXPECT_EQ(args.fans, 10'000U);
  EXPECT_EQ(args.arrive_ms, 60'000);
  EXPECT_EQ(args.shape, drop::Shape::kSpike);
}

TEST(DropCommandLine, everything_given) {
  const drop::DropArgs args = parsed_drop({"--fans=1000000",
                                           "--arrive=90s",
                                           "--shape",
                                           "poisson",
                                           "--connections",
                                           "25000",
                                           "--seed",
                                           "9",
                                           "--think",
                                           "0ms",
                                           "--timeout",
                                           "5s",
                                           "--limit",
                                           "1h",
                                           "--stay",
                                           "--target",
                                           "http://10.0.0.7:8080/",
                                           "--target",
                                           "http://[::1]:81",
                                           "--concert",
                                           "12",
                                           "--admin-key",
                                           "sixteen-characters",
                                           "--price",
                                           "7",
                                           "--dates",
                                           "3",
                                           "--seats",
                                           "99500",
                                           "--max-active",
                                           "5",
                                           "--admit-per-second",
                                           "6",
                                           "--session-seconds",
                                           "8",
                                           "--idle-seconds",
                                           "9",
                                           "--hold-seconds",
                                           "10",
                                           "--abandon",
                                           "1.5",
                                           "--retry",
                                           "2",
                                           "--double-click",
                                           "3",
                                           "--two-tabs",
                                           "4",
                                           "--expire",
                                           "100",
                                           "--json",
                                           "j",
                                           "--html",
                                           "h",
                                           "--showings",
                                           "2",
                                           "--standing=500",
                                           "--offer-seconds=11",
                                           "--quantity=40",
                                           "--waitlist=50"});
  EXPECT_EQ(args.fans, 1'000'000U);
  EXPECT_EQ(args.arrive_ms, 90'000);
  EXPECT_EQ(args.shape, drop::Shape::kPoisson);
  EXPECT_EQ(args.connections, 25'000U);
  EXPECT_EQ(args.seed, 9U);
  EXPECT_EQ(args.think_ms, 0);
  EXPECT_EQ(args.timeout_ms, 5'000);
  EXPECT_EQ(args.limit_ms, 3'600'000);
  EXPECT_TRUE(args.stay);
  ASSERT_EQ(args.targets.size(), 2U);
  EXPECT_EQ(args.targets[0].host + " " + args.targets[0].port, "10.0.0.7 8080");
  EXPECT_EQ(args.targets[1].host + " " + args.targets[1].port, "::1 81");
  EXPECT_EQ(args.targets[1].authority, "[::1]:81");
  EXPECT_EQ(args.concert, 12U);
  EXPECT_EQ(args.admin_key, "sixteen-characters");
  EXPECT_EQ(args.sale.price, 7);
  EXPECT_EQ(args.sale.dates, 3U);
  EXPECT_EQ(args.sale.seats, 99'500U);
  EXPECT_EQ(args.sale.max_active, 5U);
  EXPECT_EQ(args.sale.admit_per_second, 6U);
  EXPECT_EQ(args.sale.session_s, 8U);
  EXPECT_EQ(args.sale.idle_s, 9U);
  EXPECT_EQ(args.sale.hold_s, 10U);
  EXPECT_EQ(args.sale.showings, 2U);
  EXPECT_EQ(args.sale.standing, 500U);
  EXPECT_EQ(args.sale.offer_s, 11U);
  EXPECT_EQ(args.shares.quantity, 40);
  EXPECT_EQ(args.shares.waitlist, 50);
  EXPECT_EQ(args.shares.abandon, 1.5);
  EXPECT_EQ(args.shares.expire, 100);
  EXPECT_EQ(args.json + args.html, "jh");
}

TEST(DropCommandLine, csv_has_the_times_and_the_fans) {
  const drop::DropArgs args = parsed_drop({"--shape", "csv:last.csv"});
  EXPECT_EQ(args.shape, drop::Shape::kCsv);
  EXPECT_EQ(args.csv, "last.csv");
  EXPECT_EQ(args.fans, 0U);
  EXPECT_EQ(parsed_drop({"--shape", "csv:last.csv", "--fans", "10"}).fans, 10U);
}

TEST(DropCommandLine, key_of_the_environment_goes_before_the_option) {
  EXPECT_EQ(parsed_drop({"--target", "http://a:1", "--admin-key", "x"}, "y").admin_key, "y");
  EXPECT_EQ(parsed_drop({"--target", "http://a:1"}, "y").admin_key, "y");
}

TEST(DropCommandLine, mistakes_exit_with_2_in_one_line_that_names_the_option) {
  struct Case {
    std::vector<std::string> args;
    const char* said;
  };
  const std::vector<Case> cases = {
      {{"--fans", "0"}, "--fans: must be an integer from 1 to 10000000, not \"0\""},
      {{"--fans", "many"}, "--fans: must be an integer"},
      {{"--fans", "10000001"}, "--fans: must be an integer"},
      {{"--fans", "-1"}, "--fans: must be an integer"},
      {{"--arrive", "60"}, "--arrive: must be a time with its unit from 1ms to 24h, not \"60\""},
      {{"--arrive", "0s"}, "--arrive: must be a time"},
      {{"--arrive", "25h"}, "--arrive: must be a time"},
      {{"--arrive", "99999999999999999999s"}, "--arrive: must be a time"},
      {{"--shape", "square"}, "--shape: must be spike, ramp, poisson or csv:FILE"},
      {{"--shape", "csv:"}, "--shape: must be"},
      {{"--shape", "csv:f", "--arrive", "5s"}, "--arrive: cannot be combined with --shape csv"},
      {{"--connections", "25001"}, "--connections: must be an integer from 1 to 25000"},
      {{"--seats", "100001"}, "--seats: must be an integer from 1 to 100000"},
      {{"--seats", "90000", "--standing", "10001"}, "--standing: 10001 places and 90000 seats"},
      {{"--dates", "100", "--showings", "4"}, "--showings: 100 dates of 4 are more than 366"},
      {{"--showings", "7"}, "--showings: must be an integer from 1 to 6"},
      {{"--waitlist", "101"}, "--waitlist: must be a number from 0 to 100"},
      {{"--price", "0"}, "--price: must be"},
      {{"--abandon", "101"}, "--abandon: must be a number from 0 to 100"},
      {{"--abandon", "nan"}, "--abandon: must be a number"},
      {{"--target", "10.0.0.7:8080"}, "--target: \"10.0.0.7:8080\" must begin with http://"},
      {{"--target", "https://a"}, "is https"},
      {{"--target", "http://a:99999"}, "--target: \"http://a:99999\" must be http://host:port"},
      {{"--target", "http://a:1/x"}, "--target: \"http://a:1/x\" must be"},
      {{"--target", "http://:80"}, "--target: \"http://:80\" must be"},
      {{"--target", "http://a:80"}, "--target: needs the operators' key"},
      {{"--concert", "1"}, "--concert: needs --target"},
      {{"--target", "http://a:80", "--admin-key", "k", "--data-dir", "d"},
       "--data-dir: cannot be combined"},
      {{"--no-such-thing"}, "--no-such-thing"},
      {{"more"}, "more"},
  };
  for (const Case& c : cases) expect_mistake(drop_line(c.args), c.said);
}

TEST(DropCommandLine, help_tells_unit_default_and_bounds_of_every_option) {
  expect_help(drop_line({"--help"}), {"--fans",
                                      "--arrive",
                                      "--shape",
                                      "--think",
                                      "--stay",
                                      "--connections",
                                      "--timeout",
                                      "--limit",
                                      "--seed",
                                      "--target",
                                      "--admin-key",
                                      "--concert",
                                      "--server-threads",
                                      "--data-dir",
                                      "--dates",
                                      "--seats",
                                      "--price",
                                      "--max-active",
                                      "--admit-per-second",
                                      "--session-seconds",
                                      "--idle-seconds",
                                      "--hold-seconds",
                                      "--abandon",
                                      "--retry",
                                      "--double-click",
                                      "--two-tabs",
                                      "--expire",
                                      "--quantity",
                                      "--waitlist",
                                      "--showings",
                                      "--standing",
                                      "--offer-seconds",
                                      "--json",
                                      "--html",
                                      "(fans, 1 to 10000000, default 10000)",
                                      "(time, 1ms to 24h, default 1m)",
                                      "(minor units, 1 to 1000000000, default 50000)",
                                      "(per cent of the fans, 0 to 100, default 5)",
                                      "Exit code:",
                                      "FRONTROW_ADMIN_KEY"});
}

}  // namespace
}  // namespace frontrow
