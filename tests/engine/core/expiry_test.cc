// Holds, sessions and idle users at their deadlines.
#include "engine/core/decide.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Expiry : TwoFansFixture {
  Expiry() : TwoFansFixture(concert_with_long_sessions()) {}
};

TEST_F(Expiry, hold_lives_until_its_deadline_to_the_millisecond) {
  for (const bool ticked : {false, true}) {
    for (const int ms : {-1, 0, 1}) {
      SCOPED_TRACE(std::to_string(ms) + (ticked ? " ticked" : " not ticked"));
      World world;
      const ConcertId concert = world.create(concert_with_long_sessions());
      const Fan owner = world.join(concert, 1);
      const Fan other = world.join(concert, 2);
      const HoldView hold = body_of<HoldView>(world.hold(owner, {1}));
      world.advance(hold.expires_at - world.now());
      world.advance(milliseconds(ms));
      if (ticked) world.tick();
      const Reply read = world.ask(owner.caller, ReadHold{hold.hold});
      const Reply taken = world.hold(other, {1});
      EXPECT_REJECT(ms < 0 ? Reject::kNone : Reject::kHoldExpired, read);
      EXPECT_REJECT(ms < 0 ? Reject::kSeatUnavailable : Reject::kNone, taken);
    }
  }
}

TEST_F(Expiry, stale_hold_is_taken_by_the_next_user_and_its_owner_reads_expired) {
  const HoldView hold = held(ann, {1, 2, 3});
  w.advance(seconds(300));
  EXPECT_GRANTED(w.hold(bob, {2}));
  EXPECT_EQ(state(1), SeatState::kFree) << "the stale hold ended whole";
  EXPECT_REJECT(Reject::kHoldExpired, w.ask(ann.caller, ReadHold{hold.hold}));
  EXPECT_REJECT(Reject::kHoldExpired, w.ask(ann.caller, ReleaseHold{hold.hold}));
  EXPECT_REJECT(Reject::kHoldExpired, w.pay(ann, hold.hold));
  w.tick();
  EXPECT_EQ(state(2), SeatState::kHeld);
}

TEST_F(Expiry, one_hold_takes_seats_of_two_stale_ones) {
  held(ann, {1, 2});
  held(ann, {3});
  w.advance(seconds(300));
  EXPECT_GRANTED(w.hold(bob, {3, 2, 1}));
  w.tick();
  EXPECT_EQ(state(1), SeatState::kHeld);
}

TEST_F(Expiry, expired_hold_is_remembered_and_a_released_one_is_not) {
  const HoldView hold = held(ann, {1});
  w.pass(seconds(300));
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_REJECT(Reject::kHoldExpired, w.pay(ann, hold.hold));
  const HoldView other = held(ann, {2});
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{other.hold}));
  EXPECT_REJECT(Reject::kHoldNotFound, w.pay(ann, other.hold));
}

TEST_F(Expiry, expiry_of_many_holds_is_bounded_per_call_and_loses_none) {
  ConcertSpec s = small_concert(4000);
  s.rules.queue.max_active = 4000;
  s.rules.queue.admit_per_second = 1'000'000;
  s.rules.queue.session_s = 400;
  const ConcertId big = w.create(s);
  const Fan fan = w.join(big, 7);
  w.change({.concert = big, .seats_per_user = 1000});
  for (std::uint32_t n = 1; n <= 1000; ++n) {
    w.post(fan.caller, PlaceHold{big, first_date(), {SeatNumber{n}}});
  }
  for (std::uint32_t n = 0; n < 500; ++n) {
    const Fan next = w.join(big, 100 + n);
    w.post(next.caller, PlaceHold{big, first_date(), {SeatNumber{1001 + n}}});
  }
  w.advance(seconds(300));
  const std::uint64_t before = w.records();
  w.tick();
  EXPECT_EQ(w.records(), before + 2);
  EXPECT_EQ(w.concert(big).dates[0]->seats.count(SeatState::kFree), 4000U);
}

TEST_F(Expiry, session_ends_at_its_deadline_and_gives_holds_back) {
  w.pass(seconds(900));
  const HoldView hold = held(ann, {1});
  EXPECT_EQ(hold.expires_at, ann.entry.expires_at);
  w.advance(milliseconds(99'999));
  EXPECT_GRANTED(w.ask(ann.caller, ReadHold{hold.hold}));
  w.advance(milliseconds(1));
  EXPECT_REJECT(Reject::kTokenExpired, w.ask(ann.caller, ReadHold{hold.hold}));
  EXPECT_EQ(w.look(ann).state, TokenState::kExpired);
  w.tick();
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_EQ(w.concert(c).active(), 0U);
}

TEST_F(Expiry, session_that_is_paying_does_not_end_and_ends_when_the_payment_failed) {
  w.pass(seconds(999));
  const HoldView hold = held(ann, {1});
  w.post(ann.caller, Pay{c, {hold.hold}});
  w.pass(seconds(5));
  EXPECT_EQ(w.look(ann).state, TokenState::kActive);
  EXPECT_EQ(state(1), SeatState::kHeld);
  w.deliver_all();  // too little money
  EXPECT_EQ(w.look(ann).state, TokenState::kExpired);
  w.tick();
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_EQ(w.concert(c).active(), 0U);
}

TEST_F(Expiry, session_that_is_paying_completes_after_its_end) {
  w.charge(1, 5000);
  w.pass(seconds(999));
  const HoldView hold = held(ann, {1});
  w.post(ann.caller, Pay{c, {hold.hold}});
  w.pass(seconds(5));
  w.deliver_all();
  EXPECT_EQ(w.look(ann).state, TokenState::kCompleted);
  EXPECT_EQ(state(1), SeatState::kSold);
}

struct Idle : ConcertFixture {
  Idle() : ConcertFixture(spec()) {}

  static ConcertSpec spec() {
    ConcertSpec s = small_concert();
    s.rules.queue = {.max_active = 1, .admit_per_second = 1000, .session_s = 1000, .idle_s = 30};
    return s;
  }
  // For tests that start afresh in a loop: a world with one user in the shop and one in the line.
  struct Pair {
    World world;
    ConcertId concert = world.create(spec());
    Fan in_shop = world.join(concert, 1);
    Fan in_line = world.join(concert, 2);
  };
};

TEST_F(Idle, people_who_stop_polling_leave_the_line_and_others_move_up) {
  w.join(c, 1);
  const Fan silent = w.join(c, 2);
  const Fan polling = w.join(c, 3);
  for (int s = 1; s <= 30; ++s) {
    w.pass(seconds(1));
    EXPECT_EQ(w.look(polling).position, 2U) << s;
  }
  w.pass(seconds(1));
  EXPECT_EQ(w.look(polling).position, 1U);
  EXPECT_EQ(w.look(silent).state, TokenState::kExpired);
}

TEST_F(Idle, a_whole_idle_crowd_leaves_in_bounded_records) {
  w.join(c, 1);
  for (std::uint32_t n = 2; n <= 3001; ++n) w.join(c, n);
  const std::uint64_t before = w.records();
  w.pass(seconds(31));
  EXPECT_EQ(w.concert(c).line.waiting(), 0U);
  EXPECT_EQ(w.records(), before + 3);
}

TEST_F(Idle, no_show_gives_the_place_to_the_next) {
  const Fan first = w.join(c, 1);
  const Fan absent = w.join(c, 2);
  const Fan next = w.join(c, 3);
  w.pass(seconds(20));
  EXPECT_GRANTED(w.ask(first.caller, Leave{c}));
  w.tick();
  EXPECT_EQ(w.concert(c).line.token(absent.entry.number).state, TokenState::kActive);
  for (int s = 1; s < 30; ++s) {
    w.pass(seconds(1));
    EXPECT_EQ(w.look(next).state, TokenState::kWaiting) << s;
  }
  w.pass(seconds(1));
  EXPECT_EQ(w.look(next).state, TokenState::kActive);
  EXPECT_EQ(w.look(absent).state, TokenState::kExpired);
}

// However short the time between the user's last poll and the admission.
TEST_F(Idle, no_show_is_seen_by_the_millisecond) {
  for (const int ms : {1, 500, 999}) {
    SCOPED_TRACE(ms);
    Pair pair;
    auto& [world, concert, first, absent] = pair;
    world.look(absent);
    world.advance(milliseconds(ms));
    EXPECT_GRANTED(world.ask(first.caller, Leave{concert}));
    world.tick();
    ASSERT_EQ(world.concert(concert).line.token(absent.entry.number).state, TokenState::kActive);
    world.pass(milliseconds(29'999));
    EXPECT_EQ(world.concert(concert).active(), 1U);
    world.pass(milliseconds(1));
    EXPECT_EQ(world.concert(concert).active(), 0U);
  }
}

TEST_F(Idle, one_who_polls_right_after_being_let_in_keeps_the_session) {
  const Fan first = w.join(c, 1);
  const Fan second = w.join(c, 2);
  EXPECT_GRANTED(w.ask(first.caller, Leave{c}));
  w.tick();
  w.pass(milliseconds(1));
  w.look(second);
  w.pass(seconds(100));
  EXPECT_EQ(w.look(second).state, TokenState::kActive);
}

TEST_F(Idle, silence_is_counted_by_the_millisecond) {
  for (const int from : {0, 1, 999}) {
    SCOPED_TRACE(from);
    Pair pair;
    auto& [world, concert, first, silent] = pair;
    world.advance(milliseconds(from));
    world.look(silent);
    world.pass(seconds(30));
    EXPECT_EQ(world.concert(concert).line.waiting(), 1U);
    world.pass(milliseconds(100));  // the sweep runs every tenth of a second
    EXPECT_EQ(world.concert(concert).line.waiting(), 0U);
  }
}

TEST_F(Idle, one_who_showed_up_once_keeps_the_session) {
  const Fan first = w.join(c, 1);
  const Fan second = w.join(c, 2);
  w.pass(seconds(20));
  EXPECT_GRANTED(w.ask(first.caller, Leave{c}));
  w.pass(seconds(1));
  EXPECT_EQ(w.look(second).state, TokenState::kActive);
  w.pass(seconds(900));
  EXPECT_EQ(w.look(second).state, TokenState::kActive);
}

TEST_F(Idle, restart_punishes_nobody_for_its_own_downtime) {
  const Fan first = w.join(c, 1);
  const Fan second = w.join(c, 2);
  const Fan third = w.join(c, 3);
  w.pass(seconds(10));
  EXPECT_GRANTED(w.ask(first.caller, Leave{c}));
  w.tick();  // the second user is active, and has not been seen since
  w.advance(seconds(500));
  w.restart();
  w.tick();
  EXPECT_EQ(w.concert(c).line.token(second.entry.number).state, TokenState::kActive);
  EXPECT_EQ(w.concert(c).line.token(third.entry.number).state, TokenState::kWaiting);
  w.pass(seconds(30));
  EXPECT_EQ(w.look(second).state, TokenState::kActive);
  EXPECT_EQ(w.look(third).position, 1U);
}

TEST_F(Idle, restart_keeps_everybodys_place) {
  std::vector<Fan> fans;
  for (std::uint32_t n = 1; n <= 20; ++n) fans.push_back(w.join(c, n));
  EXPECT_GRANTED(w.ask(fans[4].caller, Leave{c}));
  w.restart();
  for (std::size_t i = 5; i < 20; ++i) EXPECT_EQ(w.look(fans[i]).position, i - 1);
}

}  // namespace
}  // namespace frontrow
