#include "tools/frontrow/cluster/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/cluster/show.h"

namespace frontrow::cluster {
namespace {

using testing::HasSubstr;
using Ends = std::pair<InstanceId, InstanceId>;

ClusterInstance instance(InstanceId id, std::uint32_t weight = 100) {
  return {
      id, weight, {"10.0.0." + std::to_string(id), 8080}, {"10.0.0." + std::to_string(id), 7101}};
}

ClusterFile cluster_of(std::vector<ClusterInstance> instances) {
  ClusterFile file;
  file.name = "tour";
  file.revision = 4;
  file.instances = std::move(instances);
  return file;
}

std::string error_of(const ClusterFile& file, const Changes& changes) {
  const auto plan = make_plan(file, changes);
  return plan.ok() ? "" : plan.error();
}

TEST(ClusterPlan, instance_that_comes_takes_its_share_from_all_and_moves_nothing_else) {
  const auto plan = make_plan(cluster_of({instance(1), instance(2)}), {.add = {instance(3)}});
  ASSERT_TRUE(plan.ok()) << plan.error();
  EXPECT_EQ((*plan).after.revision, 5U);
  EXPECT_EQ((*plan).moves.size(), 2U);
  EXPECT_TRUE((*plan).moves.contains(Ends(1, 3)) && (*plan).moves.contains(Ends(2, 3)));
  EXPECT_EQ((*plan).slots_moved(), (*plan).map_after.slots_of(3));
  EXPECT_GT((*plan).slots_moved(), kSlotCount / 4);
  EXPECT_LT((*plan).slots_moved(), kSlotCount * 5 / 12);
}

TEST(ClusterPlan, instance_that_leaves_gives_its_slots_and_nobody_elses) {
  const auto plan = make_plan(cluster_of({instance(1), instance(2), instance(3)}), {.remove = {2}});
  ASSERT_TRUE(plan.ok()) << plan.error();
  EXPECT_EQ((*plan).slots_moved(), (*plan).map_before.slots_of(2));
  for (const auto& [ends, slots] : (*plan).moves) EXPECT_EQ(ends.first, 2);
  EXPECT_EQ((*plan).after.find(2), nullptr);
}

TEST(ClusterPlan, pin_moves_one_slot_and_replaces_the_pin_before) {
  ClusterFile file = cluster_of({instance(1), instance(2), instance(3)});
  const PinTarget target = PinTarget::of(ConcertId{7});
  const InstanceId drawn = (*file.slot_map()).owner(target.slot);
  const InstanceId other = drawn == 1 ? 2 : 1;
  const InstanceId third = static_cast<InstanceId>(6 - drawn - other);
  const auto pinned = make_plan(file, {.pin = {{other, target}}});
  ASSERT_TRUE(pinned.ok()) << pinned.error();
  EXPECT_EQ((*pinned).slots_moved(), 1U);
  EXPECT_EQ((*pinned).moves.at(Ends(drawn, other)), std::vector<SlotId>{target.slot});

  const auto again = make_plan((*pinned).after, {.pin = {{third, target}}});
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_EQ((*again).after.pins, (std::vector<ClusterPin>{{third, target}}));
  EXPECT_TRUE((*again).moves.contains(Ends(other, third)));

  const auto back = make_plan((*again).after, {.unpin = {target}});
  ASSERT_TRUE(back.ok()) << back.error();
  EXPECT_TRUE((*back).after.pins.empty());
  EXPECT_TRUE((*back).moves.contains(Ends(third, drawn)));
  EXPECT_EQ((*back).after.revision, 7U);
}

TEST(ClusterPlan, weight_moves_slots_towards_who_has_more) {
  const auto plan = make_plan(cluster_of({instance(1), instance(2)}), {.weights = {{2, 300}}});
  ASSERT_TRUE(plan.ok()) << plan.error();
  ASSERT_EQ((*plan).moves.size(), 1U);
  EXPECT_TRUE((*plan).moves.contains(Ends(1, 2)));
  EXPECT_NEAR(static_cast<double>((*plan).map_after.slots_of(2)), kSlotCount * 0.75, 150);
}

TEST(ClusterPlan, changes_that_do_not_fit_are_refused) {
  ClusterFile file = cluster_of({instance(1), instance(2)});
  file.pins = {{2, PinTarget::of(SlotId{17})}};
  EXPECT_EQ(error_of(file, {}),
            "cluster plan: no change given; see `frontrow cluster plan --help`");
  EXPECT_EQ(error_of(file, {.remove = {3}}), "--remove: there is no instance 3");
  EXPECT_EQ(error_of(file, {.add = {instance(2)}}),
            "--add: there is an instance 2 already; take a new id");
  EXPECT_EQ(error_of(file, {.remove = {1}, .add = {instance(1)}}),
            "--add: there is an instance 1 already; take a new id");
  EXPECT_EQ(error_of(file, {.weights = {{9, 1}}}), "--weight: there is no instance 9");
  EXPECT_EQ(error_of(file, {.unpin = {PinTarget::of(SlotId{18})}}),
            "--unpin: slot:18 is not pinned");
  EXPECT_EQ(error_of(file, {.pin = {{5, PinTarget::of(SlotId{1})}}}),
            "--pin: there is no instance 5");
  EXPECT_EQ(error_of(file, {.remove = {2}}),
            "after this change, pins[0] puts slot:17 on instance 2, which is not in the file");
  EXPECT_EQ(error_of(file, {.remove = {2}, .unpin = {PinTarget::of(SlotId{17})}}), "");
  ClusterInstance twin = instance(3);
  twin.http = file.instances[0].peer;
  EXPECT_EQ(error_of(file, {.add = {twin}}),
            "after this change, instances[2].http must be an address of its own, not "
            "10.0.0.1:7101, which is one of instance 1");
  file.revision = static_cast<std::uint64_t>(kClusterRevisionMax);
  EXPECT_EQ(error_of(file, {.add = {instance(3)}}),
            "the file has the largest possible revision, so there is no next one");
}

TEST(ClusterPlan, text_has_every_instance_and_every_move) {
  const auto plan =
      make_plan(cluster_of({instance(1), instance(2)}), {.remove = {2}, .add = {instance(3, 50)}});
  ASSERT_TRUE(plan.ok()) << plan.error();
  const Plan& p = *plan;
  const std::string text = plan_text(p);
  EXPECT_THAT(text, HasSubstr("revision  4 -> 5\n"));
  EXPECT_THAT(text, HasSubstr(hash_text(p.map_before) + " -> " + hash_text(p.map_after)));
  EXPECT_THAT(text, testing::ContainsRegex("\n +2 +100 -> - +" +
                                           std::to_string(p.map_before.slots_of(2)) + " -> 0 +"));
  EXPECT_THAT(text,
              testing::ContainsRegex("\n +3 +- -> 50 +0 -> " +
                                     std::to_string(p.map_after.slots_of(3)) + " +0.0 % -> "));
  for (const auto& [ends, slots] : p.moves) {
    EXPECT_THAT(text, testing::ContainsRegex("\n +" + std::to_string(ends.first) + " +" +
                                             std::to_string(ends.second) + " +" +
                                             std::to_string(slots.size()) + "\n"));
  }
  EXPECT_THAT(text, HasSubstr(std::to_string(p.slots_moved()) + " of 4096 slots would move ("));
  const auto still = make_plan(cluster_of({instance(1)}), {.weights = {{1, 7}}});
  ASSERT_TRUE(still.ok()) << still.error();
  EXPECT_THAT(plan_text(*still), HasSubstr("no slot would move\n"));
}

TEST(ClusterPlan, command_writes_the_next_file_over_the_old_one) {
  const TempDirectory dir;
  const std::string path = (dir.path() / "cluster.toml").string();
  const ClusterFile file = cluster_of({instance(1), instance(2)});
  write_file(path, format_cluster_file(file));
  PlanArgs args{path, {.add = {instance(3)}}, path, (dir.path() / "plan.json").string()};
  testing::internal::CaptureStdout();
  const int code = plan(args);
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  const auto expected = make_plan(file, args.changes);
  ASSERT_TRUE(expected.ok());
  EXPECT_EQ(printed, plan_text(*expected));
  EXPECT_EQ(read_file(args.json), plan_json(*expected) + "\n");
  const auto next = read_cluster_file(path);
  ASSERT_TRUE(next.ok()) << next.error();
  EXPECT_EQ((*next).revision, 5U);
  EXPECT_EQ((*(*next).slot_map()).hash(), (*expected).map_after.hash());
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(ClusterPlan, command_says_by_its_exit_code_whose_fault_it_was) {
  const TempDirectory dir;
  const std::string path = (dir.path() / "cluster.toml").string();
  write_file(path, format_cluster_file(cluster_of({instance(1)})));
  const auto run = [](const PlanArgs& args) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = plan(args);
    testing::internal::GetCapturedStdout();
    return std::pair(code, testing::internal::GetCapturedStderr());
  };
  EXPECT_EQ(run({path + "x", {.add = {instance(3)}}, "", ""}),
            std::pair(2, "frontrow: " + path + "x: cannot be read: No such file or directory\n"));
  EXPECT_EQ(run({path, {.remove = {4}}, "", ""}),
            std::pair(2, std::string("frontrow: --remove: there is no instance 4\n")));
  EXPECT_EQ(run({path, {.add = {instance(3)}}, "/nowhere/next.toml", ""}),
            std::pair(1, std::string("frontrow: /nowhere/next.toml: can't be written\n")));
}

TEST(ClusterShow, overview_has_every_instance_and_pin) {
  ClusterFile file = cluster_of({instance(2, 50), instance(1)});
  file.pins = {{2, PinTarget::of(SlotId{17})}};
  const auto map = file.slot_map();
  ASSERT_TRUE(map.ok());
  const std::string text = overview_text(file, *map);
  EXPECT_THAT(text, HasSubstr("revision  4\nmap hash  " + hash_text(*map) + "\ntls       auto\n"));
  EXPECT_THAT(text, HasSubstr("listed by instance " +
                              std::to_string(map->owner(slot_of_directory())) + " (slot 3926)"));
  for (const int id : {1, 2}) {
    const std::string address = "10.0.0." + std::to_string(id);
    EXPECT_THAT(text, testing::ContainsRegex(
                          "\n +" + std::to_string(id) + " +" + (id == 1 ? "100" : "50") + " +" +
                          std::to_string((*map).slots_of(static_cast<InstanceId>(id))) +
                          " +[0-9.]+ % +" + address + ":8080 +" + address + ":7101\n"));
  }
  EXPECT_THAT(text, testing::ContainsRegex("\nslot:17 +17 +2\n"));
}

TEST(ClusterShow, whereabouts_are_those_of_the_map) {
  const ClusterFile file = cluster_of({instance(1), instance(2)});
  const auto map = file.slot_map();
  ASSERT_TRUE(map.ok());
  for (const std::uint32_t concert : {1, 2, 3, 4, 5, 6, 7, 8}) {
    const SlotId slot = slot_of_concert(ConcertId{concert});
    const std::string id = std::to_string((*map).owner(slot));
    EXPECT_EQ(whereabouts_text(file, *map, "it", slot),
              "it: slot " + std::to_string(slot.value) + ", instance " + id + " (http 10.0.0." +
                  id + ":8080, peer 10.0.0." + id + ":7101)\n");
  }
}

TEST(ClusterSecret, is_another_one_each_time_and_is_taken) {
  const auto print = [] {
    testing::internal::CaptureStdout();
    EXPECT_EQ(secret({}), 0);
    return testing::internal::GetCapturedStdout();
  };
  const std::string first = print();
  EXPECT_EQ(first.size(), 65U);
  EXPECT_NE(print(), first);
  const TempDirectory dir;
  ClusterConfig config{.file = (dir.path() / "c.toml").string(),
                       .instance = 1,
                       .secret_file = (dir.path() / "secret").string()};
  write_file(config.file, format_cluster_file(cluster_of({instance(1)})));
  write_file(config.secret_file, first);
  EXPECT_TRUE(load_cluster(config).ok());
}

}  // namespace
}  // namespace frontrow::cluster
