#include "engine/core/protocol/settings_tag.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Operator : ConcertFixture {
  Reply block(std::uint32_t seat, bool blocked = true) {
    return w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{seat}, blocked});
  }
};

TEST_F(Operator, created_concert_is_listed_and_shows_its_settings) {
  EXPECT_EQ(body_of<ConcertIds>(w.ask({}, ListConcerts{})).concerts, std::vector<ConcertId>{c});
  const ConcertView view = body_of<ConcertView>(w.ask({}, ReadConcert{c}));
  EXPECT_EQ(view.title, "The Small Hours");
  EXPECT_EQ(view.rules, small_concert().rules);
  EXPECT_EQ(view.currency.text(), "KRW");
}

TEST_F(Operator, concert_is_listed_only_when_its_slot_has_taken_it_and_a_crash_does_not_lose_it) {
  w.post(kAdmin, CreateConcert{small_concert()});
  EXPECT_EQ(body_of<ConcertIds>((w.post({}, ListConcerts{}), *w.reply())).concerts.size(), 1U);
  w.restart();
  w.deliver_all();
  EXPECT_EQ(body_of<ConcertIds>(w.ask({}, ListConcerts{})).concerts.size(), 2U);
}

TEST_F(Operator, opening_a_concert_twice_is_once) {
  w.post(kAdmin, CreateConcert{small_concert()});
  const Command open = w.messages().front();
  w.deliver_all();
  w.join(ConcertId{2}, 5);
  w.deliver(open);
  w.deliver_all();
  w.deliver({{}, {}, OpenDone{ConcertId{2}}});
  w.deliver({{}, {}, OpenDone{ConcertId{9}}});
  EXPECT_REJECT(Reject::kConcertNotFound, w.effects().reply);
  EXPECT_EQ(w.concert(ConcertId{2}).line.drawn(), 1U);
}

TEST_F(Operator, too_many_concerts_are_rejected) {
  World world;
  for (std::uint32_t i = 0; i < 3; ++i) world.post(kAdmin, CreateConcert{small_concert()});
  Slot slot(slot_of_directory());
  slot.registrations.resize(kConcertsMax);
  Machine machine{Policy{}};
  Effects effects;
  machine.execute(slot, {kAdmin, {}, CreateConcert{small_concert()}}, kStart, effects);
  EXPECT_REJECT(Reject::kTooManyConcerts, effects.reply);
}

TEST_F(Operator, blocked_seat_cannot_be_reserved_until_it_is_unblocked) {
  const Fan fan = w.join(c, 1);
  EXPECT_GRANTED(block(3));
  EXPECT_EQ(state(3), SeatState::kBlocked);
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(fan, {3}));
  const std::uint64_t records = w.records();
  EXPECT_GRANTED(block(3));
  EXPECT_EQ(w.records(), records) << "it is so already";
  EXPECT_GRANTED(block(3, false));
  EXPECT_GRANTED(block(3, false));
  EXPECT_GRANTED(w.hold(fan, {3}));
}

TEST_F(Operator, block_of_a_held_or_sold_seat_is_rejected_and_of_a_stale_one_granted) {
  const Fan fan = w.join(c, 1);
  w.charge(1, 5000);
  const HoldView hold = body_of<HoldView>(w.hold(fan, {1}));
  EXPECT_REJECT(Reject::kSeatHeldOrSold, block(1));
  EXPECT_GRANTED(w.hold(fan, {2}));
  w.advance(seconds(300));
  EXPECT_GRANTED(block(2));
  w.tick();
  EXPECT_EQ(state(2), SeatState::kBlocked);
  const Fan other = w.join(c, 2);
  w.charge(2, 5000);
  const HoldView next = body_of<HoldView>(w.hold(other, {1}));
  EXPECT_NE(next.hold, hold.hold);
  EXPECT_GRANTED(w.pay(other, next.hold));
  EXPECT_REJECT(Reject::kSeatHeldOrSold, block(1));
  EXPECT_REJECT(Reject::kSeatHeldOrSold, block(1, false));
}

TEST_F(Operator, block_of_what_does_not_exist_is_rejected) {
  EXPECT_REJECT(Reject::kSeatNotFound, block(11));
  EXPECT_REJECT(Reject::kSeatNotFound, block(0));
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(kAdmin, BlockSeat{c, Date{1}, SeatNumber{1}}));
  EXPECT_REJECT(Reject::kConcertNotFound,
                w.ask(kAdmin, BlockSeat{ConcertId{9}, first_date(), SeatNumber{1}}));
}

TEST_F(Operator, changes_take_effect_at_once_and_only_for_what_comes) {
  const Fan before = w.join(c, 1);
  const HoldView old = body_of<HoldView>(w.hold(before, {1}));
  w.change({.concert = c, .title = "Later", .session_s = 50, .hold_s = 20, .seats_per_user = 2});
  const Fan after = w.join(c, 2);
  EXPECT_EQ(after.entry.expires_at, kStart + seconds(50));
  EXPECT_EQ(body_of<HoldView>(w.hold(after, {2})).expires_at, kStart + seconds(20));
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(after, {3, 4}));
  EXPECT_EQ(w.look(before).expires_at, before.entry.expires_at);
  EXPECT_EQ(body_of<HoldView>(w.ask(before.caller, ReadHold{old.hold})).expires_at, old.expires_at);
  EXPECT_EQ(w.concert(c).title, "Later");
}

TEST_F(Operator, a_change_that_changes_nothing_is_not_logged) {
  const std::uint64_t records = w.records();
  w.change({.concert = c, .phase = Phase::kOpen, .title = "The Small Hours", .max_active = 100});
  EXPECT_EQ(w.records(), records);
}

TEST_F(Operator, opening_time_can_be_moved_while_it_is_scheduled_only) {
  ConcertSpec spec = small_concert();
  spec.opens_at = kStart + seconds(100);
  const ConcertId later = w.create(spec);
  w.change({.concert = later, .opens_at = kStart + seconds(10)});
  w.pass(milliseconds(9999));
  EXPECT_EQ(w.concert(later).phase, Phase::kScheduled);
  w.pass(milliseconds(1));
  EXPECT_EQ(w.concert(later).phase, Phase::kOpen);
  EXPECT_REJECT(Reject::kConflictingSettings,
                w.ask(kAdmin, ChangeConcert{.concert = later, .opens_at = kStart}));
  w.pass(seconds(200));
}

TEST_F(Operator, opening_time_and_phase_together_are_rejected) {
  ConcertSpec spec = small_concert();
  spec.opens_at = kStart + seconds(100);
  const ConcertId later = w.create(spec);
  EXPECT_REJECT(
      Reject::kConflictingSettings,
      w.ask(kAdmin, ChangeConcert{.concert = later, .phase = Phase::kOpen, .opens_at = kStart}));
}

TEST_F(Operator, opening_by_hand_or_pausing_ends_the_schedule) {
  for (const Phase phase : {Phase::kOpen, Phase::kPaused, Phase::kClosed}) {
    ConcertSpec spec = small_concert();
    spec.opens_at = w.now() + seconds(100);
    const ConcertId later = w.create(spec);
    w.change({.concert = later, .phase = phase});
    w.pass(seconds(200));
    EXPECT_EQ(w.concert(later).phase, phase);
  }
}

TEST_F(Operator, change_made_for_other_settings_is_rejected) {
  const std::uint64_t before = settings_tag(w.concert(c));
  EXPECT_EQ(settings_tag(body_of<ConcertView>(w.ask({}, ReadConcert{c}))), before);
  w.change({.concert = c, .hold_s = 20, .expected = {{before}}});
  const std::uint64_t after = settings_tag(w.concert(c));
  EXPECT_NE(after, before);
  const std::uint64_t records = w.records();
  EXPECT_REJECT(Reject::kPreconditionFailed,
                w.ask(kAdmin, ChangeConcert{.concert = c, .hold_s = 30, .expected = {{before}}}));
  const std::vector<std::uint64_t> none;
  EXPECT_REJECT(Reject::kPreconditionFailed,
                w.ask(kAdmin, ChangeConcert{.concert = c, .hold_s = 30, .expected = none}));
  EXPECT_EQ(w.records(), records);
  EXPECT_EQ(w.concert(c).rules.hold_s, 20U);
  w.change({.concert = c, .hold_s = 30, .expected = {{before, after}}});
  EXPECT_EQ(w.concert(c).rules.hold_s, 30U);
}

// Counters and a change without effect don't change the tag of the settings.
TEST_F(Operator, settings_tag_is_of_settings_only) {
  const std::uint64_t before = settings_tag(w.concert(c));
  w.hold(w.join(c, 1), {1});
  block(2);
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_EQ(settings_tag(w.concert(c)), before);
  w.change({.concert = c, .phase = Phase::kPaused});
  EXPECT_NE(settings_tag(w.concert(c)), before);
  w.change({.concert = c, .phase = Phase::kOpen});
  EXPECT_EQ(settings_tag(w.concert(c)), before);
}

TEST_F(Operator, change_of_an_unknown_concert_is_rejected) {
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(kAdmin, ChangeConcert{.concert = ConcertId{5}}));
}

}  // namespace
}  // namespace frontrow
