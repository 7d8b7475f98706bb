#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Keys : TwoFansFixture {
  Keys() : TwoFansFixture(small_concert(100)) {}

  Reply hold(const Fan& fan, std::uint32_t seat, RequestKey key) {
    return w.ask(fan.caller, PlaceHold{c, first_date(), {SeatNumber{seat}}}, key);
  }
  Reply charge(std::uint32_t user, std::int64_t amount, RequestKey key) {
    return w.ask(as_user(user), Charge{user_id(user), Money{amount}}, key);
  }
};

TEST_F(Keys, same_key_and_same_body_gives_the_stored_answer) {
  const Reply first = hold(ann, 1, key_of(1, 10));
  w.pass(seconds(5));
  const Reply again = hold(ann, 1, key_of(1, 10));
  EXPECT_GRANTED(again);
  EXPECT_TRUE(again.replayed);
  EXPECT_TRUE(again.created);
  EXPECT_FALSE(first.replayed);
  EXPECT_EQ(body_of<HoldView>(again).hold, body_of<HoldView>(first).hold);
  EXPECT_EQ(body_of<HoldView>(again).expires_at, body_of<HoldView>(first).expires_at);
  EXPECT_EQ(w.concert(c).last_hold, 1U);
}

TEST_F(Keys, same_key_and_another_body_is_rejected) {
  EXPECT_GRANTED(hold(ann, 1, key_of(1, 10)));
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, hold(ann, 2, key_of(1, 11)));
  EXPECT_GRANTED(hold(ann, 2, key_of(2, 11)));
}

TEST_F(Keys, keys_belong_to_the_user_who_sent_them) {
  EXPECT_GRANTED(hold(ann, 1, key_of(1, 10)));
  const Reply other = hold(bob, 2, key_of(1, 11));
  EXPECT_GRANTED(other);
  EXPECT_FALSE(other.replayed);
}

TEST_F(Keys, stored_answer_is_not_told_to_a_forged_token) {
  EXPECT_GRANTED(hold(ann, 1, key_of(1, 10)));
  Fan forged = ann;
  forged.caller.number = bob.caller.number;
  EXPECT_REJECT(Reject::kInvalidToken, hold(forged, 1, key_of(1, 10)));
  forged = ann;
  ++forged.caller.token_epoch;
  EXPECT_REJECT(Reject::kInvalidToken, hold(forged, 1, key_of(1, 10)));
}

TEST_F(Keys, refused_requests_are_not_stored) {
  EXPECT_GRANTED(hold(bob, 1, {}));
  EXPECT_REJECT(Reject::kSeatUnavailable, hold(ann, 1, key_of(1, 10)));
  EXPECT_GRANTED(hold(ann, 2, key_of(1, 11)));
  const HoldView h = body_of<HoldView>(hold(ann, 3, {}));
  EXPECT_REJECT(Reject::kInsufficientBalance, w.pay(ann, h.hold, key_of(5, 50)));
  w.charge(1, 5000);
  const Reply paid = w.pay(ann, h.hold, key_of(5, 50));
  EXPECT_GRANTED(paid);
  EXPECT_FALSE(paid.replayed);
}

TEST_F(Keys, charge_twice_under_one_key_charges_once) {
  EXPECT_GRANTED(charge(1, 100, key_of(1, 10)));
  const Reply again = charge(1, 100, key_of(1, 10));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<ChargeView>(again).balance.minor, 100);
  EXPECT_EQ(w.balance(1).minor, 100);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, charge(1, 200, key_of(1, 11)));
  EXPECT_GRANTED(charge(2, 300, key_of(1, 12)));
}

TEST_F(Keys, answers_are_kept_for_a_day_to_the_millisecond) {
  for (const bool late : {false, true}) {
    World world;
    world.ask(as_user(1), Charge{user_id(1), Money{100}}, key_of(1, 10));
    world.advance(milliseconds(kAnswerKeptFor.ms - (late ? 0 : 1)));
    EXPECT_EQ(world.ask(as_user(1), Charge{user_id(1), Money{100}}, key_of(1, 10)).replayed, !late);
    EXPECT_EQ(world.balance(1).minor, late ? 200 : 100);
  }
}

TEST_F(Keys, the_newest_32_of_a_user_are_kept) {
  for (std::uint64_t i = 1; i <= 40; ++i) EXPECT_GRANTED(charge(1, 1, key_of(i, i)));
  EXPECT_GRANTED(charge(2, 1, key_of(1, 1)));
  for (std::uint64_t i = 9; i <= 40; ++i) EXPECT_TRUE(charge(1, 1, key_of(i, i)).replayed) << i;
  EXPECT_TRUE(charge(2, 1, key_of(1, 1)).replayed) << "another user's keys do not count";
  EXPECT_FALSE(charge(1, 1, key_of(8, 8)).replayed);
  EXPECT_EQ(w.balance(1).minor, 41);
}

TEST_F(Keys, join_under_a_key_is_replayed_and_joining_again_stores_nothing) {
  const Reply first = w.ask(as_user(7), Join{c, user_id(7)}, key_of(1, 10));
  EXPECT_TRUE(first.created);
  EXPECT_TRUE(w.ask(as_user(7), Join{c, user_id(7)}, key_of(1, 10)).replayed);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused,
                w.ask(as_user(7), Join{c, user_id(7)}, key_of(1, 11)));
  const Reply same_place = w.ask(as_user(7), Join{c, user_id(7)}, key_of(2, 10));
  EXPECT_FALSE(same_place.created);
  EXPECT_FALSE(w.ask(as_user(7), Join{c, user_id(7)}, key_of(2, 10)).replayed);
}

TEST_F(Keys, pay_under_a_key_is_one_payment_before_and_after_it_is_decided) {
  w.charge(1, 5000);
  const HoldView h = body_of<HoldView>(hold(ann, 1, {}));
  w.post(ann.caller, Pay{c, {h.hold}}, key_of(1, 10));
  const WaitKey wait = w.effects().waits_for;
  w.post(ann.caller, Pay{c, {h.hold}}, key_of(1, 10));
  EXPECT_EQ(w.effects().waits_for, wait) << "under way: both hear of the same payment";
  w.deliver_all();
  const Reply later = w.pay(ann, h.hold, key_of(1, 10));
  EXPECT_TRUE(later.replayed);
  EXPECT_TRUE(later.created);
  EXPECT_EQ(body_of<PaymentView>(later).purchase.payment.value, wait.id);
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, w.pay(ann, h.hold, key_of(1, 11)));
  EXPECT_EQ(w.balance(1).minor, 4000);
}

TEST_F(Keys, pay_under_a_key_is_answered_after_a_crash) {
  w.charge(1, 5000);
  const HoldView h = body_of<HoldView>(hold(ann, 1, {}));
  w.post(ann.caller, Pay{c, {h.hold}}, key_of(1, 10));
  w.restart();
  w.deliver_all();
  EXPECT_TRUE(w.pay(ann, h.hold, key_of(1, 10)).replayed);
}

TEST_F(Keys, refund_under_a_key_is_replayed_to_the_operator) {
  w.charge(1, 5000);
  EXPECT_GRANTED(w.pay(ann, body_of<HoldView>(hold(ann, 1, {})).hold));
  const PaymentId paid = make_payment_id(c, 1);
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid}, key_of(1, 10)));
  const Reply again = w.ask(kAdmin, Refund{paid}, key_of(1, 10));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<RefundView>(again).balance.minor, 5000);
}

TEST_F(Keys, concert_created_under_a_key_is_one_concert) {
  w.post(kAdmin, CreateConcert{small_concert()}, key_of(1, 10));
  const WaitKey wait = w.effects().waits_for;
  w.post(kAdmin, CreateConcert{small_concert()}, key_of(1, 10));
  EXPECT_EQ(w.effects().waits_for, wait) << "sent again before it was there";
  w.post(kAdmin, CreateConcert{small_concert(5)}, key_of(1, 11));
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, *w.reply());
  w.deliver_all();
  const Reply again = w.ask(kAdmin, CreateConcert{small_concert()}, key_of(1, 10));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<ConcertCreated>(again).concert.value, wait.id);
  EXPECT_EQ(body_of<ConcertIds>(w.ask(kAdmin, ListConcerts{})).concerts.size(), 2U);
}

// The key has no effect: these commands are idempotent, and their answers have no stored form.
TEST_F(Keys, keys_on_other_commands_are_ignored) {
  const RequestKey key = key_of(1, 10);
  EXPECT_GRANTED(w.ask(kAdmin, ChangeConcert{.concert = c, .title = "another"}, key));
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{3}}, key_of(1, 11)));
  const HoldView h = body_of<HoldView>(hold(ann, 1, key));
  EXPECT_GRANTED(w.ask(ann.caller, ReadHold{h.hold}, key_of(1, 12)));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{h.hold}, key_of(1, 13)));
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}, key_of(1, 14)));
}

TEST_F(Keys, stored_answers_survive_a_restart) {
  EXPECT_GRANTED(hold(ann, 1, key_of(1, 10)));
  EXPECT_GRANTED(charge(1, 5, key_of(2, 20)));
  w.restart();
  EXPECT_TRUE(hold(ann, 1, key_of(1, 10)).replayed);
  EXPECT_TRUE(charge(1, 5, key_of(2, 20)).replayed);
}

}  // namespace
}  // namespace frontrow
