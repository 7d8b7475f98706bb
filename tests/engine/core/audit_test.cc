#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Audit : ConcertFixture {
  Caller till{{}, {}, 0, Actor("till-1")};

  AuditView read(SlotId slot, ActPosition after = {}, std::uint32_t limit = kActsPerReplyMax) {
    return body_of<AuditView>(w.ask(kAdmin, ReadAudit{slot, after, limit}));
  }
  Reply block(const Caller& caller, std::uint32_t seat, bool blocked) {
    return w.ask(caller, BlockSeat{c, first_date(), SeatNumber{seat}, blocked});
  }
};

TEST_F(Audit, lists_who_did_what_in_order_and_leaves_out_what_changed_nothing) {
  EXPECT_GRANTED(block(till, 3, true));
  EXPECT_GRANTED(block(till, 3, true));
  w.advance(seconds(1));
  EXPECT_GRANTED(w.ask(kAdmin, ChangeConcert{.concert = c, .hold_s = 77}));
  EXPECT_REJECT(Reject::kSeatNotFound, block(till, 5000, true));
  const AuditView view = read(slot_of_concert(c));
  ASSERT_EQ(view.acts.size(), 2U);
  EXPECT_FALSE(view.more);
  EXPECT_EQ(view.acts[0].act, (Act{.actor = Actor("till-1"),
                                   .kind = ActKind::kBlockSeat,
                                   .concert = c,
                                   .object = 3,
                                   .date = first_date(),
                                   .note = {}}));
  EXPECT_EQ(view.acts[1].act.actor, kAdminActor);
  EXPECT_EQ(view.acts[1].act.note, "holdSeconds=77");
  EXPECT_LT(view.acts[0].position, view.acts[1].position);
  EXPECT_EQ(view.acts[1].position.at, w.now());
}

TEST_F(Audit, acts_of_fans_are_none) {
  const Fan fan = w.join(c, 1);
  EXPECT_GRANTED(w.ask(fan.caller, Charge{fan.user(), Money{5000}}));
  EXPECT_GRANTED(w.hold(fan, {1}));
  EXPECT_TRUE(read(slot_of_user(fan.user())).acts.empty());
  EXPECT_TRUE(read(slot_of_concert(c)).acts.empty());
}

TEST_F(Audit, creation_charge_and_refund_name_their_objects) {
  const Fan fan = w.join(c, 1);
  const Reply charged = w.ask(till, Charge{fan.user(), Money{5000}});
  const AuditView wallet = read(slot_of_user(fan.user()));
  ASSERT_EQ(wallet.acts.size(), 1U);
  EXPECT_EQ(wallet.acts[0].act.kind, ActKind::kCharge);
  EXPECT_EQ(wallet.acts[0].act.user, fan.user());
  EXPECT_EQ(wallet.acts[0].act.object, body_of<ChargeView>(charged).charge.value);
  EXPECT_EQ(wallet.acts[0].act.amount, Money{5000});
  const AuditView directory = read(slot_of_directory());
  ASSERT_EQ(directory.acts.size(), 1U);
  EXPECT_EQ(directory.acts[0].act.kind, ActKind::kCreateConcert);
  EXPECT_EQ(directory.acts[0].act.concert, c);
  EXPECT_EQ(directory.acts[0].act.note, "The Small Hours");

  const HoldView hold = body_of<HoldView>(w.hold(fan, {1}));
  const PaymentView paid = body_of<PaymentView>(w.pay(fan, hold.hold));
  EXPECT_GRANTED(w.ask(till, Refund{paid.purchase.payment}));
  EXPECT_GRANTED(w.ask(till, Refund{paid.purchase.payment}));
  const AuditView concert = read(slot_of_concert(c));
  ASSERT_EQ(concert.acts.size(), 1U) << "the second refund is the first one";
  EXPECT_EQ(concert.acts[0].act.kind, ActKind::kRefund);
  EXPECT_EQ(concert.acts[0].act.object, paid.purchase.payment.value);
  EXPECT_EQ(concert.acts[0].act.user, fan.user());
  EXPECT_EQ(concert.acts[0].act.amount, paid.purchase.amount);
}

TEST_F(Audit, page_ends_at_its_limit_and_the_next_begins_behind_it) {
  for (std::uint32_t seat = 1; seat <= 5; ++seat) EXPECT_GRANTED(block(till, seat, true));
  const SlotId slot = slot_of_concert(c);
  const AuditView first = read(slot, {}, 3);
  ASSERT_EQ(first.acts.size(), 3U);
  EXPECT_TRUE(first.more);
  const AuditView rest = read(slot, first.acts.back().position, 3);
  ASSERT_EQ(rest.acts.size(), 2U);
  EXPECT_FALSE(rest.more);
  EXPECT_EQ(rest.acts[0].act.object, 4U);
}

TEST_F(Audit, newest_acts_are_kept_also_over_restarts) {
  for (std::size_t i = 0; i < kActsPerSlotKept + 10; ++i)
    EXPECT_GRANTED(block(till, 7, i % 2 == 0));
  const SlotId slot = slot_of_concert(c);
  const AuditView before = read(slot);
  EXPECT_EQ(before.acts.size(), kActsPerSlotKept);
  for (int i = 0; i < 2; ++i) {  // once from a snapshot, once from the log
    w.restart();
    const AuditView after = read(slot);
    ASSERT_EQ(after.acts.size(), before.acts.size());
    EXPECT_EQ(after.acts.front().position, before.acts.front().position);
    EXPECT_EQ(after.acts.back().act, before.acts.back().act);
  }
}

TEST(Actors, have_short_names_of_few_characters) {
  EXPECT_TRUE(is_actor("till-1_B"));
  EXPECT_TRUE(is_actor(std::string(Actor::kSizeMax, 'a')));
  for (const std::string& bad :
       {std::string(), std::string(Actor::kSizeMax + 1, 'a'), std::string("a b"),
        std::string("a\0", 2), std::string("\xc3\xa4")})
    EXPECT_FALSE(is_actor(bad)) << bad;
  EXPECT_EQ(Actor(std::string(Actor::kSizeMax, 'a')).text().size(), Actor::kSizeMax);
  EXPECT_EQ(Actor("till-1").text(), "till-1");
  EXPECT_FALSE(Actor());
}

}  // namespace
}  // namespace frontrow
