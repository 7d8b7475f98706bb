// Clusters in one process: slots spread, move, and outlive the instances that served them.
#include "tests/replication/cluster_rig.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/runtime/shard/worker.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/replication/rig_sale.h"

namespace frontrow {
namespace {

TEST(Cluster, first_instance_serves_every_slot) {
  ClusterRig rig;
  rig.start("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve");
  EXPECT_EQ(rig.map().slots_of(rig.node("box-1")->id()), kSlotCount);
  RigSale sale(rig);
  sale.open_concert();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  sale.check();
}

// The new owner of slots is lost, with its disk, before it has a snapshot of any of them: the slots
// are with a follower, from the earlier owner's state and the new owner's records.
TEST(Cluster, slots_whose_new_owner_is_lost_at_once_are_served_by_their_follower) {
  for (const bool sells_between : {false, true}) {
    SCOPED_TRACE(sells_between);
    ClusterRig rig;
    start_three(rig);
    RigSale sale(rig);
    for (int i = 0; i < 4; ++i) sale.open_concert();
    for (int i = 0; i < 10; ++i) sale.sell_one();
    const InstanceId lost = rig.node("box-3")->id();
    std::vector<SlotId> moved;
    for (const SlotId slot : sale.wallets()) {
      if (rig.map().place(slot).owner != lost) moved.push_back(slot);
    }
    ASSERT_GE(moved.size(), 3U);
    rig.pin(moved, lost);
    const auto has_moved = [&] {
      const ClusterMap map = rig.map();
      return std::all_of(moved.begin(), moved.end(),
                         [&](SlotId slot) { return map.place(slot).owner == lost; });
    };
    while (!has_moved()) {
      // It writes no snapshots.
      rig.node("box-3")->may_found(false);
      rig.tick(50);
    }
    if (sells_between) {
      for (int i = 0; i < 3; ++i) rig.tick(50);
      sale.charge_at(*rig.node("box-3"), {moved.begin(), moved.end()});
      for (int i = 0; i < 6; ++i) rig.tick(50);
    }
    ASSERT_FALSE(rig.map().taken.empty());
    rig.kill("box-3");
    rig.wipe("box-3");
    rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 10'000);
    sale.check();
  }
}

TEST(Cluster, slot_of_one_copy_lacks_none) {
  for (const std::uint32_t copies : {1U, 2U}) {
    ClusterRig rig(1, copies);
    RigNode& node = rig.start("box-1");
    rig.run_until([&] { return rig.serves_all(); }, "all slots to be served");
    rig.tick();
    EXPECT_EQ(node.controller().status().lonely, copies == 1 ? 0U : kSlotCount);
  }
}

TEST(Cluster, slots_spread_over_the_instances_that_come) {
  ClusterRig rig;
  rig.start("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve");
  RigSale sale(rig);
  for (int i = 0; i < 4; ++i) sale.open_concert();
  for (int i = 0; i < 10; ++i) sale.sell_one();
  rig.start("box-2");
  rig.start("box-3");
  rig.run_until([&] { return rig.is_settled(); }, "three to settle");
  for (RigNode* node : rig.nodes()) {
    EXPECT_GT(rig.map().slots_of(node->id()), kSlotCount / 4U);
    EXPECT_LT(rig.map().slots_of(node->id()), kSlotCount / 2U);
  }
  for (int i = 0; i < 10; ++i) sale.sell_one();
  sale.check();
}

TEST(Cluster, slots_of_a_killed_instance_are_served_by_the_others) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 4; ++i) sale.open_concert();
  for (int i = 0; i < 15; ++i) sale.sell_one();
  const std::int64_t killed_ms = rig.now_ms();
  rig.kill("box-2");
  rig.wipe("box-2");
  rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 10'000);
  EXPECT_LT(rig.now_ms() - killed_ms, 5'000);
  sale.check();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  rig.run_until([&] { return rig.is_settled(); }, "two to settle");
  // The next loss is survived as well.
  rig.kill("box-1");
  rig.wipe("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve", 10'000);
  sale.check();
}

TEST(Cluster, planned_stop_gives_every_slot_to_the_others_and_takes_no_new_one) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 4; ++i) sale.open_concert();
  for (int i = 0; i < 15; ++i) sale.sell_one();
  RigNode& stopping = *rig.node("box-2");
  stopping.give_slots_away();
  while (!stopping.has_given_all()) {
    // One slot more would belong to it.
    const InstanceId id = stopping.id();
    if (rig.now_ms() % 1000 == 0) rig.pin({SlotId{7}}, id);
    rig.tick();
    ASSERT_NE(rig.node("box-2"), nullptr);
  }
  EXPECT_EQ(rig.map().slots_of(stopping.id()), 0U);
  sale.sell_one();
  rig.stop("box-2");
  rig.tick();
  EXPECT_TRUE(rig.serves_all());
  for (RigNode* node : rig.nodes()) EXPECT_EQ(node->controller().status().takeovers, 0U);
  sale.check();
  // The copies that it keeps are of use to it: it comes back with its disk.
  rig.start("box-2");
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
  sale.sell_one();
  sale.check();
}

TEST(Cluster, planned_stop_of_all_instances_at_once_ends) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  sale.open_concert();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  for (RigNode* node : rig.nodes()) node->give_slots_away();
  rig.run_until(
      [&] {
        const auto nodes = rig.nodes();
        return std::ranges::all_of(nodes, [](RigNode* node) { return node->has_given_all(); });
      },
      "the stops to end", 5'000);
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.stop(name);
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.start(name);
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
  sale.sell_one();
  sale.check();
}

TEST(Cluster, instance_comes_back_with_its_disk_or_without) {
  for (const bool has_disk : {true, false}) {
    SCOPED_TRACE(has_disk);
    ClusterRig rig;
    start_three(rig);
    RigSale sale(rig);
    for (int i = 0; i < 3; ++i) sale.open_concert();
    for (int i = 0; i < 10; ++i) sale.sell_one();
    rig.node("box-3")->checkpoint();
    rig.kill("box-2");
    if (!has_disk) rig.wipe("box-2");
    rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 10'000);
    for (int i = 0; i < 5; ++i) sale.sell_one();
    rig.start("box-2");
    rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
    sale.check();
    for (int i = 0; i < 5; ++i) sale.sell_one();
    rig.kill("box-1");
    rig.wipe("box-1");
    rig.run_until([&] { return rig.serves_all(); }, "two to serve", 10'000);
    sale.check();
  }
}

TEST(Cluster, all_instances_come_back_after_all_were_killed) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 3; ++i) sale.open_concert();
  for (int i = 0; i < 10; ++i) sale.sell_one();
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.kill(name);
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.start(name);
  rig.run_until([&] { return rig.serves_all(); }, "all to serve again", 20'000);
  sale.check();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  sale.check();
}

// A user whose wallet this instance has.
std::uint32_t user_of(ClusterRig& rig, RigNode& node, std::uint32_t from = 1'000) {
  const ClusterMap map = rig.map();
  while (map.place(slot_of_user(user_id(from))).owner != node.id()) ++from;
  return from;
}

Reply charge(ClusterRig& rig, std::uint32_t user, std::int64_t amount) {
  return rig.ask({as_user(user), {}, Charge{user_id(user), Money{amount}}});
}

// A change of the map whose outcome is unknown, and which takes effect when the giver has given up.
// Also slots that were never used, of which nothing is in any log.
TEST(Cluster, instance_that_loses_its_disk_while_all_are_down_loses_nothing) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 3; ++i) sale.open_concert();
  for (int i = 0; i < 10; ++i) sale.sell_one();
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.kill(name);
  rig.wipe("box-2");
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.start(name);
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
  sale.check();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  sale.check();
}

TEST(Cluster, handover_that_takes_effect_late_loses_nothing) {
  ClusterRig rig;
  rig.start("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve");
  RigSale sale(rig);
  sale.open_concert();
  for (int i = 0; i < 5; ++i) sale.sell_one();
  RigNode& giver = *rig.node("box-1");
  RigNode& taker = rig.start("box-2");
  std::set<SlotId> given;
  rig.run_until(
      [&] {
        giver.driver().turn();
        const ClusterMap map = rig.map();
        for (std::uint16_t id = 0; id < kSlotCount; ++id) {
          if (map.places[id].owner == giver.id() && !giver.engine().worker(0).is_live(SlotId{id}))
            given.insert(SlotId{id});
        }
        return !given.empty();
      },
      "a gift");
  const auto serves = [&] { return giver.engine().worker(0).is_live(*given.begin()); };
  rig.store().set_faults({.late_effect = 100});
  giver.controller().step();
  ASSERT_GT(rig.store().late_count(), 0U);
  rig.store().set_faults({.late_effect = 100, .lost_read = 50});
  for (int i = 0; i < 100 && !serves(); ++i) {
    giver.controller().step();
    giver.driver().turn();
  }
  rig.store().set_faults({});
  sale.charge_at(giver, given);
  rig.store().deliver_late();
  taker.controller().step();
  rig.run_until([&] { return rig.is_settled(); }, "two to settle");
  sale.check();
}

// An instance is gone right after it was given slots: before its own stream has anything of them.
TEST(Cluster, slot_whose_new_owner_has_logged_nothing_is_not_begun_anew) {
  ClusterRig rig;
  rig.start("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve");
  RigSale sale(rig);
  sale.open_concert();
  for (int i = 0; i < 60; ++i) sale.sell_one();
  RigNode& taker = rig.start("box-2");
  rig.run_until(
      [&] {
        const ClusterMap map = rig.map();
        for (const SlotId slot : sale.wallets()) {
          if (map.place(slot).owner == taker.id() && !taker.engine().worker(0).is_live(slot))
            return true;
        }
        return false;
      },
      "a gift");
  // It hears what the other one has said last.
  rig.node("box-1")->turn();
  rig.kill("box-2");
  for (int i = 0; i < 100; ++i) rig.tick();
  rig.start("box-2");
  rig.run_until([&] { return rig.nodes().size() == 2 && rig.is_settled(); }, "two to settle");
  sale.check();
}

// A takeover is cut short by the store and a kill, when the instance that is taken over is lost.
TEST(Cluster, takeover_that_was_cut_short_is_finished_after_a_start) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 3; ++i) sale.open_concert();
  for (int i = 0; i < 20; ++i) sale.sell_one();
  rig.run_until([&] { return rig.is_settled(); }, "three to settle");
  rig.kill("box-2");
  rig.wipe("box-2");
  // The store is away from the change of the map on.
  bool is_away = false;
  rig.store().on_commit([&] {
    for (const auto& [key, value] : rig.store().content())
      is_away = is_away || value.find("\ntaken ") != std::string::npos;
    if (is_away) rig.store().set_majority(false);
  });
  std::string taker;
  rig.run_until([&] { return is_away; }, "a takeover");
  for (RigNode* node : rig.nodes()) {
    if (node->controller().status().takeovers > 0) taker = node->name();
  }
  ASSERT_NE(taker, "");
  rig.kill(taker);
  rig.store().on_commit({});
  rig.store().set_majority(true);
  rig.start(taker);
  rig.run_until([&] { return rig.nodes().size() == 2 && rig.is_settled(); }, "two to settle");
  sale.check();
}

// A start between a slot_taken and the snapshot of its slot.
TEST(Cluster, checkpoint_waits_for_slots_that_were_taken_before_the_start) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 3; ++i) sale.open_concert();
  for (int i = 0; i < 20; ++i) sale.sell_one();
  rig.run_until([&] { return rig.is_settled(); }, "three to settle");
  rig.kill("box-2");
  std::string taker;
  rig.run_until(
      [&] {
        for (RigNode* node : rig.nodes()) {
          if (node->controller().status().takeovers > 0) taker = node->name();
        }
        return !taker.empty();
      },
      "a takeover");
  rig.node(taker)->driver().settle();
  rig.kill(taker);
  rig.start(taker);
  rig.run_until([&] { return rig.node(taker)->has_begun(); }, "the start");
  EXPECT_FALSE(rig.node(taker)->engine().recovered().gaps.empty());
  EXPECT_FALSE(rig.node(taker)->controller().may_checkpoint());
  rig.run_until([&] { return rig.nodes().size() == 2 && rig.is_settled(); }, "two to settle");
  EXPECT_TRUE(rig.node(taker)->controller().may_checkpoint());
  rig.node(taker)->checkpoint();
  sale.check();
}

// An instance that stood still, and goes on when its slots are others'.
TEST(Cluster, instance_that_stood_still_decides_nothing) {
  ClusterRig rig;
  start_three(rig);
  RigSale sale(rig);
  for (int i = 0; i < 3; ++i) sale.open_concert();
  for (int i = 0; i < 10; ++i) sale.sell_one();
  RigNode& stopped = *rig.node("box-2");
  const std::uint32_t user = user_of(rig, stopped);
  ASSERT_EQ(outcome(charge(rig, user, 1000)), "none");
  stopped.suspend(true);
  rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 10'000);
  ASSERT_EQ(outcome(charge(rig, user, 500)), "none");
  stopped.suspend(false);
  // A read that it would answer from the past.
  ASSERT_TRUE(stopped.engine().worker(0).is_live(slot_of_user(user_id(user))));
  const std::uint32_t sent =
      stopped.driver().send(0, {as_user(user), {}, ReadBalance{user_id(user)}});
  stopped.driver().turn();
  ASSERT_EQ(stopped.driver().replies(0, sent).size(), 1U);
  EXPECT_EQ(stopped.driver().replies(0, sent).front().reject, Reject::kInstanceUnavailable);
  rig.run_until([&] { return rig.node("box-2") == nullptr; }, "the end of its process", 5'000);
  sale.check();
  const Reply balance = rig.ask({as_user(user), {}, ReadBalance{user_id(user)}});
  EXPECT_EQ(body_of<BalanceView>(balance).balance, Money{1500});
}

// An append that was on its way when the stream was sealed is refused, so its command is never
// acknowledged.
TEST(Cluster, append_that_comes_after_the_takeover_is_acknowledged_to_nobody) {
  ClusterRig rig;
  start_three(rig);
  RigNode& slow = *rig.node("box-2");
  const std::uint32_t user = user_of(rig, slow);
  ASSERT_EQ(outcome(charge(rig, user, 1000)), "none");
  slow.store().hold_appends(true);
  slow.stop_beats();
  const std::uint32_t sent =
      slow.driver().send(0, {as_user(user), {}, Charge{user_id(user), Money{500}}});
  slow.driver().turn();
  rig.run_until(
      [&] {
        RigNode* const owner = rig.node(rig.map().place(slot_of_user(user_id(user))).owner);
        return owner != nullptr && owner != &slow &&
               owner->engine().worker(0).is_live(slot_of_user(user_id(user)));
      },
      "another instance to serve", 10'000);
  EXPECT_TRUE(slow.driver().replies(0, sent).empty());
  slow.store().hold_appends(false);
  slow.driver().run_until([&] { return !slow.driver().replies(0, sent).empty(); }, "a reply");
  EXPECT_EQ(slow.driver().replies(0, sent).front().reject, Reject::kOutcomeUnknown);
  const Reply balance = rig.ask({as_user(user), {}, ReadBalance{user_id(user)}});
  EXPECT_EQ(body_of<BalanceView>(balance).balance, Money{1000});
}

}  // namespace
}  // namespace frontrow
