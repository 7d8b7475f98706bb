#include "tools/frontrow/cli/cli_plan.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/command_lines.h"

namespace frontrow {
namespace {

CommandLine plan_line(std::vector<std::string> args) {
  return parsed_line("plan", std::move(args));
}

TEST(CliPlan, import_takes_its_options) {
  const CommandLine line = plan_line({"import", "--from", "csv", "seats.csv", "-o", "plan.json",
                                      "--name", "Olympic Hall", "--skip-bad"});
  const auto args =
      args_of<plans::ImportArgs>(line, CommandLine::Action::kPlan, &CommandLine::plan);
  EXPECT_EQ(args.format, plans::ImportFormat::kCsv);
  EXPECT_EQ(args.file, "seats.csv");
  EXPECT_EQ(args.output, "plan.json");
  EXPECT_EQ(args.name, "Olympic Hall");
  EXPECT_TRUE(args.skip_bad);
  const auto plain = args_of<plans::ImportArgs>(plan_line({"import", "hall.json", "--from=pretix"}),
                                                CommandLine::Action::kPlan, &CommandLine::plan);
  EXPECT_EQ(plain.format, plans::ImportFormat::kPretix);
  EXPECT_TRUE(plain.output.empty());
  EXPECT_FALSE(plain.skip_bad);
}

TEST(CliPlan, check_takes_prices_whose_names_may_have_commas) {
  const CommandLine line =
      plan_line({"check", "plan.json", "--prices", "VIP=150000,Stalls, left=90000,a=b=0",
                 "--strict", "--allow-holes"});
  const auto args = args_of<plans::CheckArgs>(line, CommandLine::Action::kPlan, &CommandLine::plan);
  EXPECT_EQ(args.file, "plan.json");
  EXPECT_TRUE(args.strict);
  EXPECT_TRUE(args.allow_holes);
  EXPECT_EQ(
      args.prices,
      (plans::Prices{{"VIP", Money{150000}}, {"Stalls, left", Money{90000}}, {"a=b", Money{0}}}));
  EXPECT_FALSE(args_of<plans::CheckArgs>(plan_line({"check", "plan.json"}),
                                         CommandLine::Action::kPlan, &CommandLine::plan)
                   .prices);
}

TEST(CliPlan, mistakes_are_named) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "no command given; frontrow plan has import, check;"},
      {{"imprt"}, "(did you mean import?)"},
      {{"import", "x"}, "--from is required"},
      {{"import", "--from", "csv"}, "FILE is required"},
      {{"import", "--from", "xml", "x"}, "--from must be pretix or csv, not \"xml\""},
      {{"check"}, "FILE is required"},
      {{"check", "x", "--prices", "VIP"}, "--prices: \"VIP\" has no price; CATEGORY=N"},
      {{"check", "x", "--prices", "VIP=1,"}, "--prices: \"\" has no price; CATEGORY=N"},
      {{"check", "x", "--prices", "VIP=-1"},
       "--prices: the price of \"VIP\" must be an integer from 0 to 1000000000"},
      {{"check", "x", "--prices", "VIP=1,VIP=2"}, "--prices: \"VIP\" is there twice"},
  };
  for (const auto& [args, said] : cases) expect_mistake(plan_line(args), said);
}

TEST(CliPlan, help_explains_formats_and_faults) {
  expect_help(plan_line({"import", "--help"}), {"--from FORMAT", "pretix", "--skip-bad", "csv"});
  expect_help(plan_line({"check", "--help"}), {"--prices CATEGORY=N", "--strict", "same position"});
}

}  // namespace
}  // namespace frontrow
