#include "engine/runtime/shard/outbox_retry.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/core/machine.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

struct Resent {
  SlotId from;
  Command message;
};

// Real slots, whose commands the test runs and whose messages it delivers.
class OutboxRetryTest : public testing::Test {
 protected:
  Reply run(const Caller& caller, CommandBody body) {
    Slot& slot = slots.at(slot_of(body));
    machine.execute(slot, {caller, {}, std::move(body)}, now, effects);
    return effects.reply;
  }
  // Runs the messages of the newest command, and those that they cause.
  void deliver_all() {
    std::vector<Command> messages = std::exchange(effects.messages, {});
    while (!messages.empty()) {
      Command message = std::move(messages.back());
      messages.pop_back();
      run(message.caller, std::move(message.body));
      for (Command& next : effects.messages) messages.push_back(std::move(next));
      effects.messages.clear();
    }
  }
  // A concert whose slot has an outbox entry, made now: to reserve money of user 1.
  SlotId start_payment() {
    run(kAdmin, CreateConcert{small_concert()});
    deliver_all();
    const ConcertId concert = slots.find(slot_of_directory())->registrations.front().concert;
    const SlotId slot = slot_of_concert(concert);
    timers.set(slot, kNever.ms);
    const auto entry = body_of<QueueEntry>(run(as_user(1), Join{concert, user_id(1)}));
    const Caller fan{user_id(1), entry.number, entry.token_epoch};
    while (machine.expire(slots.at(slot), now, effects)) {
    }
    const auto hold = body_of<HoldView>(run(fan, place_hold(concert, {1})));
    run(fan, Pay{concert, {hold.hold}});
    EXPECT_EQ(effects.messages.size(), 1U);
    return slot;
  }
  std::size_t resend_late(bool has_directory = false) {
    resent.clear();
    return retry.resend_late(
        now, has_directory, [this](const Slot&) { return now + ahead; }, resend);
  }
  void resend_to_peers(std::uint64_t links_made, const OutboxRetry::Owns& owns,
                       bool has_directory = false) {
    resent.clear();
    retry.resend_to_peers(links_made, has_directory, owns, resend);
  }

  Machine machine{Policy{}};
  Effects effects;
  SlotTable slots;
  SlotTimers timers;
  Instant now = kDay;
  Duration ahead;  // of the slots' time
  std::vector<Resent> resent;
  OutboxRetry::Resend resend = [this](SlotId from, Command&& message) {
    resent.push_back({from, std::move(message)});
  };
  OutboxRetry retry{slots, timers};
};

TEST_F(OutboxRetryTest, entry_is_resent_once_it_is_late) {
  const SlotId slot = start_payment();
  now = now + OutboxRetry::kResendAfter - milliseconds(1);
  EXPECT_EQ(resend_late(), 1U) << "counted, but too new";
  EXPECT_TRUE(resent.empty());
  now = now + milliseconds(1);
  EXPECT_EQ(resend_late(), 1U);
  ASSERT_EQ(resent.size(), 1U);
  EXPECT_EQ(resent[0].from, slot);
  EXPECT_EQ(slot_of(resent[0].message.body), slot_of_user(user_id(1)));
}

TEST_F(OutboxRetryTest, time_of_the_slot_counts) {
  start_payment();
  ahead = OutboxRetry::kResendAfter;
  resend_late();
  EXPECT_EQ(resent.size(), 1U);
}

TEST_F(OutboxRetryTest, next_retry_is_a_second_after_the_last) {
  retry.begin(now);
  EXPECT_FALSE(retry.is_due(now));
  now = now + OutboxRetry::kRetryEvery;
  EXPECT_TRUE(retry.is_due(now));
  EXPECT_EQ(resend_late(), 0U);
  EXPECT_FALSE(retry.is_due(now));
  EXPECT_EQ(retry.next_retry(), now + OutboxRetry::kRetryEvery);
}

TEST_F(OutboxRetryTest, directory_is_visited_by_the_shard_that_has_it_and_once) {
  run(kAdmin, CreateConcert{small_concert()});
  EXPECT_EQ(resend_late(), 0U);
  EXPECT_TRUE(resent.empty());
  EXPECT_EQ(resend_late(true), 1U);
  ASSERT_EQ(resent.size(), 1U);
  EXPECT_EQ(resent[0].from, slot_of_directory());
  timers.set(slot_of_directory(), kNever.ms);  // the slot has a concert too
  EXPECT_EQ(resend_late(true), 1U);
  EXPECT_EQ(resent.size(), 1U);
}

TEST_F(OutboxRetryTest, new_link_gets_entries_of_any_age_for_other_instances_and_no_others) {
  const SlotId slot = start_payment();
  EXPECT_FALSE(retry.has_new_link(0));
  EXPECT_TRUE(retry.has_new_link(1));
  resend_to_peers(1, [](SlotId) { return true; });
  EXPECT_TRUE(resent.empty());
  EXPECT_FALSE(retry.has_new_link(1));
  EXPECT_TRUE(retry.has_new_link(2));
  resend_to_peers(2, [&](SlotId to) { return to == slot; });
  ASSERT_EQ(resent.size(), 1U);
  EXPECT_EQ(resent[0].from, slot);
  EXPECT_FALSE(retry.has_new_link(2));
}

}  // namespace
}  // namespace frontrow
