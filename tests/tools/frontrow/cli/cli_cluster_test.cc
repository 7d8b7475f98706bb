#include "tools/frontrow/cli/cli_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "engine/base/uuid.h"
#include "tests/tools/frontrow/support/command_lines.h"
#include "tools/frontrow/cli/cli.h"

namespace frontrow {
namespace {

using cluster::Target;
using testing::ElementsAre;
using testing::HasSubstr;

// With the cluster and etcd in the environment.
CommandLine cluster_line(std::vector<std::string> args) {
  args.insert(args.begin(), "cluster");
  Invocation invocation{.args = std::move(args), .admin_key_env = "", .version = "1.2.3"};
  invocation.cluster_env = "tour";
  invocation.etcd_env = "10.0.0.9:2379";
  return parse_command_line(invocation);
}

template <class Args>
Args parsed_cluster(std::vector<std::string> args) {
  return args_of<Args>(cluster_line(std::move(args)), CommandLine::Action::kCluster,
                       &CommandLine::cluster);
}

// The request of a command that changes the map.
template <class Request>
Request requested(std::vector<std::string> args) {
  const auto change = parsed_cluster<cluster::ChangeArgs>(std::move(args));
  const auto* request = std::get_if<Request>(&change.request);
  EXPECT_NE(request, nullptr);
  return request == nullptr ? Request{} : *request;
}

TEST(ClusterCommandLine, way_to_etcd_comes_from_options_before_the_environment) {
  const auto given = parsed_cluster<cluster::InitArgs>(
      {"init", "--copies", "3", "--cluster", "winter", "--etcd", "a:1,b:2", "--etcd", "c:3",
       "--etcd-ca-file", "ca", "--etcd-certificate-file", "cert", "--etcd-key-file", "key",
       "--etcd-user", "op", "--etcd-password-file", "pw"});
  EXPECT_EQ(given.copies, 3U);
  EXPECT_EQ(given.cluster.cluster, "winter");
  const StoreConfig& store = given.cluster.store;
  EXPECT_THAT(store.endpoints, ElementsAre("a:1,b:2", "c:3"));
  EXPECT_EQ(endpoints_text(store), "a:1, b:2, c:3");
  EXPECT_EQ(store.ca_file, "ca");
  EXPECT_EQ(store.certificate_file, "cert");
  EXPECT_EQ(store.key_file, "key");
  EXPECT_EQ(store.user, "op");
  EXPECT_EQ(store.password_file, "pw");

  const auto by_default = parsed_cluster<cluster::InitArgs>({"init"});
  EXPECT_EQ(by_default.copies, 2U);
  EXPECT_EQ(by_default.cluster.cluster, "tour");
  EXPECT_THAT(by_default.cluster.store.endpoints, ElementsAre("10.0.0.9:2379"));
}

TEST(ClusterCommandLine, cluster_and_etcd_are_needed_somewhere) {
  for (const char* command : {"init", "status", "show"}) {
    expect_mistake(parsed_line("cluster", {command}), "--cluster, or FRONTROW_CLUSTER");
    expect_mistake(parsed_line("cluster", {command, "--cluster", "a"}), "--etcd, or FRONTROW_ETCD");
  }
}

TEST(ClusterCommandLine, looks_take_their_options) {
  const auto status = parsed_cluster<cluster::StatusArgs>(
      {"status", "--json", "s.json", "--etcd-quota-mib", "4096", "--admin-key", "k"});
  EXPECT_EQ(status.json, "s.json");
  EXPECT_EQ(status.quota_bytes, std::uint64_t{4} << 30);
  EXPECT_EQ(status.admin_key, "k");
  EXPECT_EQ(status.cluster.cluster, "tour");
  EXPECT_EQ(parsed_cluster<cluster::StatusArgs>({"status"}).quota_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(parsed_cluster<cluster::StatusArgs>({"status"}).admin_key, "");

  const auto all = parsed_cluster<cluster::ShowArgs>({"show"});
  EXPECT_FALSE(all.concert);
  EXPECT_FALSE(all.slot);
  EXPECT_TRUE(all.user.is_nil());
  EXPECT_EQ(parsed_cluster<cluster::ShowArgs>({"show", "--concert", "7"}).concert, ConcertId{7});
  EXPECT_EQ(parsed_cluster<cluster::ShowArgs>({"show", "--slot", "0"}).slot, SlotId{0});
  const std::string user = "3f2a9c1e-0000-4000-8000-000000000001";
  EXPECT_EQ(to_string(parsed_cluster<cluster::ShowArgs>({"show", "--user", user}).user), user);
}

TEST(ClusterCommandLine, admin_key_of_status_comes_from_the_environment) {
  const auto line =
      parse_command_line({.args = {"cluster", "status", "--cluster", "a", "--etcd", "b:1"},
                          .admin_key_env = "the-operators-key",
                          .version = "1"});
  const auto status =
      args_of<cluster::StatusArgs>(line, CommandLine::Action::kCluster, &CommandLine::cluster);
  EXPECT_EQ(status.admin_key, "the-operators-key");
}

TEST(ClusterCommandLine, each_change_is_a_request) {
  const auto add = requested<cluster::AddInstance>({"add", "box-4", "--weight", "50"});
  EXPECT_EQ(add.name, "box-4");
  EXPECT_EQ(add.weight, 50U);
  EXPECT_EQ(requested<cluster::AddInstance>({"add", "box-4"}).weight, 100U);
  EXPECT_EQ(requested<cluster::RemoveInstance>({"remove", "box-4"}).name, "box-4");
  const auto weight = requested<cluster::SetWeight>({"weight", "box-4", "0"});
  EXPECT_EQ(weight.name, "box-4");
  EXPECT_EQ(weight.weight, 0U);
  const auto pin = requested<cluster::PinSlot>({"pin", "concert:7", "box-1"});
  EXPECT_EQ(pin.target, Target::of(ConcertId{7}));
  EXPECT_EQ(pin.name, "box-1");
  EXPECT_EQ(requested<cluster::UnpinSlot>({"unpin", "slot:17"}).target, Target::of(SlotId{17}));
  EXPECT_TRUE(requested<cluster::DrainInstance>({"drain", "box-1"}).is_draining);
  EXPECT_FALSE(requested<cluster::DrainInstance>({"drain", "box-1", "--off"}).is_draining);
  EXPECT_EQ(requested<cluster::SetCopies>({"copies", "3"}).copies, 3U);
  EXPECT_EQ(requested<cluster::PinSlot>({"move", "slot:0", "box-1"}).target, Target::of(SlotId{0}));
}

TEST(ClusterCommandLine, changes_wait_and_run_dry) {
  const auto seconds = [](std::vector<std::string> args) {
    return parsed_cluster<cluster::ChangeArgs>(std::move(args)).wait_seconds;
  };
  EXPECT_EQ(seconds({"move", "slot:0", "a"}), 60);
  EXPECT_EQ(seconds({"move", "slot:0", "a", "--wait-seconds", "5"}), 5);
  EXPECT_EQ(seconds({"move", "slot:0", "a", "--no-wait"}), 0);
  EXPECT_EQ(seconds({"pin", "slot:0", "a"}), 0);
  EXPECT_EQ(seconds({"drain", "a"}), 0);
  EXPECT_EQ(seconds({"drain", "a", "--wait"}), 3600);
  EXPECT_EQ(seconds({"drain", "a", "--wait", "--wait-seconds", "9"}), 9);
  for (const std::vector<std::string>& change :
       std::vector<std::vector<std::string>>{{"add", "a"},
                                             {"remove", "a"},
                                             {"weight", "a", "1"},
                                             {"drain", "a"},
                                             {"pin", "slot:1", "a"},
                                             {"unpin", "slot:1"},
                                             {"move", "slot:1", "a"},
                                             {"copies", "1"}}) {
    EXPECT_FALSE(parsed_cluster<cluster::ChangeArgs>(change).dry_run) << change[0];
    auto dry = change;
    dry.emplace_back("--dry-run");
    EXPECT_TRUE(parsed_cluster<cluster::ChangeArgs>(dry).dry_run) << change[0];
  }
}

TEST(ClusterCommandLine, import_and_secret) {
  const auto args = parsed_cluster<cluster::ImportArgs>(
      {"import", "--instance", "box-1", "--data-dir", "/d", "--dry-run"});
  ASSERT_EQ(args.directories.size(), 1U);
  EXPECT_EQ(args.directories[0].instance, "box-1");
  EXPECT_EQ(args.directories[0].data_dir, "/d");
  EXPECT_TRUE(args.dry_run);
  EXPECT_EQ(args.cluster.cluster, "tour");
  args_of<cluster::SecretArgs>(parsed_line("cluster", {"secret"}), CommandLine::Action::kCluster,
                               &CommandLine::cluster);
}

TEST(ClusterCommandLine, import_of_several_directories) {
  const auto args = parsed_cluster<cluster::ImportArgs>(
      {"import", "--data-dir", "box-1=/d", "--data-dir", "box-2=/a=b"});
  ASSERT_EQ(args.directories.size(), 2U);
  EXPECT_EQ(args.directories[0].instance, "box-1");
  EXPECT_EQ(args.directories[0].data_dir, "/d");
  EXPECT_EQ(args.directories[1].instance, "box-2");
  EXPECT_EQ(args.directories[1].data_dir, "/a=b");
  EXPECT_FALSE(args.dry_run);
  const auto one = parsed_cluster<cluster::ImportArgs>({"import", "--data-dir", "box-1=/d"});
  EXPECT_EQ(one.directories.size(), 1U);
}

TEST(ClusterCommandLine, mistakes_exit_with_2_and_name_the_argument) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "no command given; frontrow cluster has init, "},
      {{"bake"}, "has no command bake"},
      {{"plan"}, "has no command plan"},
      {{"init", "--copies", "4"}, "--copies"},
      {{"init", "--cluster", "Tour"}, "--cluster must have 1 to 48 lower-case letters"},
      {{"add"}, "NAME"},
      {{"add", "Box"}, "NAME must have 1 to 48 lower-case letters, digits and '-', not \"Box\""},
      {{"add", "box-1", "--weight", "10001"}, "--weight"},
      {{"weight", "box-1"}, "W"},
      {{"weight", "box-1", "10001"}, "W"},
      {{"pin", "7", "box-1"}, "TARGET must be concert:N or slot:N, not \"7\""},
      {{"pin", "slot:4096", "box-1"}, "TARGET must be"},
      {{"pin", "concert:0", "box-1"}, "TARGET must be"},
      {{"pin", "concert:1048576", "box-1"}, "TARGET must be"},
      {{"move", "slot:-1", "box-1"}, "TARGET must be"},
      {{"unpin", "hall:1"}, "TARGET must be"},
      {{"pin", "slot:1"}, "NAME"},
      {{"drain", "box-1", "--off", "--wait"}, "excludes"},
      {{"copies", "0"}, "N"},
      {{"import", "--instance", "box-1"}, "--data-dir"},
      {{"import", "--instance", "Box", "--data-dir", "d"}, "--instance must have 1 to 48"},
      {{"import", "--data-dir", "d"}, "--data-dir must be NAME=DIR, or DIR with --instance NAME"},
      {{"import", "--data-dir", "Box=d"}, "not \"Box=d\"; NAME must have 1 to 48"},
      {{"import", "--data-dir", "box-1="}, "--data-dir must be NAME=DIR"},
      {{"import", "--instance", "box-1", "--data-dir", "d", "--data-dir", "e"},
       "give several as --data-dir NAME=DIR"},
      {{"show", "--concert", "0"}, "--concert must be an id of 1 to 1048575"},
      {{"show", "--user", "me"}, "--user must be a UUID, not \"me\""},
      {{"show", "--user", "u", "--concert", "7"}, "exclude each other"},
      {{"show", "--slot", "0", "--concert", "7"}, "exclude each other"},
      {{"show", "--slot", "4096"}, "--slot"},
      {{"secret", "--file", "c"}, "--file"},
  };
  for (const auto& [args, error] : cases) expect_mistake(cluster_line(args), error);
}

TEST(ClusterCommandLine, help_of_each_command_shows_examples_that_parse) {
  std::size_t examples = 0;
  for (const char* command : {"init", "status", "show", "add", "remove", "weight", "pin", "unpin",
                              "move", "drain", "copies", "import"}) {
    const CommandLine help = cluster_line({command, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    std::istringstream lines(help.output);
    std::size_t of_command = 0;
    for (std::string line; std::getline(lines, line);) {
      const std::string mark = "frontrow cluster ";
      const std::size_t at = line.find(mark);
      if (!line.starts_with("  ") || at == line.npos) continue;
      if (at != 2 && !line.starts_with("  FRONTROW_ADMIN_KEY=")) continue;
      std::istringstream words(line.substr(at + mark.size()));
      std::vector<std::string> example;
      for (std::string word; words >> word;) example.push_back(word);
      EXPECT_EQ(cluster_line(example).action, CommandLine::Action::kCluster) << line;
      ++of_command;
    }
    EXPECT_GE(of_command, 1U) << command;
    examples += of_command;
  }
  EXPECT_EQ(examples, 25U);
  EXPECT_THAT(cluster_line({"secret", "--help"}).output, HasSubstr("frontrow cluster secret >"));
}

}  // namespace
}  // namespace frontrow
