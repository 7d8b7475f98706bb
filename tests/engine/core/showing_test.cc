// Showings: dates with a time, that go off sale; and concerts that close by themselves.
#include "engine/core/protocol/settings_tag.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

constexpr Duration kMatinee = seconds(3600);
constexpr Duration kEvening = seconds(4 * 3600);
constexpr Duration kTick = milliseconds(1);

// Two showings of one day, which go off sale as they begin.
struct Showings : ConcertFixture {
  Showings() : ConcertFixture(spec()) {}
  static ConcertSpec spec() {
    ConcertSpec s = small_concert();
    s.time_zone = "Asia/Seoul";
    s.rules.queue.session_s = 20'000;
    s.rules.queue.idle_s = 20'000;
    s.rules.hold_s = 9000;
    s.dates = {{matinee(), {{"floor", 3, Money{1000}}}, kStart + kMatinee, kStart + kMatinee},
               {evening(), {{"floor", 3, Money{2000}}}, kStart + kEvening, kStart + kEvening}};
    return s;
  }
  static Date matinee() { return {first_date().days, 14 * 60}; }
  static Date evening() { return {first_date().days, 19 * 60 + 30}; }

  Reply hold_on(Date date, std::uint32_t seat) {
    return w.ask(ann.caller, PlaceHold{c, date, {SeatNumber{seat}}});
  }
  std::vector<Date> listed(bool all = false) {
    std::vector<Date> dates;
    for (const DateView& d : body_of<DatesView>(w.ask(ann.caller, ReadDates{c, all})).dates)
      dates.push_back(d.date);
    return dates;
  }
  Phase phase() const { return w.concert(c).phase; }

  Fan ann = w.join(c, 1);
};

TEST_F(Showings, two_on_one_day_are_two_dates) {
  EXPECT_EQ(body_of<HoldView>(hold_on(matinee(), 1)).amount, Money{1000});
  EXPECT_EQ(body_of<HoldView>(hold_on(evening(), 1)).amount, Money{2000});
  EXPECT_REJECT(Reject::kDateNotFound, hold_on(first_date(), 1));
  EXPECT_EQ(listed(), (std::vector<Date>{matinee(), evening()}));
  const DateView first = body_of<DatesView>(w.ask(ann.caller, ReadDates{c})).dates.front();
  EXPECT_EQ(first.starts_at, kStart + kMatinee);
  EXPECT_EQ(first.closes_at, kStart + kMatinee);
}

TEST_F(Showings, one_that_has_begun_is_off_sale_and_its_holds_can_be_paid) {
  w.charge(1, 5000);
  const HoldId hold = body_of<HoldView>(hold_on(matinee(), 1)).hold;
  w.pass({kMatinee.ms - 1});
  EXPECT_EQ(listed().size(), 2U);
  w.pass(kTick);
  EXPECT_REJECT(Reject::kDateClosed, hold_on(matinee(), 2));
  EXPECT_EQ(listed(), std::vector<Date>{evening()});
  EXPECT_EQ(listed(true).size(), 2U);
  EXPECT_GRANTED(hold_on(evening(), 2));
  EXPECT_GRANTED(w.pay(ann, hold));
}

TEST_F(Showings, concert_closes_with_its_last_showing_also_after_a_restart) {
  w.pass(kMatinee);
  EXPECT_EQ(phase(), Phase::kOpen);
  w.restart();
  w.restart();
  w.pass({kEvening.ms - kMatinee.ms - 1});
  EXPECT_EQ(phase(), Phase::kOpen);
  w.pass(kTick);
  EXPECT_EQ(phase(), Phase::kClosed);
  EXPECT_REJECT(Reject::kSaleClosed, hold_on(evening(), 1));
}

TEST_F(Showings, concert_that_closed_too_early_is_opened_with_a_later_closing) {
  const auto change = [&](const ChangeConcert& asked) { return w.ask(kAdmin, asked); };
  w.change({.concert = c, .closes_at = kStart + seconds(10)});
  w.pass(seconds(10));
  EXPECT_EQ(phase(), Phase::kClosed);
  EXPECT_REJECT(Reject::kConflictingSettings, change({.concert = c, .phase = Phase::kOpen}));
  EXPECT_REJECT(Reject::kConflictingSettings,
                change({.concert = c, .phase = Phase::kOpen, .closes_at = w.now()}));
  EXPECT_GRANTED(change({.concert = c, .title = "Still closed"}));
  EXPECT_GRANTED(change({.concert = c, .phase = Phase::kOpen, .closes_at = w.now() + seconds(60)}));
  EXPECT_EQ(listed().size(), 2U) << "of every date";
  w.restart();
  w.pass(seconds(60));
  EXPECT_EQ(phase(), Phase::kClosed);
}

TEST_F(Showings, date_that_is_over_is_never_on_sale_again) {
  w.pass(kMatinee);
  w.change({.concert = c, .closes_at = kStart + kEvening + seconds(60)});
  EXPECT_EQ(listed(), std::vector<Date>{evening()});
  const DateView last = body_of<DatesView>(w.ask(ann.caller, ReadDates{c})).dates.front();
  EXPECT_EQ(last.closes_at, kStart + kEvening) << "no later than it begins";
  w.pass(kEvening);
  EXPECT_REJECT(
      Reject::kConflictingSettings,
      w.ask(kAdmin, ChangeConcert{
                        .concert = c, .phase = Phase::kOpen, .closes_at = w.now() + seconds(60)}));
}

TEST_F(Showings, sale_that_was_opened_early_may_close_before_it_was_to_open) {
  ConcertSpec later = spec();
  later.opens_at = kStart + seconds(1000);
  const ConcertId other = w.create(later);
  EXPECT_REJECT(Reject::kConflictingSettings,
                w.ask(kAdmin, ChangeConcert{.concert = other, .closes_at = kStart + seconds(500)}));
  EXPECT_GRANTED(w.ask(
      kAdmin,
      ChangeConcert{.concert = other, .phase = Phase::kOpen, .closes_at = kStart + seconds(500)}));
}

TEST_F(Showings, closing_is_brought_forward_and_put_off) {
  w.change({.concert = c, .closes_at = kStart + seconds(10)});
  w.pass(seconds(5));
  w.change({.concert = c, .closes_at = kStart + seconds(20)});
  w.pass(seconds(10));
  EXPECT_EQ(phase(), Phase::kOpen);
  w.change({.concert = c, .phase = Phase::kClosed});
  w.change({.concert = c, .phase = Phase::kOpen});
  w.pass(seconds(5));
  EXPECT_EQ(phase(), Phase::kClosed) << "also where it was closed by hand meanwhile";
}

TEST_F(Showings, concert_with_a_date_that_has_passed_is_refused) {
  w.advance(kMatinee);
  ConcertSpec past = spec();
  past.dates[0].closes_at = w.now() + seconds(60);  // and yet it has begun
  EXPECT_REJECT(Reject::kDatePassed, w.ask(kAdmin, CreateConcert{past}));
  const Reply no = w.ask(kAdmin, CreateConcert{spec()});
  EXPECT_REJECT(Reject::kDatePassed, no);
  EXPECT_EQ(body_of<RejectDetail>(no).date, matinee());
}

TEST_F(Showings, creation_that_was_answered_is_answered_again_after_its_date) {
  const Reply first = w.ask(kAdmin, CreateConcert{spec()}, key_of(1, 2));
  w.advance(kEvening);
  const Reply again = w.ask(kAdmin, CreateConcert{spec()}, key_of(1, 2));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(body_of<ConcertCreated>(again).concert, body_of<ConcertCreated>(first).concert);
}

TEST_F(Showings, settings_tag_follows_when_the_sale_closes) {
  const auto tag = [&] { return settings_tag(w.concert(c)); };
  const std::uint64_t before = tag();
  // Of each date: the last one closes as before.
  w.change({.concert = c, .closes_at = kStart + kEvening});
  EXPECT_EQ(tag(), before);
  w.change({.concert = c, .closes_at = kStart + seconds(10)});
  EXPECT_NE(tag(), before);
  EXPECT_EQ(tag(), settings_tag(body_of<ConcertView>(w.ask({}, ReadConcert{c}))));
}

}  // namespace
}  // namespace frontrow
