// The commands that create a cluster and change its slot map, over the model of a store.
#include "tools/frontrow/cluster/changes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/frontrow/cluster/cluster_support.h"
#include "tools/frontrow/cluster/show.h"

namespace frontrow::cluster {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ClusterChanges : public testing::Test, protected TestCluster {
 protected:
  Result<std::string> ask(const MapRequest& request, bool dry_run = false) {
    return change_map(store, args, request, dry_run, patience());
  }
  std::string done(const MapRequest& request) {
    const auto text = ask(request);
    EXPECT_TRUE(text.ok()) << (text.ok() ? "" : text.error());
    return text.ok() ? *text : "";
  }
  std::string refused(const MapRequest& request) {
    const auto before = store.content();
    const auto text = ask(request);
    EXPECT_FALSE(text.ok()) << (text.ok() ? *text : "");
    EXPECT_EQ(store.content(), before);
    return text.ok() ? "" : text.error();
  }
  std::string dry(const MapRequest& request) {
    const auto before = store.content();
    const auto text = ask(request, true);
    EXPECT_TRUE(text.ok()) << (text.ok() ? "" : text.error());
    EXPECT_EQ(store.content(), before);
    return text.ok() ? *text : "";
  }
};

TEST_F(ClusterChanges, init_creates_the_record_and_an_empty_map) {
  const auto text = cluster::create(store, args, 3, patience());
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_THAT(*text, AllOf(HasSubstr("cluster tour was created"), HasSubstr("3 copies"),
                           HasSubstr("--etcd 10.0.0.1:2379,10.0.0.2:2379")));
  const auto access = Access::open(store, args);
  ASSERT_TRUE(access.ok()) << access.error();
  EXPECT_NE((*access)->record().id, 0U);
  EXPECT_EQ(map().copies, 3U);
  EXPECT_EQ(map().author(), "operator");
  EXPECT_TRUE(map().instances.empty());
}

TEST_F(ClusterChanges, init_is_refused_if_the_cluster_exists) {
  create();
  const auto before = store.content();
  const auto again = cluster::create(store, args, 2, patience());
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error(),
              AllOf(HasSubstr("the cluster tour exists already"), Not(HasSubstr("\n"))));
  EXPECT_EQ(store.content(), before);
}

TEST_F(ClusterChanges, init_succeeds_through_lost_answers) {
  store.set_faults({.lost_request = 30, .lost_answer = 40, .late_effect = 0, .lost_read = 0});
  create();
  store.set_faults({});
  EXPECT_TRUE(Access::open(store, args).ok());
}

TEST_F(ClusterChanges, init_says_that_an_unknown_outcome_may_take_effect) {
  store.set_faults({.lost_request = 0, .lost_answer = 0, .late_effect = 100, .lost_read = 0});
  const auto text = cluster::create(store, args, 2, patience());
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(), HasSubstr("it may take effect later"));
  EXPECT_GE(now_ms, kGiveUpAfter.ms);
}

TEST_F(ClusterChanges, init_over_a_map_without_its_cluster_is_refused) {
  put(log().keys().map(), encode_cluster_map(ClusterMap()));
  const auto text = cluster::create(store, args, 2, patience());
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(), HasSubstr("etcdctl del /frontrow/tour/map"));
}

TEST_F(ClusterChanges, each_request_changes_the_map) {
  begin(2);
  EXPECT_THAT(done(AddInstance{"box-3", 50}), HasSubstr("box-3 is an instance, of weight 50"));
  EXPECT_EQ(map().find("box-3")->weight, 50U);
  done(SetWeight{"box-3", 70});
  EXPECT_EQ(map().find("box-3")->weight, 70U);
  done(DrainInstance{"box-3", true});
  EXPECT_TRUE(map().find("box-3")->is_draining);
  done(DrainInstance{"box-3", false});
  EXPECT_FALSE(map().find("box-3")->is_draining);
  done(PinSlot{Target::of(SlotId{17}), "box-3"});
  EXPECT_EQ(map().pins.at(SlotId{17}), map().find("box-3")->id);
  done(UnpinSlot{Target::of(SlotId{17})});
  EXPECT_TRUE(map().pins.empty());
  done(SetCopies{1});
  EXPECT_EQ(map().copies, 1U);
  done(RemoveInstance{"box-3"});
  EXPECT_EQ(map().find("box-3"), nullptr);
  EXPECT_EQ(map().author(), "operator");
}

TEST_F(ClusterChanges, request_that_is_fulfilled_writes_nothing) {
  begin(2);
  const auto before = store.content();
  EXPECT_THAT(done(SetWeight{"box-1", 100}), HasSubstr("nothing to do"));
  EXPECT_THAT(dry(SetWeight{"box-1", 100}), HasSubstr("nothing would change"));
  EXPECT_EQ(store.content(), before);
}

TEST_F(ClusterChanges, refusals_say_how_to_go_on) {
  begin(2);
  const std::string unknown = "the cluster has no instance box-9; it has box-1, box-2";
  EXPECT_EQ(refused(SetWeight{"box-9", 1}), unknown);
  EXPECT_EQ(refused(PinSlot{Target::of(SlotId{1}), "box-9"}), unknown);
  EXPECT_EQ(ask(SetWeight{"box-9", 1}, true).error(), unknown) << "in a dry run too";
  EXPECT_THAT(refused(AddInstance{"box-1", 1}), HasSubstr("box-1 is an instance already"));
  EXPECT_THAT(refused(RemoveInstance{"box-1"}),
              AllOf(HasSubstr(fmt::format("box-1 owns {} slots", map().slots_of(1))),
                    HasSubstr("frontrow cluster drain box-1 --wait")));
  EXPECT_EQ(refused(UnpinSlot{Target::of(ConcertId{7})}),
            fmt::format("concert 7 (slot {}) is not pinned", slot_of_concert(ConcertId{7}).value));
}

TEST_F(ClusterChanges, instance_that_owns_no_slot_is_removed) {
  begin(2);
  change([](const ClusterMap& map) {
    std::vector<SlotId> slots;
    for (std::uint16_t id = 0; id < kSlotCount; ++id)
      if (map.place(SlotId{id}).owner == 2) slots.push_back(SlotId{id});
    return hand_over(map, slots, 2, 1, {1, 2});
  });
  EXPECT_THAT(done(RemoveInstance{"box-2"}), HasSubstr("copies of slots are given up"));
  EXPECT_EQ(map().find("box-2"), nullptr);
}

// The figures of a dry run are those of the placement.
TEST_F(ClusterChanges, dry_run_tells_the_moves_and_writes_nothing) {
  begin(3);
  const std::size_t slots = map().slots_of(2);
  const ClusterMap drained = *set_draining(map(), 2, true);
  const Placement after(drained);
  std::size_t to_1 = 0;
  for (std::uint16_t id = 0; id < kSlotCount; ++id)
    if (drained.place(SlotId{id}).owner == 2 && after.owner(SlotId{id}) == 1) ++to_1;
  EXPECT_THAT(dry(DrainInstance{"box-2", true}),
              AllOf(HasSubstr("a dry run, nothing is changed"), HasSubstr("box-2 drains"),
                    HasSubstr(fmt::format("{} of 4096 slots move", slots)),
                    HasSubstr(fmt::format("{:>4}  from box-2 to box-1\n", to_1)),
                    HasSubstr(fmt::format("{:>4}  from box-2 to box-3\n", slots - to_1))));
}

TEST_F(ClusterChanges, moves_that_were_outstanding_before_are_told_apart) {
  begin(2);
  done(PinSlot{Target::of(SlotId{5}), map().place(SlotId{5}).owner == 1 ? "box-2" : "box-1"});
  EXPECT_THAT(dry(AddInstance{"box-3", 100}), HasSubstr("without the change 1 slots would move"));
  EXPECT_THAT(dry(UnpinSlot{Target::of(SlotId{5})}),
              HasSubstr("no slot moves; without the change 1 would"));
}

TEST_F(ClusterChanges, effects_that_are_easily_missed_are_named) {
  begin(1);
  EXPECT_THAT(dry(DrainInstance{"box-1", true}), HasSubstr("no instance may get slots then"));
  EXPECT_THAT(dry(SetCopies{3}),
              HasSubstr("3 copies of each slot need as many instances, and the cluster has 1"));
  done(PinSlot{Target::of(SlotId{5}), "box-1"});
  EXPECT_THAT(dry(DrainInstance{"box-1", true}),
              HasSubstr("slot 5 is pinned to box-1, which drains"));
}

TEST_F(ClusterChanges, without_the_cluster_the_error_says_how_to_create_it) {
  EXPECT_EQ(refused(SetCopies{2}),
            "etcd at 10.0.0.1:2379, 10.0.0.2:2379 has no cluster tour: check --cluster and --etcd, "
            "or create it with `frontrow cluster init`");
}

TEST_F(ClusterChanges, other_format_is_refused) {
  create();
  const std::string key = log().keys().id();
  auto record = *decode_cluster_record(store.content().at(key));
  record.format = 2;
  put(key, encode_cluster_record(record));
  EXPECT_THAT(refused(SetCopies{3}), HasSubstr("the cluster has the format 2"));
}

TEST_F(ClusterChanges, store_without_an_answer_is_named) {
  begin(1);
  store.set_majority(false);
  const auto text = ask(SetCopies{3});
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(), AllOf(HasSubstr("no answer from etcd at 10.0.0.1:2379, 10.0.0.2:2379"),
                                  Not(HasSubstr("\n"))));
}

TEST_F(ClusterChanges, unknown_outcome_says_where_to_look) {
  begin(1);
  store.set_faults({.lost_request = 0, .lost_answer = 0, .late_effect = 100, .lost_read = 0});
  const auto text = ask(SetCopies{3});
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(),
              AllOf(HasSubstr("the outcome is unknown"),
                    HasSubstr("it may take effect later: look with `frontrow cluster status`")));
  EXPECT_GE(now_ms, kGiveUpAfter.ms);
  EXPECT_LE(now_ms, 2 * kGiveUpAfter.ms);
}

TEST_F(ClusterChanges, errors_of_rights_and_space_name_the_command_that_helps) {
  args.store.user = "op";
  EXPECT_THAT(store_error(args, "etcd at a: etcdserver: permission denied").message,
              AllOf(HasSubstr("\"op\""), HasSubstr("readwrite /frontrow/tour/")));
  EXPECT_THAT(store_error(args, "etcdserver: user name is empty").message,
              HasSubstr("--etcd-user"));
  EXPECT_THAT(store_error(args, "etcdserver: mvcc: database space exceeded").message,
              HasSubstr("alarm NOSPACE"));
}

// A store whose user may read only.
class ReadOnlyStore final : public ConsensusStore {
 public:
  Commit commit(const Transaction&) override {
    return {CommitOutcome::kFailed, "etcdserver: permission denied"};
  }
  Result<StoreRange> read(std::string_view, std::string_view, std::size_t) override {
    return StoreRange{};
  }
  Status reclaim() override { return {}; }
  StoreHealth health() override { return {}; }
};

TEST_F(ClusterChanges, init_without_rights_says_so_and_leaves_no_doubt) {
  ReadOnlyStore denying;
  const auto text = cluster::create(denying, args, 2, patience());
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(),
              AllOf(HasSubstr("readwrite /frontrow/tour/"), Not(HasSubstr("unknown"))));
}

// --- waiting

class ClusterWaits : public ClusterChanges {
 protected:
  // Waits, and moves one slot of box-2 to box-1 between two looks.
  Result<std::string> await(const MapRequest& request, Duration limit, bool moves) {
    return await_change(store, args, request, limit, patience([this, moves] {
                          if (moves) move_one();
                        }),
                        [this](std::uint64_t done, std::uint64_t total, const std::string& note) {
                          shown.push_back(fmt::format("{}/{} {}", done, total, note));
                        });
  }
  std::vector<SlotId> slots_of_box_2() {
    std::vector<SlotId> slots;
    const ClusterMap now = map();
    for (std::uint16_t id = 0; id < kSlotCount; ++id)
      if (now.place(SlotId{id}).owner == 2) slots.push_back(SlotId{id});
    return slots;
  }
  void move_one() {
    const std::vector<SlotId> slots = slots_of_box_2();
    change([&](const ClusterMap& map) { return hand_over(map, {&slots[0], 1}, 2, 1, {1, 2}); });
  }
  // box-2 owns its first three slots only.
  void leave_three() {
    std::vector<SlotId> slots = slots_of_box_2();
    slots.erase(slots.begin(), slots.begin() + 3);
    change([&](const ClusterMap& map) { return hand_over(map, slots, 2, 1, {1, 2}); });
  }

  std::vector<std::string> shown;
};

TEST_F(ClusterWaits, drain_waits_until_the_instance_owns_no_slot) {
  begin(2);
  leave_three();
  const auto text = await(DrainInstance{"box-2", true}, seconds(60), true);
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_THAT(*text, HasSubstr("box-2 owns no slot"));
  EXPECT_EQ(map().slots_of(2), 0U);
  EXPECT_THAT(shown, testing::ElementsAre("0/3 3 slots left at box-2", "1/3 2 slots left at box-2",
                                          "2/3 1 slots left at box-2"));
}

TEST_F(ClusterWaits, move_waits_until_the_instance_owns_the_slot) {
  begin(2);
  leave_three();
  const SlotId last = slots_of_box_2().back();
  const auto text = await(PinSlot{Target::of(last), "box-1"}, seconds(60), true);
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_THAT(*text, HasSubstr("is at box-1"));
  EXPECT_EQ(map().place(last).owner, 1);
  EXPECT_THAT(shown, testing::ElementsAre("0/1 at box-2", "0/1 at box-2", "0/1 at box-2"));
}

TEST_F(ClusterWaits, wait_ends_after_its_limit) {
  begin(2);
  leave_three();
  const auto text = await(DrainInstance{"box-2", true}, seconds(5), false);
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(), AllOf(HasSubstr("after 5 s: 3 slots left at box-2"),
                                  HasSubstr("the change stays in force")));
  EXPECT_EQ(now_ms, 5000);
}

TEST_F(ClusterWaits, store_that_is_away_for_a_while_is_asked_again) {
  begin(2);
  leave_three();
  int looks = 0;
  const auto text =
      await_change(store, args, DrainInstance{"box-2", true}, seconds(60), patience([&] {
                     store.set_majority(true);
                     if (++looks % 2 == 0) return move_one();
                     store.set_majority(false);
                   }),
                   [](std::uint64_t, std::uint64_t, const std::string&) {});
  EXPECT_TRUE(text.ok()) << text.error();
  EXPECT_EQ(looks, 6);
}

TEST_F(ClusterWaits, instance_that_is_removed_meanwhile_ends_the_wait) {
  begin(1);
  EXPECT_EQ(await(DrainInstance{"box-2", true}, seconds(5), false).error(),
            "the cluster has no instance box-2; it has box-1");
}

// --- show

TEST_F(ClusterChanges, show_lists_instances_and_pins) {
  begin(2);
  done(PinSlot{Target::of(SlotId{5}), "box-2"});
  done(DrainInstance{"box-1", true});
  const auto access = Access::open(store, args);
  EXPECT_THAT(overview_text((*access)->record(), map()),
              AllOf(HasSubstr("cluster   tour (id "), HasSubstr("copies    2 of each slot"),
                    HasSubstr("4096 begun, 0 not begun, 1 pinned"), HasSubstr("00000000000000b2"),
                    HasSubstr("draining"), HasSubstr(fmt::format("{:>5}", map().slots_of(1)))));
}

TEST_F(ClusterChanges, show_tells_where_one_slot_is) {
  begin(2);
  const SlotId slot = slot_of_concert(ConcertId{7});
  const bool at_1 = map().place(slot).owner == 1;
  const std::string place = fmt::format("concert 7: slot {}, owner {}, followers {}", slot.value,
                                        at_1 ? "box-1" : "box-2", at_1 ? "box-2" : "box-1");
  EXPECT_EQ(whereabouts_text(map(), "concert 7", slot), place + "\n");
  done(PinSlot{Target::of(slot), "box-2"});
  EXPECT_EQ(whereabouts_text(map(), "concert 7", slot), place + ", pinned to box-2\n");
  EXPECT_EQ(whereabouts_text(ClusterMap(), "", SlotId{3}), "slot 3, not begun\n");
}

}  // namespace
}  // namespace frontrow::cluster
