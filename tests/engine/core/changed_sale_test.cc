// A sale that changes while it runs: dates and sections are added, prices change, dates are
// postponed.
#include "engine/core/protocol/settings_tag.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

// Two sections of three seats on each of two dates with two days between.
ConcertSpec two_dates() {
  ConcertSpec spec = concert_with_long_sessions();
  spec.rules.hold_s = 900;
  spec.dates = {{{first_date().days + 2},
                 {{"floor", 3, Money{1000}}, {"ring", 3, Money{500}}},
                 {},
                 kStart + seconds(600)},
                {{first_date().days + 4}, {{"floor", 3, Money{1000}}}, {}, kStart + seconds(900)}};
  return spec;
}

struct ChangedSale : ConcertFixture {
  ChangedSale() : ConcertFixture(two_dates()) {}

  static Date day(std::int32_t n) { return {first_date().days + n}; }
  static DateSpec new_date(Date date, Duration open_for = seconds(1000)) {
    return {date, {{"hall", 5, Money{700}}}, {}, kStart + open_for};
  }
  static Postponement postponed(Date to, Duration begins = seconds(2000)) {
    return {to, {}, kStart + seconds(600), kStart + begins};
  }
  Reply add(std::vector<DateSpec> dates) {
    ChangeConcert change{.concert = c};
    change.add_dates = std::move(dates);
    return w.ask(kAdmin, change);
  }
  Reply change(std::vector<DateChange> dates) {
    ChangeConcert asked{.concert = c};
    asked.change_dates = std::move(dates);
    return w.ask(kAdmin, asked);
  }
  Reply postpone(Date date, Date to) {
    return change({{.date = date, .postponed = postponed(to)}});
  }
  Reply hold_on(const Fan& fan, Date date, std::uint32_t seat) {
    return w.ask(fan.caller, PlaceHold{c, date, {SeatNumber{seat}}});
  }
  std::vector<Date> listed() {
    std::vector<Date> dates;
    for (const DateView& d : body_of<DatesView>(w.ask(ann.caller, ReadDates{c, true})).dates)
      dates.push_back(d.date);
    return dates;
  }
  SeatsView seats(Date date) {
    return body_of<SeatsView>(w.ask(ann.caller, ReadSeats{c, date, std::nullopt}));
  }
  bool is_reset(Date date, std::uint64_t since) {
    return std::holds_alternative<SeatsView>(w.ask(ann.caller, ReadSeats{c, date, since}).body);
  }

  Fan ann = w.join(c, 1);
};

using Dates = std::vector<Date>;

TEST_F(ChangedSale, added_date_before_others_moves_no_hold_and_no_payment) {
  w.charge(1, 9000);
  const Fan bob = w.join(c, 2);
  const HoldView held = body_of<HoldView>(hold_on(bob, day(2), 1));
  const PaymentView paid =
      body_of<PaymentView>(w.pay(ann, body_of<HoldView>(hold_on(ann, day(4), 2)).hold));
  EXPECT_GRANTED(add({new_date(day(3)), new_date(day(1))}));
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(body_of<HoldView>(w.ask(bob.caller, ReadHold{held.hold})).date, day(2));
    EXPECT_EQ(
        body_of<PaymentView>(w.ask(ann.caller, ReadPayment{paid.purchase.payment})).purchase.date,
        day(4));
    EXPECT_REJECT(Reject::kSeatUnavailable, hold_on(bob, day(2), 1));
    EXPECT_REJECT(Reject::kSeatUnavailable, hold_on(bob, day(4), 2));
    w.restart();
  }
  EXPECT_EQ(body_of<HoldView>(hold_on(bob, day(1), 1)).amount, Money{700});
  const ConcertView view = body_of<ConcertView>(w.ask({}, ReadConcert{c}));
  ASSERT_EQ(view.dates.size(), 4U);
  for (std::int32_t i = 0; i < 4; ++i)
    EXPECT_EQ(view.dates[static_cast<std::size_t>(i)]->date, day(1 + i)) << "in their order";
}

TEST_F(ChangedSale, added_date_must_be_new_and_to_come) {
  const Reply again = add({new_date(day(3)), new_date(day(4))});
  EXPECT_REJECT(Reject::kDateExists, again);
  EXPECT_EQ(body_of<RejectDetail>(again).date, day(4));
  EXPECT_REJECT(Reject::kDateExists, add({new_date(day(3)), new_date(day(3))}));
  EXPECT_REJECT(Reject::kDatePassed, add({new_date(day(3), Duration{0})}));
  EXPECT_EQ(listed(), (Dates{day(2), day(4)})) << "all or none";
}

TEST_F(ChangedSale, sale_keeps_its_bounds) {
  std::vector<DateSpec> many;
  for (std::size_t i = 0; i < kDatesPerConcertMax - 1; ++i)
    many.push_back(new_date(day(10 + static_cast<std::int32_t>(i))));
  EXPECT_REJECT(Reject::kChangeRefused, add(many));
  many.pop_back();
  EXPECT_GRANTED(add(many));
  EXPECT_REJECT(Reject::kChangeRefused, add({new_date(day(1))}));
  const SectionSpec large{"large", kSeatsPerDateMax - 6, Money{1}};
  EXPECT_REJECT(Reject::kChangeRefused, change({{day(2), {large, {"one more", 1, Money{1}}}}}));
  EXPECT_GRANTED(change({{day(2), {large}}}));
  EXPECT_EQ(seats(day(2))->total, kSeatsPerDateMax);
}

TEST_F(ChangedSale, concert_that_has_closed_is_opened_with_a_new_date) {
  w.pass(seconds(901));
  EXPECT_EQ(w.concert(c).phase, Phase::kClosed);
  ChangeConcert open{.concert = c, .phase = Phase::kOpen};
  EXPECT_REJECT(Reject::kConflictingSettings, w.ask(kAdmin, open));
  open.add_dates = {new_date(day(1))};
  EXPECT_GRANTED(w.ask(kAdmin, open));
  EXPECT_EQ(w.concert(c).phase, Phase::kOpen);
  w.restart();
  w.pass(seconds(99));
  EXPECT_EQ(w.concert(c).phase, Phase::kClosed) << "with its last date";
}

TEST_F(ChangedSale, added_sections_have_the_numbers_behind_the_present_ones) {
  EXPECT_GRANTED(hold_on(ann, day(2), 6));
  EXPECT_GRANTED(change(
      {{day(2), {{"box", 2, Money{3000}}, {"stand", 70, Money{1}, SectionKind::kGeneral}}}}));
  for (int round = 0; round < 3; ++round) {
    const SeatsView map = seats(day(2));
    EXPECT_EQ(map->total, 78U);
    EXPECT_EQ(map->free, 77U);
    ASSERT_EQ(map->sections.size(), 4U);
    EXPECT_EQ(map->sections[2].first, SeatNumber{7});
    EXPECT_EQ(map->sections[3].last, SeatNumber{78});
    EXPECT_EQ(map->sections[3].free, 70U);
    EXPECT_EQ(map->free_bits[0], ~std::uint64_t{0} ^ (1U << 5));
    EXPECT_EQ(map->free_bits[1], (std::uint64_t{1} << 14) - 1);
    w.restart();
  }
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(2), 8)).amount, Money{3000});
  EXPECT_EQ(seats(day(4))->total, 3U);
}

TEST_F(ChangedSale, section_is_added_under_a_new_name_only) {
  const Reply no = change({{day(2), {{"box", 2, Money{1}}, {"ring", 2, Money{1}}}}});
  EXPECT_REJECT(Reject::kSectionExists, no);
  EXPECT_EQ(body_of<RejectDetail>(no).text, "ring");
  EXPECT_REJECT(Reject::kSectionExists,
                change({{day(2), {{"box", 2, Money{1}}, {"box", 2, Money{1}}}}}));
  EXPECT_REJECT(Reject::kDateNotFound, change({{day(3), {{"box", 2, Money{1}}}}}));
  EXPECT_EQ(seats(day(2))->total, 6U);
}

TEST_F(ChangedSale, new_seats_go_to_the_waitlist_first) {
  const Fan bob = w.join(c, 2);
  for (const std::uint32_t seat : {1U, 2U, 3U}) EXPECT_GRANTED(hold_on(ann, day(4), seat));
  EXPECT_GRANTED(w.ask(bob.caller, JoinWaitlist{c, day(4), {}, 2}));
  EXPECT_GRANTED(change({{day(4), {{"box", 2, Money{3000}}}}}));
  EXPECT_REJECT(Reject::kSeatUnavailable, hold_on(w.join(c, 3), day(4), 4));
  w.tick();
  const WaitlistView view = body_of<WaitlistView>(w.ask(bob.caller, ReadWaitlist{c}));
  ASSERT_EQ(view.offers.size(), 1U);
  EXPECT_EQ(view.offers[0].seats, (SeatList{SeatNumber{4}, SeatNumber{5}}));
  EXPECT_EQ(view.offers[0].amount, Money{6000});
}

TEST_F(ChangedSale, new_price_is_for_holds_made_later) {
  w.charge(1, 9000);
  const HoldView before = body_of<HoldView>(hold_on(ann, day(2), 1));
  EXPECT_GRANTED(change({{.date = day(2), .prices = {{"floor", Money{4000}}}}}));
  w.restart();
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(2), 2)).amount, Money{4000});
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(2), 4)).amount, Money{500}) << "of another section";
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(4), 1)).amount, Money{1000}) << "of another date";
  EXPECT_EQ(body_of<PaymentView>(w.pay(ann, before.hold)).purchase.amount, Money{1000});
  EXPECT_REJECT(Reject::kSectionNotFound,
                change({{.date = day(2), .prices = {{"balcony", Money{1}}}}}));
}

TEST_F(ChangedSale, price_that_is_the_same_is_no_change) {
  const std::uint64_t records = w.records();
  const std::uint64_t version = seats(day(2))->version;
  EXPECT_GRANTED(change({{.date = day(2), .prices = {{"floor", Money{1000}}}}}));
  EXPECT_EQ(w.records(), records);
  EXPECT_EQ(seats(day(2))->version, version);
}

TEST_F(ChangedSale, prices_of_a_plan_are_those_of_its_categories) {
  EXPECT_GRANTED(w.ask(kAdmin, CreatePlan{bytes_of_plan(small_plan())}));
  const std::vector<DateSpec> bare = {{day(5), {}, {}, kStart + seconds(900)}};
  const std::vector<PlannedDate> planned = {{PlanId{1}, {{"R", Money{10}}, {"S", Money{20}}}}};
  EXPECT_REJECT(Reject::kPriceMissing,
                w.ask({}, ExpandDates{bare, {{PlanId{1}, {{"R", Money{10}}}}}}));
  EXPECT_REJECT(Reject::kPlanNotFound, w.ask({}, ExpandDates{bare, {{PlanId{2}, {}}}}));
  EXPECT_GRANTED(add(body_of<ExpandedDates>(w.ask({}, ExpandDates{bare, planned})).dates));
  EXPECT_GRANTED(change({{.date = day(5), .prices = {{"S", Money{30}}}}}));
  w.restart();
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(5), 1)).amount, Money{10});
  EXPECT_EQ(body_of<HoldView>(hold_on(ann, day(5), 5)).amount, Money{30});
  EXPECT_REJECT(Reject::kSectionNotFound,
                change({{.date = day(5), .prices = {{"hall", Money{1}}}}}));
  const Reply no = change({{day(5), {{"box", 2, Money{1}}}}});
  EXPECT_REJECT(Reject::kChangeRefused, no);
}

TEST_F(ChangedSale, postponed_date_keeps_its_holds_payments_and_tickets) {
  w.charge(1, 9000);
  const Fan bob = w.join(c, 2);
  const HoldId held = body_of<HoldView>(hold_on(bob, day(2), 1)).hold;
  const PaymentId paid =
      body_of<PaymentView>(w.pay(ann, body_of<HoldView>(hold_on(ann, day(2), 2)).hold))
          .purchase.payment;
  EXPECT_GRANTED(w.ask(kAdmin, UseTicket{paid, SeatNumber{2}}));
  EXPECT_GRANTED(postpone(day(2), day(6))) << "also after its doors opened";
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(body_of<HoldView>(w.ask(bob.caller, ReadHold{held})).date, day(6));
    const TicketsView tickets =
        body_of<TicketsView>(w.ask(ann.caller, ReadTickets{paid, SeatNumber{2}}));
    EXPECT_EQ(tickets.purchase.date, day(6));
    EXPECT_EQ(tickets.uses.size(), 1U);
    EXPECT_REJECT(Reject::kDateNotFound, hold_on(bob, day(2), 3));
    EXPECT_REJECT(Reject::kSeatUnavailable, hold_on(bob, day(6), 2));
    w.restart();
  }
  const Fan reader = w.join(c, 3);
  EXPECT_EQ(body_of<DatesView>(w.ask(reader.caller, ReadDates{c})).dates.back().date, day(6));
  w.charge(2, 5000);
  EXPECT_EQ(body_of<PaymentView>(w.pay(bob, held)).purchase.date, day(6));
}

TEST_F(ChangedSale, date_goes_off_sale_as_it_begins_also_after_it_is_postponed) {
  EXPECT_GRANTED(postpone(day(2), day(6)));
  EXPECT_EQ(w.concert(c).find_date(day(6))->closes_at, kStart + seconds(2000));
  // One that was to close at a time of its own still does, as long as it does not begin before.
  EXPECT_GRANTED(postpone(day(4), day(7)));
  EXPECT_EQ(w.concert(c).find_date(day(7))->closes_at, kStart + seconds(900));
  EXPECT_GRANTED(change({{.date = day(7), .postponed = postponed(day(1), seconds(700))}}));
  EXPECT_EQ(w.concert(c).find_date(day(1))->closes_at, kStart + seconds(700));
  ChangeConcert both{.concert = c, .closes_at = kStart + seconds(800)};
  both.change_dates = {{.date = day(1), .postponed = postponed(day(3))}};
  EXPECT_GRANTED(w.ask(kAdmin, both));
  EXPECT_EQ(w.concert(c).find_date(day(3))->closes_at, kStart + seconds(800));
}

TEST_F(ChangedSale, date_that_has_begun_is_on_sale_again_once_it_is_postponed) {
  w.pass(seconds(601));
  EXPECT_REJECT(Reject::kDateClosed, hold_on(ann, day(2), 1));
  EXPECT_GRANTED(postpone(day(2), day(6)));
  EXPECT_GRANTED(hold_on(ann, day(6), 1));
  w.restart();
  w.pass(seconds(300));
  EXPECT_EQ(w.concert(c).phase, Phase::kOpen) << "it closes with its last date";
}

TEST_F(ChangedSale, date_is_postponed_to_a_free_key_that_is_to_come) {
  EXPECT_REJECT(Reject::kDateExists, postpone(day(2), day(4)));
  EXPECT_REJECT(Reject::kDateExists, postpone(day(2), day(2)));
  EXPECT_REJECT(Reject::kDatePassed,
                change({{.date = day(2), .postponed = postponed(day(6), Duration{0})}}));
  EXPECT_GRANTED(w.ask(kAdmin, CancelDates{c, day(2)}));
  EXPECT_REJECT(Reject::kDateCancelled, postpone(day(2), day(6)));
  EXPECT_EQ(listed(), (Dates{day(2), day(4)}));
}

TEST_F(ChangedSale, new_date_may_have_the_key_of_one_that_is_postponed_beside_it) {
  ChangeConcert both{.concert = c};
  both.change_dates = {{.date = day(2), .postponed = postponed(day(6))}};
  both.add_dates = {new_date(day(2))};
  EXPECT_GRANTED(hold_on(ann, day(2), 1));
  const std::uint64_t version = seats(day(2))->version;
  EXPECT_GRANTED(w.ask(kAdmin, both));
  EXPECT_EQ(listed(), (Dates{day(2), day(4), day(6)}));
  EXPECT_EQ(seats(day(2))->free, 5U);
  EXPECT_EQ(seats(day(6))->free, 5U);
  EXPECT_GT(seats(day(2))->version, version) << "clients know that version of this key";
  EXPECT_GRANTED(change({{.date = day(2), .postponed = postponed(day(7))}}));
  const std::uint64_t last = seats(day(7))->version;
  EXPECT_GRANTED(change({{.date = day(6), .postponed = postponed(day(2))}}));
  EXPECT_GT(seats(day(2))->version, last);
}

TEST_F(ChangedSale, readers_of_changes_begin_anew) {
  const std::uint64_t version = seats(day(2))->version;
  EXPECT_GRANTED(hold_on(ann, day(2), 1));
  EXPECT_FALSE(is_reset(day(2), version));
  EXPECT_GRANTED(change({{.date = day(2), .prices = {{"floor", Money{4000}}}}}));
  EXPECT_TRUE(is_reset(day(2), version));
  const std::uint64_t priced = seats(day(2))->version;
  EXPECT_GT(priced, version + 1);
  EXPECT_EQ(seats(day(2))->sections[0].price, Money{4000});
  EXPECT_GRANTED(change({{day(2), {{"box", 2, Money{3000}}}}}));
  EXPECT_TRUE(is_reset(day(2), priced));
  const std::uint64_t larger = seats(day(2))->version;
  EXPECT_GRANTED(hold_on(ann, day(2), 7));
  EXPECT_FALSE(is_reset(day(2), larger));
}

TEST_F(ChangedSale, settings_tag_follows_each_change_and_is_that_of_the_view) {
  std::vector<std::uint64_t> tags = {settings_tag(w.concert(c))};
  const auto is_new = [&](const Reply& reply) {
    EXPECT_GRANTED(reply);
    const std::uint64_t tag = settings_tag(w.concert(c));
    EXPECT_EQ(tag, settings_tag(body_of<ConcertView>(w.ask({}, ReadConcert{c}))));
    const bool found = std::ranges::find(tags, tag) != tags.end();
    tags.push_back(tag);
    return !found;
  };
  EXPECT_TRUE(is_new(add({new_date(day(1))})));
  EXPECT_TRUE(is_new(change({{day(2), {{"box", 2, Money{3000}}}}})));
  EXPECT_TRUE(is_new(change({{.date = day(2), .prices = {{"box", Money{1}}}}})));
  EXPECT_TRUE(is_new(postpone(day(4), day(6))));
  ChangeConcert stale{.concert = c, .add_dates = {new_date(day(4))}, .expected = {{tags[0]}}};
  EXPECT_REJECT(Reject::kPreconditionFailed, w.ask(kAdmin, stale));
  stale.expected = {{tags.back()}};
  EXPECT_TRUE(is_new(w.ask(kAdmin, stale)));
}

TEST_F(ChangedSale, change_of_dates_and_settings_is_made_whole_or_not_at_all) {
  ChangeConcert both{.concert = c, .title = "Matinee", .seats_per_user = 2};
  both.add_dates = {new_date(day(1))};
  both.change_dates = {{.date = day(2), .prices = {{"balcony", Money{1}}}}};
  EXPECT_REJECT(Reject::kSectionNotFound, w.ask(kAdmin, both));
  EXPECT_NE(w.concert(c).title, "Matinee");
  EXPECT_EQ(listed().size(), 2U);
  both.change_dates[0].prices[0].category = "ring";
  EXPECT_GRANTED(w.ask(kAdmin, both));
  EXPECT_EQ(w.concert(c).title, "Matinee");
  EXPECT_EQ(w.concert(c).rules.seats_per_user, 2U);
  EXPECT_EQ(listed().size(), 3U);
  const AuditView audit = body_of<AuditView>(w.ask(kAdmin, ReadAudit{slot_of_concert(c), {}, 9}));
  EXPECT_EQ(audit.acts.back().act.note,
            "maxSeatsPerUser=2 addDates=1 changeDates=1 prices=1 title=Matinee");
  EXPECT_EQ(audit.acts.back().act.date, day(2));
}

// The terms of a creation are not hashed, as they never changed once. Changed ones are.
TEST_F(ChangedSale, state_hash_has_what_changed) {
  std::vector<StateHash> hashes;
  for (const std::int64_t price : {1, 2}) {
    World other;
    const ConcertId id = other.create(two_dates());
    ChangeConcert asked{.concert = id};
    asked.change_dates = {{.date = day(2), .prices = {{"ring", Money{price}}}}};
    EXPECT_GRANTED(other.ask(kAdmin, asked));
    hashes.push_back(other.concert(id).hash);
  }
  EXPECT_NE(hashes[0], hashes[1]);
}

}  // namespace
}  // namespace frontrow
