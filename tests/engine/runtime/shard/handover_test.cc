// Slot migration under failures.
#include "engine/runtime/shard/handover.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/codec/snapshot_codec.h"
#include "tests/engine/runtime/shard/handover_net.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(HandoverTest, new_cluster_begins_when_every_instance_has_said_that_it_has_nothing) {
  const SlotMap map = map_of(1, 3, second_has_concert);
  start(map, {1, 2});
  EXPECT_EQ(nodes[1]->status().awaited, kSlotCount - 1);
  EXPECT_EQ(nodes[1]->status().awaited_from, std::vector<InstanceId>{3});
  EXPECT_FALSE(nodes[1]->engine().engine().serves_anything());
  const Command charge{as_user(kMovedFan), {}, Charge{user_id(kMovedFan), Money{1}}};
  EXPECT_EQ(outcome(ask(1, charge)), "instance_unavailable");
  start(map, {1, 2, 3});
  EXPECT_EQ(nodes[1]->status().awaited, 0U);
  EXPECT_EQ(nodes[1]->status().live, kSlotCount - 1);
  EXPECT_TRUE(serves(2, concert_slot));
  EXPECT_EQ(outcome(ask(1, charge)), "none");
  // A later start needs no peer.
  start(map, {1});
  EXPECT_EQ(nodes[1]->status().awaited, 0U);
  EXPECT_EQ(outcome(ask(1, charge)), "none");
}

TEST_F(HandoverTest, slot_goes_on_at_its_new_owner_as_it_was) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  const StateHash wallet = nodes[1]->record(wallet_slot)->state_hash();
  const std::uint64_t seq = nodes[1]->record(concert_slot)->seq;
  start(map_of(2, 2, second_has_concert), {1, 2});
  EXPECT_FALSE(serves(1, concert_slot));
  ASSERT_TRUE(serves(2, concert_slot));
  EXPECT_EQ(nodes[1]->record(wallet_slot)->state_hash(), wallet);
  const Slot& slot = *nodes[2]->record(concert_slot);
  EXPECT_EQ(slot.seq, seq + 3) << "sealed, adopted, and that the first has begun";
  EXPECT_EQ(slot.tenure, (Tenure{Tenure::State::kAdopted, 1, nodes[2]->view.map.hash(), seq + 1}));
  const auto view = body_of<HoldView>(ask(2, {fan, {}, ReadHold{hold}}));
  EXPECT_EQ(view.seats, (SeatList{SeatNumber{3}, SeatNumber{4}}));
  EXPECT_EQ(view.expires_at, kDay + seconds(300));
  const auto again = body_of<QueueEntry>(
      ask(2, {as_user(kMovedFan), {}, Join{kMovedConcert, user_id(kMovedFan)}}));
  EXPECT_EQ(again.number, fan.number);
  // Only the sequence number is left.
  const Slot& left = *nodes[1]->record(concert_slot);
  EXPECT_EQ(left.tenure.state, Tenure::State::kReleased);
  EXPECT_THAT(left.concerts, IsEmpty());
  EXPECT_EQ(nodes[1]->status().leaving, 0U);
  EXPECT_THAT(nodes[1]->notes, testing::Contains(HasSubstr("instance 2 has all slots")));
}

// The old owner's clock is an hour ahead: deadlines of the slot last as long as promised, and other
// slots of the new owner don't move.
TEST_F(HandoverTest, slot_that_comes_from_a_clock_ahead_goes_on_at_its_own_time) {
  clocks_ahead[1] = seconds(3600);
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  start(map_of(2, 2, second_has_concert), {1, 2});
  EXPECT_THAT(nodes[2]->notes,
              testing::Contains(HasSubstr("instance 1 is 3600.000 s ahead of this machine's")));
  const Command read{fan, {}, ReadHold{hold}};
  EXPECT_EQ(body_of<HoldView>(ask(2, read)).expires_at, kDay + seconds(3600 + 300));
  net->pass(seconds(200));
  EXPECT_EQ(outcome(ask(2, read)), "none");
  const auto late = body_of<QueueEntry>(ask(2, {as_user(8), {}, Join{kMovedConcert, user_id(8)}}));
  EXPECT_EQ(late.at, kDay + seconds(3600 + 200));

  // After a restart the slot continues from its newest record.
  clocks_ahead[2] = seconds(250);
  start(map_of(2, 2, second_has_concert), {1, 2});
  EXPECT_EQ(nodes[2]->engine().recovery().clock_behind, Duration{});
  EXPECT_EQ(nodes[2]->engine().recovery().slots_ahead, seconds(3600 + 200 - 250));
  EXPECT_EQ(nodes[2]->engine().now(), kDay + seconds(250));
  net->pass(seconds(99));
  EXPECT_EQ(outcome(ask(2, read)), "none");
  net->pass(seconds(2));
  EXPECT_EQ(outcome(ask(2, read)), "hold_expired");
}

// The log of a single server without a cluster: all slots are of one instance.
TEST_F(HandoverTest, instance_that_was_alone_becomes_one_of_two) {
  disks[1] = std::make_unique<MemoryJournal>();
  {
    TestEngine alone(*disks[1]);
    put_on_sale(alone);
  }
  start(map_of(1, 2, second_has_concert), {1, 2});
  EXPECT_TRUE(serves(2, concert_slot));
  EXPECT_TRUE(serves(1, wallet_slot));
  EXPECT_EQ(outcome(ask(2, {fan, {}, ReadHold{hold}})), "none");
}

// All instances stop after any number of commands and replies of a migration, and restart.
TEST_F(HandoverTest, whatever_breaks_the_slot_arrives_once_and_whole) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  const std::vector<MemoryGroup> sale = disks[1]->groups();
  const SlotMap map = map_of(2, 2, second_has_concert);
  for (std::uint64_t arrive = 0;; ++arrive) {
    SCOPED_TRACE(testing::Message() << "after " << arrive << " messages");
    begin_anew();
    disks[1] = std::make_unique<MemoryJournal>(sale);
    start(map, {1, 2}, arrive);
    const bool was_whole = net->delivered < arrive;
    const std::uint64_t first =
        nodes[2]->record(concert_slot) == nullptr ? 0 : nodes[2]->record(concert_slot)->seq;
    start(map, {1, 2});
    EXPECT_FALSE(serves(1, concert_slot));
    ASSERT_TRUE(serves(2, concert_slot));
    EXPECT_EQ(nodes[1]->record(concert_slot)->tenure.state, Tenure::State::kReleased);
    EXPECT_EQ(outcome(ask(2, {fan, {}, ReadHold{hold}})), "none");
    const std::uint64_t seq = nodes[2]->record(concert_slot)->seq;
    EXPECT_TRUE(first == 0 || seq == first || seq == first + 1) << "taken over twice";
    if (was_whole) {
      EXPECT_GT(arrive, 8U);
      return;
    }
  }
}

TEST_F(HandoverTest, each_step_waits_for_the_disk_of_the_one_before) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  constexpr int kManyTurns = 100;
  start(map_of(2, 2, second_has_concert), {1, 2}, 0);
  net->left = kForever;
  disks[1]->hold();
  for (int i = 0; i < kManyTurns; ++i) net->turn();
  EXPECT_FALSE(nodes[1]->record(concert_slot)->is_here());
  EXPECT_EQ(nodes[2]->record(concert_slot), nullptr) << "passed before it was sealed";
  disks[2]->hold();
  disks[1]->release();
  while (!serves(2, concert_slot)) net->turn();
  for (int i = 0; i < kManyTurns; ++i) net->turn();
  EXPECT_EQ(nodes[1]->record(concert_slot)->tenure.state, Tenure::State::kSealed)
      << "released before it was taken";
  disks[2]->release();
  net->run();
  EXPECT_EQ(nodes[1]->record(concert_slot)->tenure.state, Tenure::State::kReleased);
}

// Within one life, after any number of messages; the old owner encodes the state once.
TEST_F(HandoverTest, link_that_breaks_under_a_handover_is_enough_to_go_on_later) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  const std::vector<MemoryGroup> sale = disks[1]->groups();
  const SlotMap map = map_of(2, 2, second_has_concert);
  const auto bytes_passed = [&] {
    return nodes[1]->engine().engine().board().passed(2).bytes.load();
  };
  start(map, {1, 2});
  const std::uint64_t bytes = bytes_passed();
  const std::uint64_t messages = net->delivered;
  EXPECT_GT(bytes, 100U);
  for (std::uint64_t arrive = 0; arrive < messages; ++arrive) {
    SCOPED_TRACE(testing::Message() << "after " << arrive << " messages");
    begin_anew();
    disks[1] = std::make_unique<MemoryJournal>(sale);
    start(map, {1, 2}, arrive);
    net->lose();
    net->left = kForever;
    net->link();
    net->run();
    net->pass(seconds(2));
    EXPECT_TRUE(serves(2, concert_slot));
    EXPECT_EQ(nodes[1]->status().leaving, 0U);
    EXPECT_EQ(bytes_passed(), bytes);
  }
}

TEST_F(HandoverTest, slot_comes_back_with_what_happened_elsewhere) {
  start(map_of(1, 2), {1, 2});
  put_on_sale(nodes[1]->engine());
  start(map_of(2, 2, second_has_concert), {1, 2});
  EXPECT_EQ(outcome(ask(2, {fan, {}, ReleaseHold{hold}})), "none");
  const HoldId other = nodes[2]->engine().hold(kMovedConcert, fan, {9});
  nodes[2]->engine().settle();
  start(map_of(3, 2), {1, 2});
  ASSERT_TRUE(serves(1, concert_slot));
  EXPECT_FALSE(serves(2, concert_slot));
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{other}})), "none");
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{hold}})), "hold_not_found");
  start(map_of(3, 2), {1, 2});
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{other}})), "none") << "as the log has it";
}

// The slot is sealed for the second instance, which never imported it; then the old map returns.
TEST_F(HandoverTest, slot_that_was_never_taken_goes_on_where_it_was) {
  start(map_of(1, 2), {1, 2});
  put_on_sale(nodes[1]->engine());
  const SlotMap moved = map_of(2, 2, second_has_concert);
  std::uint64_t arrive = 0;
  do {
    start(moved, {1, 2}, ++arrive);
  } while (nodes[1]->record(concert_slot)->is_here());
  ASSERT_EQ(nodes[2]->record(concert_slot), nullptr);
  start(map_of(1, 2), {1});
  EXPECT_FALSE(serves(1, concert_slot)) << "the second may have it";
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{hold}})), "instance_unavailable");
  start(map_of(1, 2), {1, 2});
  net->pass(seconds(2));  // by now the second has reported that it does not have the slot
  ASSERT_TRUE(serves(1, concert_slot));
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{hold}})), "none");
  start(map_of(1, 2), {1});
  EXPECT_TRUE(serves(1, concert_slot)) << "it is settled, on the disk";
}

// The slot is sealed for the second instance; then the map gives it to the third. Only the second
// knows whether it imported the slot.
TEST_F(HandoverTest, slot_that_was_promised_to_one_goes_to_another_when_that_one_has_told) {
  for (const bool was_taken : {false, true}) {
    SCOPED_TRACE(was_taken);
    begin_anew();
    start(map_of(1, 3), {1, 2, 3});
    put_on_sale(nodes[1]->engine());
    std::uint64_t arrive = 0;
    const auto is_far_enough = [&] {
      return was_taken ? nodes[2]->record(concert_slot) != nullptr
                       : !nodes[1]->record(concert_slot)->is_here();
    };
    do {
      start(map_of(2, 3, second_has_concert), {1, 2, 3}, ++arrive);
    } while (!is_far_enough());
    ASSERT_EQ(nodes[1]->record(concert_slot)->tenure.state, Tenure::State::kSealed);
    const SlotMap third = map_of(3, 3, {{concert_slot, 3}});
    start(third, {1, 3});
    EXPECT_EQ(nodes[3]->record(concert_slot), nullptr);
    start(third, {1, 2, 3});
    ASSERT_TRUE(serves(3, concert_slot));
    EXPECT_FALSE(serves(1, concert_slot));
    EXPECT_FALSE(serves(2, concert_slot));
    EXPECT_EQ(nodes[3]->record(concert_slot)->tenure.peer, was_taken ? 2 : 1);
    EXPECT_EQ(outcome(ask(3, {fan, {}, ReadHold{hold}})), "none");
    EXPECT_EQ(nodes[1]->record(concert_slot)->tenure.state, Tenure::State::kReleased);
  }
}

// The second instance imported the slot and left with its disk.
TEST_F(HandoverTest, slot_that_has_left_with_its_instance_is_not_begun_anew) {
  start(map_of(1, 2), {1, 2});
  put_on_sale(nodes[1]->engine());
  const SlotMap both = map_of(2, 2, second_has_concert);
  start(both, {1, 2});
  start(map_of(3, 1), {1});
  EXPECT_FALSE(serves(1, concert_slot));
  EXPECT_EQ(nodes[1]->status().awaited, 1U);
  EXPECT_THAT(nodes[1]->status().awaited_from, IsEmpty());
  EXPECT_EQ(outcome(ask(1, {fan, {}, ReadHold{hold}})), "instance_unavailable");
  EXPECT_TRUE(serves(1, wallet_slot)) << "what it has it serves";
  start(both, {1, 2});
  EXPECT_EQ(outcome(ask(2, {fan, {}, ReadHold{hold}})), "none") << "putting the file back mends it";
}

// Only the map under which the others began records the slot.
TEST_F(HandoverTest, instance_that_comes_in_place_of_one_that_left_begins_nothing) {
  start(map_of(1, 2, second_has_concert), {1, 2});
  EXPECT_TRUE(serves(2, concert_slot));
  start(map_of(2, 3, {{concert_slot, 3}}), {1, 3, 2});
  EXPECT_TRUE(serves(3, concert_slot)) << "it came from the second";
  stop();
  disks.erase(2);
  disks.erase(3);
  start(map_of(4, 3, {{concert_slot, 3}}), {1, 2, 3});
  EXPECT_FALSE(serves(3, concert_slot));
  EXPECT_EQ(nodes[3]->status().awaited, 1U);
}

// The map never changed and no slot moved, but the first instance has seen the second begin.
TEST_F(HandoverTest, instance_with_an_empty_disk_begins_nothing_anew) {
  const SlotMap both = map_of(1, 2, second_has_concert);
  start(both, {1, 2});
  ASSERT_TRUE(serves(2, concert_slot));
  for (const bool first_was_restarted : {false, true}) {
    SCOPED_TRACE(first_was_restarted);
    stop();
    disks.erase(2);
    start(both, {1, 2});
    EXPECT_FALSE(serves(2, concert_slot));
    EXPECT_EQ(nodes[2]->status().awaited, 1U);
    EXPECT_THAT(nodes[2]->status().awaited_from, IsEmpty());
  }
}

// The slot migrated from the first instance, so the first has a record of it.
TEST_F(HandoverTest, slot_that_was_once_here_is_not_begun_anew) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  const SlotMap both = map_of(2, 2, second_has_concert);
  start(both, {1, 2});
  ASSERT_TRUE(serves(2, concert_slot));
  stop();
  disks.erase(2);
  start(both, {1, 2});
  EXPECT_FALSE(serves(2, concert_slot)) << "an empty disk in its place";
  EXPECT_GE(nodes[2]->status().awaited, 1U);
}

TEST_F(HandoverTest, second_state_of_a_slot_is_refused_and_neither_is_lost) {
  std::vector<StateHash> hashes;
  for (const InstanceId id : {InstanceId{1}, InstanceId{2}}) {
    disks[id] = std::make_unique<MemoryJournal>();
    TestEngine alone(*disks[id]);
    put_on_sale(alone);
    hashes.push_back(alone.slot(concert_slot).state_hash());
  }
  start(map_of(1, 2, second_has_concert), {1, 2});
  EXPECT_EQ(nodes[2]->record(concert_slot)->state_hash(), hashes[1]);
  EXPECT_EQ(nodes[1]->record(concert_slot)->state_hash(), hashes[0]);
  EXPECT_TRUE(nodes[1]->record(concert_slot)->is_here());
  EXPECT_TRUE(serves(2, concert_slot));
  EXPECT_EQ(nodes[1]->status().refused, 1U);
  const std::string line = fmt::format(
      "slot {} can't be handed over to instance 2: it has a different state of the slot",
      concert_slot.value);
  EXPECT_THAT(nodes[1]->notes, testing::Contains(line));
  const std::size_t told = nodes[1]->notes.size();
  for (int i = 0; i < 3; ++i) net->pass(seconds(10));
  EXPECT_EQ(nodes[1]->notes.size(), told) << "once";
}

TEST_F(HandoverTest, instance_of_a_cluster_does_not_start_alone) {
  const auto refusal = [this] {
    stop();
    MemoryJournal same(disks[1]->groups());
    ManualClock clock(kDay);
    Engine engine({.workers = 1}, clock, same);
    const auto recovered = engine.recover();
    return recovered.ok() ? std::string() : recovered.error();
  };
  start(map_of(1, 1), {1});
  EXPECT_THAT(refusal(), HasSubstr("slot 0 is one of several instances'"));
  SlotMap::Pins first;
  first[SlotId{0}] = 2;
  start(map_of(2, 2, first), {1, 2});
  EXPECT_THAT(refusal(), HasSubstr("slot 0 was handed over to instance 2"));
}

TEST_F(HandoverTest, low_disk_takes_no_slots_until_it_has_room) {
  start(map_of(1, 1), {1});
  put_on_sale(nodes[1]->engine());
  start(map_of(2, 2, second_has_concert), {1, 2}, 0);
  nodes[2]->engine().engine().set_low_disk(true);
  net->left = kForever;
  net->run();
  EXPECT_FALSE(serves(2, concert_slot));
  nodes[2]->engine().engine().set_low_disk(false);
  net->pass(seconds(2));
  EXPECT_TRUE(serves(2, concert_slot));
}

}  // namespace
}  // namespace frontrow
