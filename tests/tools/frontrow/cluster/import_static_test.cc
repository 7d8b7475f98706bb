// The directories of a static cluster, which earlier versions had, become the first ones of a
// cluster.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/frontrow/cluster/cluster_support.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tools/frontrow/cluster/import.h"
#include "tools/frontrow/config/cluster_identity.h"

namespace frontrow::cluster {
namespace {

using recover::hand_over;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using Owner = recover::Instance;  // of a static cluster

// A sale on the first of three instances.
class StaticImport : public recover::MovesTest, protected TestCluster {
 protected:
  void SetUp() override {
    MovesTest::SetUp();
    create();
    import.directories = {{"box-1", one_data}, {"box-2", two_data}};
  }

  // All slots that no instance has begin on the last one, and each knows that the others have
  // begun.
  static void begin(std::initializer_list<std::reference_wrapper<Owner>> instances) {
    std::vector<SlotId> left;
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const SlotId slot{id};
      if (std::ranges::none_of(instances, [&](Owner& each) { return each.has(slot); }))
        left.push_back(slot);
    }
    Owner& last = std::data(instances)[instances.size() - 1];
    last.open(left);
    for (Owner& each : instances) {
      SlotId kept{0};
      while (!each.has(kept)) ++kept.value;
      for (const Owner& other : instances) {
        if (other.id() != each.id()) each.note_begun(kept, other.id());
      }
    }
  }

  Result<std::string> run() {
    import.cluster = args;
    return import_into(store, import, patience());
  }
  std::string imported() {
    const auto text = run();
    EXPECT_TRUE(text.ok()) << text.error();
    return text.ok() ? *text : "";
  }
  void expect_refused(const std::string& why) {
    const auto before = store.content();
    const auto text = run();
    ASSERT_FALSE(text.ok()) << *text;
    EXPECT_THAT(text.error(), AllOf(HasSubstr(why), Not(HasSubstr("\n"))));
    EXPECT_EQ(store.content(), before);
    for (const ImportedDirectory& each : import.directories)
      EXPECT_FALSE(std::filesystem::exists(each.data_dir + "/cluster.id")) << each.data_dir;
  }
  std::string owner_of(SlotId slot) {
    const ClusterMap now = map();
    const MapInstance* owner = now.find(now.place(slot).owner);
    return owner == nullptr ? "nobody" : owner->name;
  }
  void expect_finished() {
    for (const ImportedDirectory& each : import.directories) {
      const auto identity = read_cluster_identity(each.data_dir);
      ASSERT_TRUE(identity.ok() && *identity) << each.data_dir;
      EXPECT_EQ((*identity)->instance, each.instance);
    }
  }

  const std::string three_data = dir / "three";
  ImportArgs import;
};

TEST_F(StaticImport, slots_stay_where_their_newest_state_is) {
  move_concert();
  std::uint64_t stream_two = 0;
  std::uint64_t last_two = 0;
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    begin({one, two});
    stream_two = two.stream();
    last_two = two.last_group();
  }
  const std::string text = imported();
  EXPECT_THAT(text, AllOf(HasSubstr("box-1 owns "), HasSubstr("box-2 owns "),
                          HasSubstr("--instance box-2 --data-dir " + two_data),
                          Not(HasSubstr("have no record")), Not(HasSubstr("were sealed"))));
  EXPECT_EQ(owner_of(concert), "box-2");
  EXPECT_EQ(owner_of(wallet), "box-1");
  const ClusterMap now = map();
  ASSERT_EQ(now.instances.size(), 2U);
  EXPECT_EQ(now.slots_of(1) + now.slots_of(2), kSlotCount);
  EXPECT_EQ(now.find("box-2")->stream, stream_two);
  const auto state = log().state(stream_two);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->last, last_two);
  EXPECT_EQ((*state)->instance, "box-2");
  expect_finished();
}

TEST_F(StaticImport, slots_that_no_directory_has_begun_have_no_owner) {
  move_concert();
  EXPECT_THAT(imported(), HasSubstr("slots have no record in any directory and begin as in a new"));
  EXPECT_EQ(owner_of(concert), "box-2");
  SlotId unused{0};
  while (owner_of(unused) != "nobody") ++unused.value;
  EXPECT_EQ(map().place(unused), SlotPlace{});
}

TEST_F(StaticImport, dry_run_writes_nothing) {
  move_concert();
  import.dry_run = true;
  const auto before = store.content();
  EXPECT_THAT(imported(), AllOf(HasSubstr("a dry run"), HasSubstr("box-2 owns 1 slots")));
  EXPECT_EQ(store.content(), before);
  EXPECT_FALSE(std::filesystem::exists(one_data + "/cluster.id"));
}

// --- handovers that are half done

TEST_F(StaticImport, slot_that_was_adopted_and_not_released_is_the_new_owner_s) {
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    one.seal(wallet, 2);
    two.adopt(one, wallet);
  }
  EXPECT_THAT(imported(), Not(HasSubstr("were sealed")));
  EXPECT_EQ(owner_of(wallet), "box-2");
}

TEST_F(StaticImport, slot_that_was_sealed_and_not_adopted_stays) {
  move_concert();  // shows which directory is the second instance's
  Owner(1, one_data).seal(wallet, 2);
  EXPECT_THAT(imported(), HasSubstr("1 slots that were sealed and have not moved stay"));
  EXPECT_EQ(owner_of(wallet), "box-1");
}

TEST_F(StaticImport, number_of_a_directory_follows_from_those_that_had_begun) {
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    Owner three(3, three_data);
    two.open(SlotId{1});
    begin({one, two, three});
    one.seal(wallet, 3);
  }
  import.directories.push_back({"box-3", three_data});
  EXPECT_THAT(imported(), HasSubstr("1 slots that were sealed and have not moved stay"));
  EXPECT_EQ(owner_of(wallet), "box-1");
}

TEST_F(StaticImport, slot_that_is_sealed_for_a_missing_directory_is_refused) {
  move_concert();
  Owner(1, one_data).seal(wallet, 3);
  expect_refused(fmt::format(
      "slot {} is sealed for instance 3 in {}, and that instance may have gone on with it: give "
      "its directory, too",
      wallet.value, one_data));
}

// The second directory may be that of the third instance or not.
TEST_F(StaticImport, slot_that_is_sealed_for_an_instance_without_a_trace_is_refused) {
  Owner(1, one_data).seal(wallet, 3);
  Owner(2, two_data).open(SlotId{1});
  expect_refused(fmt::format("slot {} is sealed for instance 3 in {}", wallet.value, one_data));
}

// --- directories that are missing, or do not belong together

TEST_F(StaticImport, missing_owner_of_a_slot_is_refused) {
  move_concert();
  import.directories.pop_back();
  const std::string why = fmt::format("slot {} was handed over to instance 2", concert.value);
  expect_refused(why);
  {
    Owner one(1, one_data);
    Owner three(3, three_data);
    hand_over(one, three, wallet);
  }
  import.directories.push_back({"box-3", three_data});
  expect_refused("give the directory of instance 2, too");
}

// None of its slots was ever anywhere else.
TEST_F(StaticImport, missing_directory_of_an_instance_that_had_begun_is_refused) {
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    Owner three(3, three_data);
    two.open(SlotId{1});
    begin({one, two, three});
  }
  expect_refused(
      "slots are in none of the directories, and instance 3 of the static cluster had begun: give "
      "the directory of instance 3, too");
  import.directories.pop_back();
  expect_refused("of the static cluster had begun");
}

TEST_F(StaticImport, slot_with_two_owners_is_refused) {
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    one.open(wallet);
    two.open(wallet);
  }
  expect_refused("it had two owners");
}

TEST_F(StaticImport, old_copy_of_a_directory_is_refused) {
  const std::string old = dir / "old";
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    hand_over(one, two, wallet);
    two.stop();
    recover::copy_directory(two_data, old);
  }
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    charge({two}, 10);
    hand_over(two, one, wallet);
    hand_over(one, two, wallet);
  }
  import.directories[1].data_dir = old;
  expect_refused(fmt::format("{} is older than that", old));
  import.directories.push_back({"box-3", two_data});
  expect_refused(fmt::format("{} and {} are both the directory of stream", old, two_data));
}

TEST_F(StaticImport, directory_or_name_that_is_given_twice_is_refused) {
  move_concert();
  import.directories[1] = {"box-2", one_data + "/../one"};
  expect_refused("is given twice: give each directory once");
  import.directories[1] = {"box-1", two_data};
  expect_refused("the name box-1 is given twice");
}

TEST_F(StaticImport, directory_of_a_single_instance_among_them_is_refused) {
  Owner(2, two_data).open(SlotId{1});
  expect_refused(fmt::format("{} is the directory of a single instance", one_data));
}

TEST_F(StaticImport, directory_with_a_running_instance_is_refused) {
  move_concert();
  const Owner running(2, two_data);
  expect_refused("stop it");
}

TEST_F(StaticImport, directory_of_a_cluster_is_refused) {
  {
    Owner one(1, one_data);
    Owner two(2, two_data);
    two.take(one, wallet);
  }
  expect_refused(fmt::format("{} was written in a cluster", two_data));
}

// --- interruptions

TEST_F(StaticImport, interrupted_import_is_finished_by_the_next_one) {
  move_concert();
  // Before the first stream's state, between the two, and behind them.
  for (int commits = 1; commits <= 3; ++commits) {
    SCOPED_TRACE(commits);
    store.on_commit([this, left = commits]() mutable {
      if (--left == 0) store.set_majority(false);
    });
    EXPECT_FALSE(run().ok());
    store.on_commit({});
    store.set_majority(true);
    EXPECT_TRUE(map().instances.empty());
  }
  imported();
  expect_finished();
  const ClusterMap before = map();
  EXPECT_EQ(owner_of(concert), "box-2");
  // Between the identities of two directories; the first instance runs already.
  std::filesystem::remove(two_data + "/cluster.id");
  {
    const Owner running(1, one_data);
    beat(0);
    EXPECT_THAT(imported(), HasSubstr("the import is finished"));
  }
  expect_finished();
  EXPECT_EQ(map(), before);
  const auto again = run();
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error(), HasSubstr("belongs to the instance box-2 of the cluster tour"));
}

TEST_F(StaticImport, further_directory_is_refused_after_the_import) {
  move_concert();
  imported();
  Owner(3, three_data).open(SlotId{2});
  import.directories = {{"box-3", three_data}};
  expect_refused("the cluster has slots already");
}

}  // namespace
}  // namespace frontrow::cluster
