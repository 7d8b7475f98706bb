#include "engine/core/decide.h"
#include "tests/core/support/world.h"

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
      w.ask(inside.caller, Leave{c}));  // room, but the wheel has not admitted anybody yet
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
  EXPECT_EQ(fans[0].entry.estimated_wait_s, 11);  // ten seconds and its turn
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

// Three thousand people at a thousand a second are three seconds, and not fifteen.
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
