// The real program against a real etcd: `frontrow cluster` as an operator calls it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "tests/api/support/server_process.h"
#include "tests/api/support/shop.h"
#include "tests/support/temp_directory.h"
#ifdef FRONTROW_HAS_ETCD
#include "engine/runtime/membership/cluster_map_store.h"
#include "engine/runtime/membership/map_changes.h"
#include "storage/shared/etcd_store.h"
#include "tests/storage/shared/etcd_members.h"
#endif

namespace frontrow::cluster {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code = -1;
  std::string output;  // of both streams
};

Outcome run_cluster(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "cluster");
  Outcome outcome;
  outcome.code = api::ServerProcess::run_once(arguments, outcome.output);
  return outcome;
}

#ifdef FRONTROW_HAS_ETCD

class ClusterProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (!EtcdMembers::available()) GTEST_SKIP() << "this machine has no etcd";
    members = std::make_unique<EtcdMembers>(3);
    for (const std::string& endpoint : members->endpoints())
      etcd += (etcd.empty() ? "" : ",") + endpoint;
  }

  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--cluster", "tour", "--etcd", etcd});
    return run_cluster(std::move(arguments));
  }
  void expect(const std::vector<std::string>& arguments, int code, const std::string& text) const {
    const Outcome done = run(arguments);
    EXPECT_EQ(done.code, code) << arguments[0] << ": " << done.output;
    EXPECT_THAT(done.output, HasSubstr(text)) << arguments[0];
  }
  // As an instance changes the map.
  void change(const ClusterMapStore::Change& change) {
    auto store = EtcdStore::open({.endpoints = members->endpoints(), .deadline = seconds(5)});
    ASSERT_TRUE(store.ok()) << store.error();
    SharedLog log(**store, "tour");
    const MapChange changed =
        ClusterMapStore(log, "box-1", 1).change(change, [](const std::string&) { return true; });
    ASSERT_TRUE(changed.ok()) << changed.reason;
  }

  std::unique_ptr<EtcdMembers> members;
  std::string etcd;
};

TEST_F(ClusterProgram, operator_creates_a_cluster_and_changes_it) {
  expect({"show"}, 1, "has no cluster tour");
  expect({"init", "--copies", "1"}, 0, "cluster tour was created");
  expect({"init"}, 1, "the cluster tour exists already");
  expect({"add", "box-1"}, 0, "box-1 is an instance, of weight 100");
  expect({"add", "box-2", "--weight", "50", "--dry-run"}, 0, "a dry run");
  expect({"weight", "box-2", "70"}, 1, "the cluster has no instance box-2; it has box-1");
  expect({"add", "box-2", "--weight", "50"}, 0, "box-2 is an instance, of weight 50");
  change([](const ClusterMap& map) { return begin_slots(map, {1, 2}); });
  expect({"drain", "box-2", "--dry-run"}, 0, "from box-2 to box-1");
  expect({"remove", "box-2"}, 1, "drain box-2 --wait");
  expect({"copies", "2"}, 0, "each slot has 2 copies");
  expect({"show"}, 0, "copies    2 of each slot");
  expect({"status"}, 1, "NOT WELL: no instance lives");
}

TEST_F(ClusterProgram, move_waits_for_the_instances) {
  expect({"init", "--copies", "1"}, 0, "created");
  expect({"add", "box-1"}, 0, "box-1");
  expect({"add", "box-2"}, 0, "box-2");
  const SlotId slot{5};
  change([&](const ClusterMap& map) { return begin_slots(map, {1}); });
  expect({"move", "slot:5", "box-2", "--wait-seconds", "1"}, 1, "after 1 s: at box-1");
  expect({"show", "--slot", "5"}, 0, "slot 5, owner box-1, followers none, pinned to box-2");
  auto moved = std::async(std::launch::async,
                          [&] { return run({"move", "slot:5", "box-2", "--wait-seconds", "60"}); });
  EXPECT_EQ(moved.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  change([&](const ClusterMap& map) { return hand_over(map, {&slot, 1}, 1, 2, {1, 2}); });
  const Outcome done = moved.get();
  EXPECT_EQ(done.code, 0) << done.output;
  EXPECT_THAT(done.output, HasSubstr("slot 5 is at box-2"));
}

TEST_F(ClusterProgram, member_of_etcd_that_is_gone_is_named) {
  expect({"init"}, 0, "created");
  members->kill(1);
  expect({"status"}, 1,
         fmt::format("NOT WELL: the etcd member {} does not answer", members->endpoint(1)));
  expect({"copies", "3"}, 0, "each slot has 3 copies");
  members->kill(2);
  const Outcome status = run({"status"});
  EXPECT_EQ(status.code, 1);
  EXPECT_THAT(status.output, HasSubstr("NOT WELL: no answer from etcd at " + members->endpoint(0)));
  const Outcome copies = run({"copies", "2"});
  EXPECT_EQ(copies.code, 1);
  EXPECT_THAT(copies.output, testing::AllOf(HasSubstr("frontrow: no answer from etcd at"),
                                            HasSubstr("a majority of its members must run")));
  EXPECT_EQ(std::count(copies.output.begin(), copies.output.end(), '\n'), 1) << copies.output;
}

TEST_F(ClusterProgram, directory_of_a_single_instance_is_imported) {
  const TempDirectory directory;
  {
    api::ServerProcess server({}, directory.data());
    api::Shop shop(server);
    const std::int64_t concert = shop.create_concert();
    const api::Fan fan = shop.enter(concert);
    shop.hold(concert, fan, {3});
    expect({"init"}, 0, "created");
    expect({"import", "--instance", "box-1", "--data-dir", directory.data()}, 1, "stop it");
    ASSERT_EQ(server.stop(), 0);
  }
  const std::vector<std::string> import = {"import", "--instance", "box-1", "--data-dir",
                                           directory.data()};
  expect(import, 0, "box-1 owns all 4096 slots: stream ");
  expect({"show", "--concert", "1"}, 0, ", owner box-1, followers none");
  expect(import, 1, "belongs to the instance box-1 of the cluster tour already");
  expect({"status"}, 1,
         "NOT WELL: box-1 has no record, and 4096 of its slots have no other living "
         "copy: start box-1 on its data directory");
}

#else

TEST(ClusterProgram, without_etcd_the_program_says_so) {
  const Outcome run = run_cluster({"show", "--cluster", "tour", "--etcd", "127.0.0.1:1"});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.output, HasSubstr("this program was built without etcd"));
}

#endif

}  // namespace
}  // namespace frontrow::cluster
