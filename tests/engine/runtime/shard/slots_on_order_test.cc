// Slots that the workers serve and yield on order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ConcertId kConcert{1};
constexpr std::uint32_t kFan = 7;
constexpr StreamEnd kElsewhere{.stream = 2, .group = 1};
constexpr int kManyTurns = 20;

class SlotsOnOrder : public testing::Test {
 protected:
  void serve(SlotId slot, std::unique_ptr<Slot> state, std::optional<StreamEnd> from) {
    engine.engine().order(ServeSlot{slot, std::move(state), from});
    turn_often();
  }
  void turn_often() {
    for (int i = 0; i < kManyTurns; ++i) engine.turn();
  }
  void pass(Duration duration) {
    engine.settle();
    engine.advance(duration);
    engine.settle();
  }

  const SlotId concert_slot = slot_of_concert(kConcert);
  const SlotId wallet_slot = slot_of_user(user_id(kFan));
  const Command charge{as_user(kFan), {}, Charge{user_id(kFan), Money{5}}};
  std::map<SlotId, std::unique_ptr<Slot>> yielded;
  std::vector<SlotId> taken;
  MemoryJournal journal;
  TestEngine engine{
      journal,
      {.workers = 2,
       .serves_on_order = true,
       .self = 1,
       .on_yielded = [this](SlotId slot,
                            std::unique_ptr<Slot> state) { yielded[slot] = std::move(state); },
       .on_taken = [this](SlotId slot) { taken.push_back(slot); }}};
};

TEST_F(SlotsOnOrder, slot_is_served_from_its_order_to_the_next) {
  EXPECT_EQ(outcome(engine.ask(charge)), "instance_unavailable");
  serve(wallet_slot, nullptr, {});
  EXPECT_EQ(outcome(engine.ask(charge)), "none");
  engine.settle();
  engine.engine().order(YieldSlot{wallet_slot});
  engine.run_until([this] { return yielded.contains(wallet_slot); }, "the slot");
  EXPECT_EQ(outcome(engine.ask(charge)), "instance_unavailable");
  EXPECT_EQ(yielded[wallet_slot]->seq, 1U);
  serve(wallet_slot, std::move(yielded[wallet_slot]), {});
  const auto again = body_of<ChargeView>(engine.ask(charge));
  EXPECT_EQ(again.balance, Money{10});
}

TEST_F(SlotsOnOrder, slot_is_given_back_once_its_records_are_durable) {
  serve(wallet_slot, nullptr, {});
  engine.settle();
  journal.hold();
  const Sent request = engine.send(0, charge);
  turn_often();
  ASSERT_TRUE(journal.wait_for_append(1));
  engine.engine().order(YieldSlot{wallet_slot});
  turn_often();
  EXPECT_THAT(yielded, IsEmpty());
  EXPECT_EQ(engine.answers(request), 0U);
  journal.release();
  engine.run_until([this] { return yielded.contains(wallet_slot); }, "the slot");
  EXPECT_EQ(yielded[wallet_slot]->seq, 1U);
  // The request came to another worker, which passes its answer on with its next turn.
  engine.run_until([&] { return engine.answers(request) == 1; }, "the answer");
  EXPECT_EQ(outcome(engine.answer(request)), "none");
}

TEST_F(SlotsOnOrder, slot_of_another_stream_is_taken_once_its_record_is_durable) {
  auto state = std::make_unique<Slot>(wallet_slot);
  state->seq = 41;
  state->time = kDay;
  journal.hold();
  serve(wallet_slot, std::move(state), kElsewhere);
  ASSERT_TRUE(journal.wait_for_append(1));
  turn_often();
  EXPECT_THAT(taken, IsEmpty());
  journal.release();
  engine.run_until([this] { return !taken.empty(); }, "the slot");
  EXPECT_THAT(taken, ElementsAre(wallet_slot));
  EXPECT_EQ(engine.slot(wallet_slot).seq, 42U);
}

// The clock of the slot's last owner is an hour ahead: deadlines of the slot last as long as
// promised.
TEST_F(SlotsOnOrder, slot_that_comes_from_a_clock_ahead_goes_on_at_its_own_time) {
  Caller fan;
  HoldId hold;
  std::unique_ptr<Slot> state;
  {
    MemoryJournal other_journal;
    TestEngine other(other_journal, {}, kDay + seconds(3600));
    other.create(small_concert());
    fan = other.join(kConcert, kFan);
    hold = other.hold(kConcert, fan, {3, 4});
    other.settle();
    state = other.engine().slots().release(concert_slot);
  }
  serve(concert_slot, std::move(state), kElsewhere);
  const Command read{fan, {}, ReadHold{hold}};
  EXPECT_EQ(body_of<HoldView>(engine.ask(read)).expires_at, kDay + seconds(3600 + 300));
  pass(seconds(200));
  EXPECT_EQ(outcome(engine.ask(read)), "none");
  const auto late = body_of<QueueEntry>(engine.ask({as_user(8), {}, Join{kConcert, user_id(8)}}));
  EXPECT_EQ(late.at, kDay + seconds(3600 + 200));
  pass(seconds(99));
  EXPECT_EQ(outcome(engine.ask(read)), "none");
  pass(seconds(2));
  EXPECT_EQ(outcome(engine.ask(read)), "hold_expired");
}

}  // namespace
}  // namespace frontrow
