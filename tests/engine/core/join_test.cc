#include "engine/core/apply.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/decide.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

ConcertSpec room_for(std::uint32_t active) {
  ConcertSpec spec = small_concert();
  spec.rules.queue.max_active = active;
  return spec;
}

TEST(Join, join_of_an_unknown_concert_is_rejected) {
  World w;
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(as_user(1), Join{ConcertId{7}, user_id(1)}));
}

TEST(Join, join_with_room_and_nobody_waiting_is_admitted_at_once) {
  World w;
  const Fan fan = w.join(w.create(room_for(1)), 1);
  EXPECT_EQ(fan.entry.state, TokenState::kActive);
  EXPECT_EQ(fan.entry.position, 0U);
  EXPECT_EQ(fan.entry.number.value, 1U);
  EXPECT_EQ(fan.entry.expires_at, kStart + seconds(600));
}

TEST(Join, join_with_a_full_shop_waits_at_the_exact_position) {
  World w;
  const ConcertId c = w.create(room_for(1));
  w.join(c, 1);
  for (std::uint32_t n = 2; n <= 5; ++n) {
    const Fan fan = w.join(c, n);
    EXPECT_EQ(fan.entry.state, TokenState::kWaiting);
    EXPECT_EQ(fan.entry.position, n - 1);
    EXPECT_EQ(fan.entry.waiting, n - 1);
    EXPECT_FALSE(fan.entry.expires_at.is_set());
    EXPECT_GT(fan.entry.poll_after_ms, 0U);
  }
}

TEST(Join, join_again_gives_the_same_place_waiting_or_active) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan active = w.join(c, 1);
  const Fan waiting = w.join(c, 2);
  for (const Fan& fan : {active, waiting}) {
    const Reply again = w.ask({fan.user(), {}, 0}, Join{c, fan.user()});
    EXPECT_FALSE(again.created);
    EXPECT_EQ(body_of<QueueEntry>(again).number, fan.entry.number);
    EXPECT_EQ(body_of<QueueEntry>(again).state, fan.entry.state);
  }
  EXPECT_EQ(w.concert(c).line.drawn(), 2U);
}

TEST(Join, join_after_leaving_gets_a_new_number_at_the_end) {
  World w;
  const ConcertId c = w.create(room_for(1));
  w.join(c, 1);
  const Fan left = w.join(c, 2);
  w.join(c, 3);
  EXPECT_GRANTED(w.ask(left.caller, Leave{c}));
  const Fan again = w.join(c, 2);
  EXPECT_EQ(again.entry.number.value, 4U);
  EXPECT_EQ(again.entry.position, 2U);
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(left.caller, Leave{c}));
  EXPECT_EQ(w.look(left).state, TokenState::kLeft);
}

TEST(Join, join_after_the_session_ran_out_gets_a_new_number_before_and_after_the_wheel) {
  for (const bool ticked : {false, true}) {
    World w;
    const ConcertId c = w.create(room_for(1));
    const Fan first = w.join(c, 1);
    w.hold(first, {1});
    w.advance(seconds(600));
    if (ticked) w.tick();
    const Fan second = w.join(c, 1);
    EXPECT_EQ(second.entry.number.value, 2U);
    EXPECT_EQ(w.look(first).state, TokenState::kExpired);
    EXPECT_EQ(w.concert(c).dates[0]->seats.count(SeatState::kFree), 10U);
    w.tick();
    EXPECT_EQ(w.look(second).state, TokenState::kActive);
  }
}

TEST(Join, join_after_paying_gets_a_new_number) {
  World w;
  const ConcertId c = w.create(small_concert());
  const Fan fan = w.join(c, 1);
  w.charge(1, 5000);
  EXPECT_GRANTED(w.pay(fan, body_of<HoldView>(w.hold(fan, {1})).hold));
  EXPECT_EQ(w.look(fan).state, TokenState::kCompleted);
  EXPECT_EQ(w.join(c, 1).entry.number.value, 2U);
}

TEST(Join, join_never_overtakes_who_waits_though_a_place_is_free) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan inside = w.join(c, 1);
  const Fan waiting = w.join(c, 2);
  EXPECT_GRANTED(
      w.ask(inside.caller, Leave{c}));  // room, but the wheel has not admitted the next user yet
  const Fan late = w.join(c, 3);
  EXPECT_EQ(late.entry.state, TokenState::kWaiting);
  EXPECT_EQ(late.entry.position, 2U);
  w.tick();
  EXPECT_EQ(w.look(waiting).state, TokenState::kActive);
  EXPECT_EQ(w.look(late).position, 1U);
}

TEST(Join, join_of_a_closed_sale_is_rejected_but_a_live_place_is_kept) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan inside = w.join(c, 1);
  w.change({.concert = c, .phase = Phase::kClosed});
  EXPECT_REJECT(Reject::kSaleClosed, w.ask(as_user(2), Join{c, user_id(2)}));
  EXPECT_EQ(w.join(c, 1).entry.number, inside.entry.number);
}

TEST(Join, who_bought_gets_a_token_of_the_ended_place_from_a_closed_sale) {
  World w;
  const ConcertId c = w.create(room_for(5));
  const Fan buyer = w.join(c, 1);
  const Fan other = w.join(c, 2);
  w.charge(1, 5000);
  EXPECT_GRANTED(w.pay(buyer, body_of<HoldView>(w.hold(buyer, {1})).hold));
  const Fan again = w.join(c, 1);  // leaves without a further purchase
  EXPECT_GRANTED(w.ask(again.caller, Leave{c}));
  EXPECT_GRANTED(w.ask(other.caller, Leave{c}));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{make_payment_id(c, 1)}));  // has no effect
  w.change({.concert = c, .phase = Phase::kClosed, .revoke_tokens = true});
  for (int restarts = 0; restarts < 3; ++restarts) {
    const Reply reply = w.ask(as_user(1), Join{c, user_id(1)});
    EXPECT_GRANTED(reply);
    EXPECT_FALSE(reply.created);
    const QueueEntry entry = body_of<QueueEntry>(reply);
    EXPECT_EQ(entry.number, again.entry.number);
    EXPECT_EQ(entry.state, TokenState::kLeft);
    EXPECT_EQ(entry.phase, Phase::kClosed);
    const Caller caller{user_id(1), entry.number, entry.token_epoch};
    EXPECT_GRANTED(w.ask(caller, ReadPayment{make_payment_id(c, 1)}));
    EXPECT_REJECT(Reject::kSaleClosed, w.ask(as_user(2), Join{c, user_id(2)}));
    w.restart();
  }
  EXPECT_EQ(w.concert(c).line.drawn(), 3U);
}

TEST(Join, line_is_full_of_people_who_are_there_and_not_of_numbers_drawn) {
  World w(Policy{.people_max = 3});
  const ConcertId c = w.create(room_for(1));
  w.join(c, 1);
  w.join(c, 2);
  for (int i = 0; i < 20; ++i) {
    const Fan fan = w.join(c, 3);
    EXPECT_REJECT(Reject::kLineFull, w.ask(as_user(4), Join{c, user_id(4)}));
    EXPECT_GRANTED(w.ask(as_user(2), Join{c, user_id(2)})) << "a place is kept";
    EXPECT_GRANTED(w.ask(fan.caller, Leave{c}));
  }
  EXPECT_EQ(w.concert(c).line.drawn(), 22U);
}

TEST(Join, numbers_holds_and_payments_have_a_bound_of_their_own) {
  World w(Policy{.drawn_max = 2});
  const ConcertId c = w.create(room_for(5));
  const Fan fan = w.join(c, 1);
  const Fan second = w.join(c, 2);
  EXPECT_GRANTED(w.ask(second.caller, Leave{c}));
  EXPECT_REJECT(Reject::kNumbersExhausted, w.ask(as_user(3), Join{c, user_id(3)}));
  const HoldView hold = body_of<HoldView>(w.hold(fan, {1}));
  EXPECT_GRANTED(w.hold(fan, {2}));
  EXPECT_REJECT(Reject::kNumbersExhausted, w.hold(fan, {3}));
  for (int i = 0; i < 2; ++i) EXPECT_REJECT(Reject::kInsufficientBalance, w.pay(fan, hold.hold));
  EXPECT_REJECT(Reject::kNumbersExhausted, w.pay(fan, hold.hold));
}

TEST(ReadToken, entry_tells_the_phase_and_keeps_the_place_over_closing_and_opening) {
  World w;
  ConcertSpec spec = room_for(1);
  spec.opens_at = kStart + seconds(10);
  const ConcertId c = w.create(spec);
  const Fan inside = w.join(c, 1);
  const Fan waiting = w.join(c, 2);
  EXPECT_EQ(waiting.entry.phase, Phase::kScheduled);
  w.pass(seconds(10));
  EXPECT_EQ(w.look(waiting).phase, Phase::kOpen);
  w.change({.concert = c, .phase = Phase::kPaused});
  EXPECT_EQ(w.look(waiting).phase, Phase::kPaused);
  w.change({.concert = c, .phase = Phase::kClosed});
  const QueueEntry closed = w.look(waiting);
  EXPECT_EQ(closed.phase, Phase::kClosed);
  EXPECT_EQ(closed.state, TokenState::kWaiting);
  EXPECT_EQ(closed.position, 1U);
  EXPECT_EQ(closed.estimated_wait_s, -1);
  EXPECT_GE(closed.poll_after_ms, 12'000U) << "a third of idle_s, less a fifth";
  EXPECT_EQ(w.look(inside).phase, Phase::kClosed);
  const Reply no = w.ask(waiting.caller, ReadDates{c});
  EXPECT_EQ(body_of<RejectDetail>(no).entry.phase, Phase::kClosed);
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_GRANTED(w.ask(inside.caller, Leave{c}));
  w.tick();
  EXPECT_EQ(w.look(waiting).state, TokenState::kActive);
}

TEST(ReadToken, stored_join_tells_the_phase_of_then_and_an_old_one_that_of_now) {
  World w;
  const ConcertId c = w.create(small_concert());
  const RequestKey key = key_of(1, 10);
  EXPECT_GRANTED(w.ask(as_user(1), Join{c, user_id(1)}, key));
  w.change({.concert = c, .phase = Phase::kPaused});
  EXPECT_EQ(body_of<QueueEntry>(w.ask(as_user(1), Join{c, user_id(1)}, key)).phase, Phase::kOpen);

  Slot slot(slot_of_concert(c));
  apply(slot, ConcertCreatedEvent{c, small_concert()}, kStart);
  apply(slot, TokenJoined{c, TicketNumber{1}, user_id(1)}, kStart);
  const QueueEntry entry{.concert = c, .user = user_id(1), .number = TicketNumber{1}, .at = kStart};
  apply(slot, AnswerStored{c, user_id(1), key, encode_answer({Reject::kNone, true, false, entry})},
        kStart);
  apply(slot, PhaseChanged{c, Phase::kPaused}, kStart);
  Effects effects;
  Machine(Policy{}).execute(slot, {as_user(1), key, Join{c, user_id(1)}}, kStart, effects);
  EXPECT_TRUE(effects.reply.replayed);
  EXPECT_EQ(body_of<QueueEntry>(effects.reply).phase, Phase::kPaused);
}

TEST(Join, join_of_a_paused_sale_waits) {
  World w;
  const ConcertId c = w.create(room_for(5));
  w.change({.concert = c, .phase = Phase::kPaused});
  const Fan fan = w.join(c, 1);
  EXPECT_EQ(fan.entry.state, TokenState::kWaiting);
  EXPECT_EQ(fan.entry.estimated_wait_s, -1);
  w.pass(seconds(5));
  EXPECT_EQ(w.look(fan).state, TokenState::kWaiting);
  w.change({.concert = c, .phase = Phase::kOpen});
  w.tick();
  EXPECT_EQ(w.look(fan).state, TokenState::kActive);
}

TEST(Join, join_before_the_opening_waits_and_is_admitted_at_the_instant_in_order) {
  World w;
  ConcertSpec spec = room_for(2);
  spec.opens_at = kStart + seconds(10);
  const ConcertId c = w.create(spec);
  std::vector<Fan> fans;
  for (std::uint32_t n = 1; n <= 3; ++n) fans.push_back(w.join(c, n));
  EXPECT_EQ(fans[0].entry.state, TokenState::kWaiting);
  EXPECT_EQ(fans[0].entry.estimated_wait_s, 11);  // ten seconds and one place
  w.pass(milliseconds(9999));
  EXPECT_EQ(w.look(fans[0]).state, TokenState::kWaiting);
  w.pass(milliseconds(1));
  EXPECT_EQ(w.concert(c).phase, Phase::kOpen);
  EXPECT_EQ(w.look(fans[0]).state, TokenState::kActive);
  EXPECT_EQ(w.look(fans[1]).state, TokenState::kActive);
  EXPECT_EQ(w.look(fans[2]).position, 1U);
}

TEST(Join, position_moves_up_when_somebody_before_leaves_and_only_then) {
  World w;
  const ConcertId c = w.create(room_for(1));
  w.join(c, 1);
  const Fan second = w.join(c, 2);
  const Fan third = w.join(c, 3);
  const Fan fourth = w.join(c, 4);
  EXPECT_GRANTED(w.ask(fourth.caller, Leave{c}));
  EXPECT_EQ(w.look(third).position, 2U);
  EXPECT_GRANTED(w.ask(second.caller, Leave{c}));
  EXPECT_EQ(w.look(third).position, 1U);
  EXPECT_EQ(w.look(third).waiting, 1U);
}

TEST(ReadToken, read_token_of_one_that_was_never_given_is_rejected) {
  World w;
  const ConcertId c = w.create(small_concert());
  w.join(c, 1);
  const struct {
    const char* what;
    Caller caller;
  } cases[] = {
      {"no number", {user_id(1), {}, 0}},
      {"a number never drawn", {user_id(1), TicketNumber{2}, 0}},
      {"another user's number", {user_id(2), TicketNumber{1}, 0}},
      {"another epoch", {user_id(1), TicketNumber{1}, 1}},
  };
  for (const auto& [what, caller] : cases) {
    SCOPED_TRACE(what);
    EXPECT_REJECT(Reject::kInvalidToken, w.ask(caller, ReadToken{c}));
    EXPECT_REJECT(Reject::kInvalidToken, w.ask(caller, ReadDates{c}));
    EXPECT_REJECT(Reject::kInvalidToken, w.ask(caller, Leave{c}));
  }
  EXPECT_REJECT(Reject::kConcertNotFound,
                w.ask({user_id(1), TicketNumber{1}, 0}, ReadToken{ConcertId{5}}));
}

TEST(ReadToken, revoking_tokens_ends_old_ones_and_joining_again_keeps_the_place) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan inside = w.join(c, 1);
  w.join(c, 2);
  const Fan waiting = w.join(c, 3);
  w.change({.concert = c, .revoke_tokens = true});
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(inside.caller, ReadToken{c}));
  EXPECT_REJECT(Reject::kInvalidToken, w.hold(inside, {1}));
  const Fan again = w.join(c, 3);
  EXPECT_EQ(again.entry.number, waiting.entry.number);
  EXPECT_EQ(again.entry.position, 2U);
  EXPECT_EQ(again.entry.token_epoch, 1U);
  EXPECT_GRANTED(w.ask(again.caller, ReadToken{c}));
}

TEST(Leave, leaving_gives_the_holds_back_and_ends_the_session) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan fan = w.join(c, 1);
  EXPECT_GRANTED(w.hold(fan, {1, 2}));
  EXPECT_GRANTED(w.hold(fan, {3}));
  EXPECT_GRANTED(w.ask(fan.caller, Leave{c}));
  EXPECT_EQ(w.concert(c).dates[0]->seats.count(SeatState::kFree), 10U);
  EXPECT_EQ(w.concert(c).active(), 0U);
  EXPECT_REJECT(Reject::kTokenExpired, w.hold(fan, {1}));
}

// A user's own resources are readable without a place in the line.
TEST(OwnThings, are_read_under_any_token_that_is_not_revoked) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan paid = w.join(c, 1);
  w.charge(1, 5000);
  const HoldView hold = body_of<HoldView>(w.hold(paid, {1}));
  EXPECT_GRANTED(w.pay(paid, hold.hold));
  const Fan other = w.join(c, 2);
  w.tick();
  const Fan waiting = w.join(c, 1);
  ASSERT_EQ(waiting.entry.state, TokenState::kWaiting);
  const auto expect_readable = [&](const Fan& fan) {
    EXPECT_GRANTED(w.ask(fan.caller, ReadPayment{make_payment_id(c, 1)}));
    EXPECT_GRANTED(w.ask(fan.caller, ReadHold{hold.hold}));
    EXPECT_GRANTED(w.ask(fan.caller, ReadToken{c}));  // required by the wallet's routes
    const Reply again = w.pay(fan, hold.hold);
    EXPECT_GRANTED(again);
    EXPECT_FALSE(again.created);
    EXPECT_REJECT(Reject::kAlreadyPaid, w.ask(fan.caller, ReleaseHold{hold.hold}));
  };
  expect_readable(paid);
  expect_readable(waiting);
  EXPECT_GRANTED(w.ask(waiting.caller, Leave{c}));
  expect_readable(waiting);
  w.change({.concert = c, .phase = Phase::kClosed});
  expect_readable(waiting);
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(other.caller, ReadPayment{make_payment_id(c, 1)}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.ask(other.caller, ReadHold{hold.hold}));
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(waiting.caller, CheckToken{c})) << "charges are more";
  w.change({.concert = c, .revoke_tokens = true});
  EXPECT_REJECT(Reject::kInvalidToken, w.ask(waiting.caller, ReadPayment{make_payment_id(c, 1)}));
}

TEST(CheckToken, check_token_lets_active_and_completed_pass) {
  World w;
  const ConcertId c = w.create(room_for(1));
  const Fan fan = w.join(c, 1);
  const Fan waiting = w.join(c, 2);
  EXPECT_GRANTED(w.ask(fan.caller, CheckToken{c}));
  const Reply no = w.ask(waiting.caller, CheckToken{c});
  EXPECT_REJECT(Reject::kNotAdmitted, no);
  EXPECT_EQ(body_of<RejectDetail>(no).entry.position, 1U);
  EXPECT_EQ(body_of<RejectDetail>(no).entry.waiting, 1U);
  w.charge(1, 5000);
  EXPECT_GRANTED(w.pay(fan, body_of<HoldView>(w.hold(fan, {1})).hold));
  EXPECT_GRANTED(w.ask(fan.caller, CheckToken{c}));
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(fan.caller, ReadDates{c}));
}

// At a thousand admissions a second, three thousand users wait three seconds, not fifteen.
TEST(Join, poll_interval_is_at_most_half_of_the_wait_that_is_left) {
  World w;
  ConcertSpec spec = room_for(1'000'000);
  spec.rules.queue.admit_per_second = 1000;
  spec.opens_at = kStart + seconds(1);
  const ConcertId c = w.create(spec);
  Fan last;
  for (std::uint32_t n = 1; n <= 3000; ++n) last = w.join(c, n);
  EXPECT_EQ(last.entry.estimated_wait_s, 4);
  EXPECT_LE(last.entry.poll_after_ms, 2400U);
  EXPECT_GE(last.entry.poll_after_ms, 1600U);
}

TEST(Join, poll_interval_grows_with_places_while_the_wait_is_unknown) {
  World w;
  const ConcertId c = w.create(room_for(1));
  w.join(c, 1);
  Fan last;
  for (std::uint32_t n = 2; n <= 1001; ++n) last = w.join(c, n);
  EXPECT_EQ(last.entry.position, 1000U);
  EXPECT_GE(last.entry.poll_after_ms, 4800U);
  EXPECT_LE(last.entry.poll_after_ms, 7200U);
}

}  // namespace
}  // namespace frontrow
