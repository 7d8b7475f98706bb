#include "tests/replication/rig_sale.h"

#include <gtest/gtest.h>

#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {

void start_three(ClusterRig& rig) {
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.start(name);
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three to settle");
}

Reply RigSale::ask(const Command& command) {
  Reply reply = rig_.ask(command);
  for (int i = 0; i < 100; ++i) {
    if (reply.reject != Reject::kOutcomeUnknown && reply.reject != Reject::kLogUnavailable) break;
    rig_.tick(100);
    reply = rig_.ask(command);
  }
  return reply;
}

void RigSale::open_concert() {
  const Reply reply = ask({kAdmin, key_of(++key_, 1), CreateConcert{small_concert(500)}});
  ASSERT_EQ(outcome(reply), "none");
  concerts_.push_back(body_of<ConcertCreated>(reply).concert);
}

void RigSale::sell_one() {
  const std::uint32_t user = ++users_;
  const ConcertId concert = concerts_[user % concerts_.size()];
  ASSERT_EQ(outcome(ask({as_user(user), key_of(++key_, 1), Charge{user_id(user), Money{9000}}})),
            "none");
  charged_.insert(user);
  const Reply join = ask({as_user(user), {}, Join{concert, user_id(user)}});
  ASSERT_EQ(outcome(join), "none");
  const auto entry = body_of<QueueEntry>(join);
  placed_[user] = {concert, entry.number};
  const Caller caller{user_id(user), entry.number, entry.token_epoch};
  Reply hold{Reject::kInstanceUnavailable, false, false, RejectDetail{}};
  for (int i = 0; i < 40; ++i) {
    hold = ask({caller, {}, place_hold(concert, {1 + user % 500})});
    if (hold.reject != Reject::kNotAdmitted) break;
    rig_.tick(100);
  }
  if (hold.reject == Reject::kNone) holds_[user] = {concert, body_of<HoldView>(hold).hold};
}

void RigSale::check() {
  for (const std::uint32_t user : charged_) {
    const Reply balance = ask({as_user(user), {}, ReadBalance{user_id(user)}});
    ASSERT_EQ(outcome(balance), "none") << user;
    EXPECT_EQ(body_of<BalanceView>(balance).balance, Money{9000}) << user;
  }
  for (const auto& [user, place] : placed_) {
    const Reply again = ask({as_user(user), {}, Join{place.first, user_id(user)}});
    ASSERT_EQ(outcome(again), "none") << user;
    EXPECT_EQ(body_of<QueueEntry>(again).number, place.second) << user;
  }
  // A user's number in the line of a concert is the user's own.
  std::set<std::pair<std::uint64_t, std::uint64_t>> numbers;
  for (const auto& [user, place] : placed_)
    EXPECT_TRUE(numbers.insert({place.first.value, place.second.value}).second) << user;
  EXPECT_GT(placed_.size(), 0U);
}

std::set<SlotId> RigSale::wallets() const {
  std::set<SlotId> slots;
  for (const std::uint32_t user : charged_) slots.insert(slot_of(ReadBalance{user_id(user)}));
  return slots;
}

void RigSale::charge_at(RigNode& node, const std::set<SlotId>& slots) {
  std::uint32_t user = 1'000;
  while (!slots.contains(slot_of(ReadBalance{user_id(user)}))) ++user;
  const std::uint32_t sent =
      node.driver().send(0, {as_user(user), key_of(++key_, 1), Charge{user_id(user), Money{9000}}});
  node.driver().run_until([&] { return !node.driver().replies(0, sent).empty(); }, "a charge");
  if (node.driver().replies(0, sent).front().reject == Reject::kNone) charged_.insert(user);
}

}  // namespace frontrow
