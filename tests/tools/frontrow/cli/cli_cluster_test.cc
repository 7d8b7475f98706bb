#include "tools/frontrow/cli/cli_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/base/uuid.h"
#include "tests/tools/frontrow/support/command_lines.h"
#include "tools/frontrow/cli/cli.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

CommandLine cluster_line(std::vector<std::string> args) {
  return parsed_line("cluster", std::move(args));
}

template <class Args>
Args parsed_cluster(std::vector<std::string> args) {
  return args_of<Args>(cluster_line(std::move(args)), CommandLine::Action::kCluster,
                       &CommandLine::cluster);
}

TEST(ClusterCommandLine, plan_takes_every_change) {
  const auto plan = parsed_cluster<cluster::PlanArgs>({"plan",
                                                       "--file",
                                                       "c.toml",
                                                       "--add",
                                                       "3=10.0.0.3:80,10.0.0.3:7101",
                                                       "--add",
                                                       "4:50=[fd00::4]:80,[fd00::4]:7101",
                                                       "--remove",
                                                       "1",
                                                       "--remove",
                                                       "2",
                                                       "--weight",
                                                       "5:0",
                                                       "--pin",
                                                       "concert:7=3",
                                                       "--pin",
                                                       "slot:0=4",
                                                       "--unpin",
                                                       "slot:17",
                                                       "--unpin",
                                                       "concert:8",
                                                       "--output",
                                                       "next.toml",
                                                       "--json",
                                                       "plan.json"});
  EXPECT_EQ(plan.file, "c.toml");
  EXPECT_EQ(plan.output, "next.toml");
  EXPECT_EQ(plan.json, "plan.json");
  const cluster::Changes& changes = plan.changes;
  ASSERT_EQ(changes.add.size(), 2U);
  EXPECT_EQ(changes.add[0].id, 3);
  EXPECT_EQ(changes.add[0].weight, 100U);
  EXPECT_EQ(format_address(changes.add[0].http), "10.0.0.3:80");
  EXPECT_EQ(format_address(changes.add[0].peer), "10.0.0.3:7101");
  EXPECT_EQ(changes.add[1].weight, 50U);
  EXPECT_EQ(format_address(changes.add[1].peer), "[fd00::4]:7101");
  EXPECT_EQ(changes.remove, (std::vector<InstanceId>{1, 2}));
  EXPECT_EQ(changes.weights, (std::vector<std::pair<InstanceId, std::uint32_t>>{{5, 0}}));
  EXPECT_EQ(changes.pin, (std::vector<ClusterPin>{{3, PinTarget::of(ConcertId{7})},
                                                  {4, PinTarget::of(SlotId{0})}}));
  EXPECT_EQ(changes.unpin,
            (std::vector<PinTarget>{PinTarget::of(SlotId{17}), PinTarget::of(ConcertId{8})}));
}

TEST(ClusterCommandLine, show_and_secret) {
  const auto all = parsed_cluster<cluster::ShowArgs>({"show", "--file", "c.toml"});
  EXPECT_EQ(all.file, "c.toml");
  EXPECT_FALSE(all.concert);
  EXPECT_TRUE(all.user.is_nil());
  EXPECT_EQ(parsed_cluster<cluster::ShowArgs>({"show", "--file", "c", "--concert", "7"}).concert,
            ConcertId{7});
  const std::string user = "3f2a9c1e-0000-4000-8000-000000000001";
  EXPECT_EQ(
      to_string(parsed_cluster<cluster::ShowArgs>({"show", "--file", "c", "--user", user}).user),
      user);
  parsed_cluster<cluster::SecretArgs>({"secret"});
}

TEST(ClusterCommandLine, mistakes_exit_with_2_and_name_what_is_wrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "no command given; frontrow cluster has plan, "},
      {{"bake"}, "has no command bake"},
      {{"plan", "--remove", "1"}, "--file"},
      {{"show"}, "--file"},
      {{"plan", "--file", "c", "--add", "3"}, "--add must be ID[:WEIGHT]=HTTP,PEER"},
      {{"plan", "--file", "c", "--add", "1000=10.0.0.3:80,10.0.0.3:81"}, "--add must be"},
      {{"plan", "--file", "c", "--add", "3:10001=10.0.0.3:80,10.0.0.3:81"}, "--add must be"},
      {{"plan", "--file", "c", "--add", "3=10.0.0.3:80"}, "--add must be"},
      {{"plan", "--file", "c", "--add", "3=host:80,10.0.0.3:81"}, "--add: HTTP must be"},
      {{"plan", "--file", "c", "--add", "3=10.0.0.3:80,0.0.0.0:81"}, "--add: PEER must be"},
      {{"plan", "--file", "c", "--remove", "0"}, "--remove must be an id of 1 to 999, not \"0\""},
      {{"plan", "--file", "c", "--weight", "1"}, "--weight must be ID:WEIGHT"},
      {{"plan", "--file", "c", "--weight", "1:x"}, "--weight must be ID:WEIGHT"},
      {{"plan", "--file", "c", "--pin", "concert:7"}, "--pin must be concert:N=ID or slot:N=ID"},
      {{"plan", "--file", "c", "--pin", "slot:4096=1"}, "--pin must be"},
      {{"plan", "--file", "c", "--pin", "concert:0=1"}, "--pin must be"},
      {{"plan", "--file", "c", "--unpin", "7"}, "--unpin must be concert:N or slot:N, not \"7\""},
      {{"show", "--file", "c", "--concert", "0"}, "--concert must be an id of 1 to 1048575"},
      {{"show", "--file", "c", "--user", "me"}, "--user must be a UUID, not \"me\""},
      {{"show", "--file", "c", "--user", "u", "--concert", "7"}, "excludes"},
      {{"secret", "--file", "c"}, "--file"},
  };
  for (const auto& [args, error] : cases) {
    const CommandLine line = cluster_line(args);
    EXPECT_EQ(line.action, CommandLine::Action::kExit) << error;
    EXPECT_EQ(line.exit_code, 2) << error;
    EXPECT_THAT(line.error, HasSubstr(error));
  }
}

TEST(ClusterCommandLine, help_shows_examples_that_parse) {
  std::size_t examples = 0;
  for (const char* command : {"plan", "show"}) {
    const CommandLine help = cluster_line({command, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    std::istringstream lines(help.output);
    for (std::string line; std::getline(lines, line);) {
      const std::string mark = "  frontrow cluster ";
      if (!line.starts_with(mark)) continue;
      std::istringstream words(line.substr(mark.size()));
      std::vector<std::string> example;
      for (std::string word; words >> word;) example.push_back(word);
      EXPECT_EQ(cluster_line(example).action, CommandLine::Action::kCluster) << line;
      ++examples;
    }
  }
  EXPECT_EQ(examples, 8U);
  EXPECT_THAT(cluster_line({"secret", "--help"}).output, HasSubstr("frontrow cluster secret >"));
}

}  // namespace
}  // namespace frontrow
