// Holding again after a release moves no deadline, and returns no seat to the same user at once.
#include "engine/core/state/given_up.h"

#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Rehold : TwoFansFixture {
  Rehold() : TwoFansFixture(spec()) {}

  static ConcertSpec spec() {
    ConcertSpec s = small_concert(20);
    s.rules.queue.session_s = 2000;
    s.rules.seats_per_user = 8;
    return s;
  }
  void release(const Fan& fan, const HoldView& hold) {
    EXPECT_GRANTED(w.ask(fan.caller, ReleaseHold{hold.hold}));
  }
};

TEST_F(Rehold, deadline_stays_that_of_the_released_hold_while_it_lies_ahead) {
  const Instant deadline = held(ann, {1}).expires_at;
  for (int i = 0; i < 5; ++i) {
    w.pass(seconds(40));
    const std::uint32_t next = static_cast<std::uint32_t>(i) + 2;
    release(ann, {.hold = make_hold_id(c, w.concert(c).last_hold)});
    EXPECT_EQ(held(ann, {next}).expires_at, deadline) << i;
  }
  w.pass(deadline - w.now());
  EXPECT_EQ(held(ann, {9}).expires_at, w.now() + seconds(300)) << "it has passed";
}

TEST_F(Rehold, deadline_stays_over_leaving_and_joining_again) {
  const Instant deadline = held(ann, {1, 2}).expires_at;
  w.pass(seconds(100));
  EXPECT_GRANTED(w.ask(ann.caller, Leave{c}));
  ann = w.join(c, 1);
  EXPECT_EQ(held(ann, {3}).expires_at, deadline);
}

TEST_F(Rehold, several_released_deadlines_bind_one_after_the_other) {
  const HoldView first = held(ann, {1});
  w.pass(seconds(100));
  const HoldView second = held(ann, {2});
  EXPECT_EQ(second.expires_at, w.now() + seconds(300)) << "in parallel: the whole time for each";
  release(ann, second);
  release(ann, first);
  EXPECT_EQ(held(ann, {3}).expires_at, first.expires_at);
  w.pass(seconds(200));
  EXPECT_EQ(held(ann, {4}).expires_at, second.expires_at);
  w.pass(seconds(100));
  EXPECT_EQ(held(ann, {5}).expires_at, w.now() + seconds(300));
}

TEST_F(Rehold, others_deadlines_are_their_own) {
  release(ann, held(ann, {1}));
  w.pass(seconds(100));
  EXPECT_EQ(held(bob, {1}).expires_at, w.now() + seconds(300));
}

TEST_F(Rehold, released_seat_is_not_the_releasers_at_once_but_anybody_elses) {
  release(ann, held(ann, {1, 2}));
  const Reply no = w.hold(ann, {2, 3});
  EXPECT_REJECT(Reject::kSeatUnavailable, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, SeatList{SeatNumber{2}});
  EXPECT_GRANTED(w.hold(ann, {3})) << "another seat is to be had at once";
  EXPECT_GRANTED(w.hold(bob, {2}));
  w.advance(milliseconds(kSeatRestsFor.ms - 1));
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(ann, {1}));
  w.advance(milliseconds(1));
  EXPECT_GRANTED(w.hold(ann, {1}));
}

TEST_F(Rehold, seat_whose_time_ran_out_is_not_the_holders_at_once) {
  for (const bool ticked : {false, true}) {
    SCOPED_TRACE(ticked);
    World world;
    const ConcertId concert = world.create(spec());
    const Fan fan = world.join(concert, 1);
    const HoldView hold = body_of<HoldView>(world.hold(fan, {1}));
    world.advance(hold.expires_at - world.now());
    if (ticked) world.tick();
    EXPECT_REJECT(Reject::kSeatUnavailable, world.hold(fan, {1}));
    world.advance(milliseconds(kSeatRestsFor.ms - 1));
    EXPECT_REJECT(Reject::kSeatUnavailable, world.hold(fan, {1}));
    world.advance(milliseconds(1));
    EXPECT_GRANTED(world.hold(fan, {1}));
  }
}

// Fifty seats and one client that never pays: other users can hold each seat in between.
TEST_F(Rehold, hoarder_who_releases_and_holds_in_one_breath_loses_every_seat) {
  std::vector<HoldView> mine;
  for (std::uint32_t n = 1; n <= 8; ++n) mine.push_back(held(ann, {n}));
  w.pass(seconds(100));
  for (std::uint32_t n = 1; n <= 8; ++n) {
    release(ann, mine[n - 1]);
    EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(ann, {n}));
    EXPECT_GRANTED(w.hold(n <= 4 ? bob : w.join(c, 3), {n}));
  }
}

TEST_F(Rehold, restart_forgets_it) {
  release(ann, held(ann, {1}));
  w.pass(seconds(1));
  w.restart();
  EXPECT_EQ(held(ann, {1}).expires_at, w.now() + seconds(300));
}

TEST(GivenUp, remembers_a_bounded_number_of_users_and_seats_and_forgets_the_oldest) {
  GivenUp given_up;
  const Instant deadline = kStart + seconds(300);
  const auto users = static_cast<std::uint32_t>(kGivenUpUsersKept) + 100;
  for (std::uint32_t n = 1; n <= users; ++n)
    given_up.note(user_id(n), deadline, 0, {SeatNumber{n}}, kStart, kStart);
  EXPECT_EQ(given_up.user_count(), kGivenUpUsersKept);
  EXPECT_EQ(given_up.seat_count(), kGivenUpSeatsKept);
  EXPECT_EQ(given_up.deadline_for(user_id(100), kStart), kNever);
  EXPECT_EQ(given_up.deadline_for(user_id(101), kStart), deadline);
  EXPECT_FALSE(given_up.rests(0, SeatNumber{100}, user_id(100), kStart));
  EXPECT_TRUE(given_up.rests(0, SeatNumber{101}, user_id(101), kStart));
  EXPECT_FALSE(given_up.rests(1, SeatNumber{101}, user_id(101), kStart)) << "another date";
}

TEST(GivenUp, one_user_who_gives_up_without_end_takes_a_bounded_place) {
  GivenUp given_up;
  for (std::int64_t i = 0; i < 200'000; ++i) {
    const Instant now = kStart + milliseconds(i / 10);
    given_up.note(user_id(1), now + seconds(300), 0, {SeatNumber{1}}, now, now);
  }
  EXPECT_EQ(given_up.user_count(), 1U);
  EXPECT_LE(given_up.seat_count(), 50'100U) << "five seconds' worth";
  EXPECT_EQ(given_up.deadline_for(user_id(1), kStart), kStart + seconds(300));
}

TEST(GivenUp, what_has_passed_is_let_go) {
  GivenUp given_up;
  for (std::uint32_t n = 1; n <= 1000; ++n)
    given_up.note(user_id(n), kStart + seconds(10), 0, {SeatNumber{n}}, kStart, kStart);
  const Instant later = kStart + seconds(20);
  given_up.note(user_id(2000), later + seconds(10), 0, {SeatNumber{1}}, later, later);
  EXPECT_EQ(given_up.user_count(), 1U);
  EXPECT_EQ(given_up.seat_count(), 1U);
}

}  // namespace
}  // namespace frontrow
