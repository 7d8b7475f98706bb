#include "tools/frontrow/workload/fan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "engine/base/uuid.h"
#include "tools/frontrow/workload/draws.h"
#include "tools/frontrow/workload/waiting.h"

namespace frontrow::drop {
namespace {

constexpr SaleFacts kFacts{.seed = 1, .hold_ms = 30'000, .offer_ms = 40'000};

Answer answer(Ask ask, int status, Problem problem = Problem::kNone) {
  return {.ask = ask, .status = status, .problem = problem};
}
Answer entry(Ask ask, Place place, std::uint32_t poll_after_ms = 0) {
  Answer a = answer(ask, 200);
  a.place = place;
  a.number = 7;
  a.poll_after_ms = poll_after_ms;
  return a;
}
Answer found(Ask ask) {
  Answer a = answer(ask, 200);
  a.found = true;
  return a;
}
Answer made(Ask ask, std::uint64_t id) {
  Answer a = answer(ask, 201);
  a.id = id;
  return a;
}
Fan fan_at(Ask ask, std::uint8_t traits = 0) {
  Fan fan;
  fan.ask = ask;
  fan.traits = traits;
  fan.admitted = ask > Ask::kPoll;
  return fan;
}
Fan after(Fan fan, const Answer& a, Move* move = nullptr, const SaleFacts& facts = kFacts) {
  const Move m = step(fan, 0, a, facts);
  if (move != nullptr) *move = m;
  fan.finished = m.done;
  return fan;
}

TEST(Fan, buys_step_by_step) {
  Fan fan;
  EXPECT_EQ(fan.ask, Ask::kJoin);
  Move move;
  fan = after(fan, entry(Ask::kJoin, Place::kWaiting, 1234), &move);
  EXPECT_EQ(fan.ask, Ask::kPoll);
  EXPECT_EQ(move.after_ms, 1234U);
  fan = after(fan, entry(Ask::kPoll, Place::kWaiting, 99), &move);
  EXPECT_EQ(fan.ask, Ask::kPoll);
  EXPECT_EQ(move.after_ms, 99U);
  EXPECT_FALSE(fan.admitted);
  fan = after(fan, entry(Ask::kPoll, Place::kActive));
  EXPECT_EQ(fan.ask, Ask::kDates);
  EXPECT_TRUE(fan.admitted);
  Answer dates = found(Ask::kDates);
  dates.date = 3;
  fan = after(fan, dates);
  EXPECT_EQ(fan.ask, Ask::kSeats);
  EXPECT_EQ(fan.date, 3);
  fan = after(fan, found(Ask::kSeats));
  EXPECT_EQ(fan.ask, Ask::kHold);
  fan = after(fan, made(Ask::kHold, 1));
  EXPECT_EQ(fan.ask, Ask::kCharge);
  fan = after(fan, made(Ask::kCharge, 2));
  EXPECT_EQ(fan.ask, Ask::kPay);
  fan = after(fan, made(Ask::kPay, 3));
  EXPECT_TRUE(fan.finished);
  EXPECT_EQ(fan.outcome, Outcome::kBought);
}

TEST(Fan, every_answer_leads_on) {
  struct Case {
    const char* name;
    Fan fan;
    Answer answer;
    bool done;
    Ask ask;
    Outcome outcome;
  };
  const Case cases[] = {
      {"admitted at once", fan_at(Ask::kJoin), entry(Ask::kJoin, Place::kActive), false,
       Ask::kDates, Outcome::kNone},
      {"place is over", fan_at(Ask::kPoll), entry(Ask::kPoll, Place::kOver), true, Ask::kPoll,
       Outcome::kTooSlow},
      {"no date left", fan_at(Ask::kDates), answer(Ask::kDates, 200), false, Ask::kLeave,
       Outcome::kSoldOut},
      {"no seat of this date left", fan_at(Ask::kSeats), answer(Ask::kSeats, 200), false,
       Ask::kDates, Outcome::kNone},
      {"somebody was faster", fan_at(Ask::kHold),
       answer(Ask::kHold, 409, Problem::kSeatUnavailable), false, Ask::kSeats, Outcome::kNone},
      {"the sale closed", fan_at(Ask::kHold), answer(Ask::kHold, 409, Problem::kSaleClosed), true,
       Ask::kHold, Outcome::kClosed},
      {"the hold ended too soon", fan_at(Ask::kPay), answer(Ask::kPay, 410, Problem::kHoldExpired),
       false, Ask::kLeave, Outcome::kTooSlow},
      {"the session ended too soon", fan_at(Ask::kSeats),
       answer(Ask::kSeats, 401, Problem::kTokenExpired), true, Ask::kSeats, Outcome::kTooSlow},
      {"a payment runs", fan_at(Ask::kPay), answer(Ask::kPay, 409, Problem::kPaymentInProgress),
       false, Ask::kPay, Outcome::kNone},
      {"not what should come", fan_at(Ask::kHold), answer(Ask::kHold, 422, Problem::kOther), true,
       Ask::kHold, Outcome::kRefused},
      {"the hold is unknown", fan_at(Ask::kPay), answer(Ask::kPay, 404, Problem::kHoldNotFound),
       true, Ask::kPay, Outcome::kRefused},
      {"lets it expire", fan_at(Ask::kPay, kLetsExpire),
       answer(Ask::kPay, 410, Problem::kHoldExpired), false, Ask::kLeave, Outcome::kLapsed},
      {"lets it expire with the session", fan_at(Ask::kPay, kLetsExpire),
       answer(Ask::kPay, 401, Problem::kTokenExpired), true, Ask::kPay, Outcome::kLapsed},
      {"a broken server", fan_at(Ask::kSeats), answer(Ask::kSeats, 500), false, Ask::kSeats,
       Outcome::kNone},
  };
  for (const Case& c : cases) {
    const Fan fan = after(c.fan, c.answer);
    EXPECT_EQ(fan.finished, c.done) << c.name;
    EXPECT_EQ(fan.ask, c.ask) << c.name;
    EXPECT_EQ(fan.outcome, c.outcome) << c.name;
  }
}

TEST(Fan, leaving_ends_with_what_was_decided) {
  Fan fan = after(fan_at(Ask::kDates), answer(Ask::kDates, 200));
  EXPECT_EQ(after(fan, answer(Ask::kLeave, 204)).outcome, Outcome::kSoldOut);
  EXPECT_EQ(after(fan, answer(Ask::kLeave, 401, Problem::kTokenExpired)).outcome,
            Outcome::kSoldOut);
  EXPECT_EQ(after(fan, answer(Ask::kLeave, 404, Problem::kOther)).outcome, Outcome::kRefused);
}

TEST(Fan, told_to_wait_asks_the_same_after_that_time) {
  for (const int status : {429, 503}) {
    Answer told = answer(Ask::kPay, status, Problem::kOther);
    told.retry_after_ms = 4'000;
    Move move;
    const Fan fan = after(fan_at(Ask::kPay), told, &move);
    EXPECT_FALSE(fan.finished);
    EXPECT_EQ(fan.ask, Ask::kPay);
    EXPECT_GE(move.after_ms, 4'000U);
    EXPECT_LT(move.after_ms, 4'300U);
    EXPECT_EQ(fan.failures, 0);
  }
}

TEST(Fan, without_an_answer_asks_again_ever_later_and_gives_up) {
  Fan fan = fan_at(Ask::kPay);
  Answer lost{.ask = Ask::kPay, .fault = Fault::kReset};
  Move move;
  std::uint32_t first = 0;
  int asked = 0;
  while (!fan.finished && asked < 100) {
    fan = after(fan, lost, &move);
    if (++asked == 1) first = move.after_ms;
    EXPECT_EQ(fan.ask, Ask::kPay);
    EXPECT_LE(move.after_ms, 10'000U);
  }
  EXPECT_GE(first, 100U);
  EXPECT_EQ(asked, 21);
  EXPECT_EQ(fan.outcome, Outcome::kGaveUp);
}

TEST(Fan, cut_off_once_for_each_post) {
  Fan fan = fan_at(Ask::kHold, kCutsOff);
  EXPECT_TRUE(is_cut(fan, Ask::kHold));
  EXPECT_FALSE(is_cut(fan, Ask::kSeats));
  fan = after(fan, {.ask = Ask::kHold, .fault = Fault::kCut});
  EXPECT_EQ(fan.ask, Ask::kHold);
  EXPECT_FALSE(is_cut(fan, Ask::kHold));
  EXPECT_EQ(fan.failures, 0);
  fan = after(fan, made(Ask::kHold, 1));
  EXPECT_TRUE(is_cut(fan, Ask::kCharge));
}

TEST(Fan, word_of_the_sell_out_makes_the_line_leave) {
  SaleFacts sold_out = kFacts;
  sold_out.sold_out = true;
  const Fan waits =
      after(fan_at(Ask::kPoll), entry(Ask::kPoll, Place::kWaiting), nullptr, sold_out);
  EXPECT_EQ(waits.ask, Ask::kLeave);
  EXPECT_EQ(waits.outcome, Outcome::kSoldOut);
  const Fan inside =
      after(fan_at(Ask::kPoll), entry(Ask::kPoll, Place::kActive), nullptr, sold_out);
  EXPECT_EQ(inside.ask, Ask::kDates);
}

TEST(Fan, lets_the_hold_expire_only_when_it_surely_has) {
  Move move;
  const Fan fan = after(fan_at(Ask::kHold, kLetsExpire), made(Ask::kHold, 1), &move);
  EXPECT_EQ(fan.ask, Ask::kPay);
  EXPECT_GT(move.after_ms, kFacts.hold_ms);
}

TEST(Fan, gives_up_when_others_are_always_faster) {
  Fan fan = fan_at(Ask::kSeats);
  int holds = 0;
  while (fan.ask != Ask::kLeave && holds < 1'000) {
    fan = after(fan, fan.ask == Ask::kSeats ? found(Ask::kSeats)
                                            : answer(Ask::kHold, 409, Problem::kSeatUnavailable));
    if (fan.ask == Ask::kHold) ++holds;
  }
  EXPECT_EQ(fan.outcome, Outcome::kNoSeat);
  EXPECT_EQ(holds, 40);
}

// Over many fans who abandon: all four ways are taken, and no such fan buys.
TEST(Fan, those_who_abandon_go_away_somewhere) {
  std::set<std::string> ways;
  for (std::uint32_t index = 0; index < 200; ++index) {
    Fan fan = fan_at(Ask::kJoin, kAbandons);
    std::string way;
    for (int i = 0; i < 30 && !fan.finished; ++i) {
      Answer a = made(fan.ask, 1);
      a.found = true;
      a.place = i < 10 ? Place::kWaiting : Place::kActive;
      way = name_of(fan.ask);
      const Move move = step(fan, index, a, kFacts);
      fan.finished = move.done;
    }
    ASSERT_TRUE(fan.finished);
    EXPECT_EQ(fan.outcome, Outcome::kLeft);
    ways.insert(way + (fan.admitted ? " in the shop" : " in the line"));
  }
  EXPECT_EQ(ways,
            (std::set<std::string>{"poll in the line", "join in the line", "leave in the line",
                                   "seats in the shop", "leave in the shop"}));
}

Answer on_waitlist(std::uint32_t position, std::uint64_t offered = 0) {
  Answer a = entry(Ask::kPoll, offered == 0 ? Place::kOver : Place::kActive, 5'000);
  a.waitlist_position = position;
  a.offered = offered;
  return a;
}
Fan waiting_fan(std::uint8_t traits = kWaits) {
  Fan fan = after(fan_at(Ask::kWait, traits), answer(Ask::kWait, 201));
  return after(fan, answer(Ask::kLeave, 204));
}

TEST(Fan, waits_outside_and_pays_what_is_offered) {
  Fan fan = after(fan_at(Ask::kDates, kWaits), answer(Ask::kDates, 200));
  EXPECT_EQ(fan.ask, Ask::kWait);
  fan = after(fan, answer(Ask::kWait, 201));
  EXPECT_EQ(fan.ask, Ask::kLeave) << "the place in the shop is for the next fan";
  EXPECT_TRUE(fan.waits);
  EXPECT_FALSE(fan.admitted);
  EXPECT_EQ(after(fan, answer(Ask::kLeave, 401, Problem::kTokenExpired)).ask, Ask::kPoll);
  fan = after(fan, answer(Ask::kLeave, 204));
  Move move;
  fan = after(fan, on_waitlist(3), &move);
  EXPECT_EQ(fan.ask, Ask::kPoll);
  EXPECT_EQ(move.after_ms, 5'000U);
  fan = after(fan, on_waitlist(0, 77));
  EXPECT_EQ(fan.ask, Ask::kOffer);
  EXPECT_TRUE(fan.offered);
  EXPECT_FALSE(fan.waits);
  fan = after(fan, made(Ask::kOffer, 77));
  EXPECT_EQ(fan.ask, Ask::kCharge);
  fan = after(after(fan, made(Ask::kCharge, 1)), made(Ask::kPay, 2));
  EXPECT_EQ(fan.outcome, Outcome::kBought);
}

TEST(Fan, joins_the_waitlist_where_there_are_too_few_seats) {
  const Answer none = answer(Ask::kHold, 409, Problem::kNotAvailable);
  EXPECT_EQ(after(fan_at(Ask::kHold, kByQuantity | kWaits), none).ask, Ask::kWait);
  EXPECT_EQ(after(fan_at(Ask::kHold, kByQuantity), none).ask, Ask::kDates);
  const Answer taken = answer(Ask::kHold, 409, Problem::kSeatUnavailable);
  Fan faster = fan_at(Ask::kHold, kWaits);
  EXPECT_EQ(after(faster, taken).ask, Ask::kSeats);
  faster.turns = 5;
  EXPECT_EQ(after(faster, taken).ask, Ask::kWait);
  const Fan wait = fan_at(Ask::kWait, kWaits);
  EXPECT_EQ(after(wait, answer(Ask::kWait, 409, Problem::kNotSoldOut)).ask, Ask::kDates);
  const Fan full = after(wait, answer(Ask::kWait, 409, Problem::kWaitlistFull));
  EXPECT_EQ(full.ask, Ask::kLeave);
  EXPECT_EQ(full.outcome, Outcome::kSoldOut);
}

TEST(Fan, leaves_the_waitlist_when_nothing_can_come_back) {
  SaleFacts over = kFacts;
  over.leaves_from = 1;
  const Fan leaves = after(waiting_fan(), on_waitlist(3), nullptr, over);
  EXPECT_EQ(leaves.ask, Ask::kUnwait);
  EXPECT_EQ(after(leaves, answer(Ask::kUnwait, 204)).outcome, Outcome::kSoldOut);
  EXPECT_EQ(after(waiting_fan(), on_waitlist(0, 5), nullptr, over).ask, Ask::kOffer);
  over.leaves_from = 2;
  EXPECT_EQ(after(waiting_fan(), on_waitlist(3), nullptr, over).ask, Ask::kPoll);
  EXPECT_EQ(after(waiting_fan(), on_waitlist(0)).outcome, Outcome::kTooSlow);
  over.leaves_from = 1;
  const Fan late = after(fan_at(Ask::kDates, kWaits), answer(Ask::kDates, 200), nullptr, over);
  EXPECT_EQ(late.ask, Ask::kLeave);
}

TEST(Fan, lets_an_offer_expire_only_when_it_surely_has) {
  Fan fan = after(waiting_fan(kWaits | kLetsExpire), on_waitlist(0, 5));
  Move move;
  fan = after(fan, made(Ask::kOffer, 5), &move);
  EXPECT_EQ(fan.ask, Ask::kPay);
  EXPECT_GT(move.after_ms, kFacts.offer_ms);
  EXPECT_EQ(after(fan, answer(Ask::kPay, 401, Problem::kTokenExpired)).outcome, Outcome::kLapsed);
}

TEST(Fan, wishes_one_seat_fewer_each_time) {
  SaleFacts facts = kFacts;
  facts.has_standing = true;
  std::set<std::string> sections;
  std::set<std::uint32_t> quantities;
  for (std::uint32_t index = 0; index < 100; ++index) {
    Fan fan = fan_at(Ask::kHold, kByQuantity);
    const Wish first = wish_of(fan, index, facts);
    sections.emplace(first.section);
    quantities.insert(first.quantity);
    fan.turns = 1;
    const Wish second = wish_of(fan, index, facts);
    EXPECT_EQ(second.quantity, std::max(first.quantity, 2U) - 1);
    if (first.quantity > 1) {
      EXPECT_EQ(second.section, first.section);
    }
    fan.turns = kQuantityMax;
    EXPECT_EQ(wish_of(fan, index, facts).section, "");
  }
  EXPECT_EQ(sections, (std::set<std::string>{"", "all", "standing"}));
  EXPECT_EQ(quantities, (std::set<std::uint32_t>{1, 2, 3, 4}));
  EXPECT_EQ(wish_of(fan_at(Ask::kWait, kWaits), 3, facts).quantity, 1U);
}

// Fans who wait for the most seats leave first, so that the others can have the free seats.
TEST(WaitingFans, are_counted_and_sent_away_by_quantity) {
  WaitingFans waiting;
  Fan outside;
  Fan waits;
  waits.waits = 1;
  for (const std::uint32_t quantity : {1U, 3U, 1U})
    waiting.on_step(outside, waits, quantity, false);
  EXPECT_EQ(waiting.now(), 3U);
  EXPECT_TRUE(waiting.are(3));
  EXPECT_FALSE(waiting.are(4));
  SaleFacts facts;
  waiting.send_away(facts);
  EXPECT_EQ(facts.leaves_from, 3U);
  waiting.on_step(waits, outside, 3, false);
  waiting.send_away(facts);
  EXPECT_EQ(facts.leaves_from, 1U);
  Fan offered;
  offered.offered = 1;
  waiting.on_step(waits, offered, 1, false);
  waiting.on_step(waits, offered, 1, false);
  EXPECT_FALSE(waiting.are(0));
  EXPECT_EQ(waiting.with_offer(), 2U);
  Fan bought = offered;
  bought.outcome = Outcome::kBought;
  waiting.on_step(offered, bought, 1, true);
  Fan lapsed = offered;
  lapsed.outcome = Outcome::kLapsed;
  waiting.on_step(offered, lapsed, 1, true);
  EXPECT_EQ(waiting.figures().joined, 3U);
  EXPECT_EQ(waiting.figures().offers, 2U);
  EXPECT_EQ(waiting.figures().paid, 1U);
  EXPECT_EQ(waiting.figures().lapsed, 1U);
}

TEST(Fan, traits_have_their_shares_and_repeat) {
  const Shares shares{.abandon = 10, .retry = 0, .double_click = 50, .two_tabs = 100, .expire = 1};
  int abandon = 0;
  int clicks = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::uint8_t traits = draw_traits(5, i, shares);
    EXPECT_EQ(traits, draw_traits(5, i, shares));
    EXPECT_FALSE(traits & kCutsOff);
    EXPECT_TRUE(traits & kTwoTabs);
    abandon += (traits & kAbandons) != 0;
    clicks += (traits & kDoubleClicks) != 0;
  }
  EXPECT_NEAR(abandon, 2'000, 150);
  EXPECT_NEAR(clicks, 10'000, 300);
}

TEST(Fan, copies_by_trait) {
  EXPECT_EQ(copies_of(fan_at(Ask::kPay), Ask::kPay), 1);
  const Fan clicks = fan_at(Ask::kPay, kDoubleClicks);
  EXPECT_EQ(copies_of(clicks, Ask::kPay), 2);
  EXPECT_EQ(copies_of(clicks, Ask::kCharge), 2);
  EXPECT_EQ(copies_of(clicks, Ask::kJoin), 1);
  EXPECT_EQ(copies_of(clicks, Ask::kSeats), 1);
  EXPECT_TRUE(copies_share_key(clicks));
  const Fan tabs = fan_at(Ask::kPay, kTwoTabs | kDoubleClicks);
  EXPECT_EQ(copies_of(tabs, Ask::kJoin), 2);
  EXPECT_EQ(copies_of(tabs, Ask::kPay), 2);
  EXPECT_EQ(copies_of(tabs, Ask::kCharge), 1);
  EXPECT_FALSE(copies_share_key(tabs));
  EXPECT_EQ(copies_of(tabs, Ask::kHold), 2);
  EXPECT_EQ(copies_of(fan_at(Ask::kHold, kTwoTabs | kByQuantity), Ask::kHold), 1);
}

TEST(Fan, copies_that_disagree_are_told) {
  Fan fan = fan_at(Ask::kPay, kDoubleClicks);
  Buyer buyer;
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kPay, 5)), nullptr);
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kPay, 5)), nullptr);
  EXPECT_STREQ(absorb(fan, &buyer, made(Ask::kPay, 6)), "one hold was paid twice");
  Answer dear = made(Ask::kPay, 6);
  dear.amount = 1;
  EXPECT_STREQ(absorb(fan, &buyer, dear), "paid another amount than the hold's");
  fan = fan_at(Ask::kCharge);
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kCharge, 8)), nullptr);
  EXPECT_STREQ(absorb(fan, &buyer, made(Ask::kCharge, 9)), "one charge was made twice");
  fan = fan_at(Ask::kHold);
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kHold, 1)), nullptr);
  EXPECT_EQ(absorb(fan, &buyer, answer(Ask::kHold, 409, Problem::kSeatUnavailable)), nullptr);
  EXPECT_STREQ(absorb(fan, &buyer, made(Ask::kHold, 2)), "two holds for one seat of one fan");
  fan = fan_at(Ask::kJoin);
  Answer joined = entry(Ask::kJoin, Place::kWaiting);
  EXPECT_EQ(absorb(fan, nullptr, joined), nullptr);
  joined.number = 8;
  EXPECT_STREQ(absorb(fan, nullptr, joined), "one user got two places in the line");
}

// The second of two tabs may hold the seat again once the first one's hold is over; one key never
// may.
TEST(Fan, a_tab_may_hold_again_what_the_other_lost) {
  Buyer buyer;
  Fan tabs = fan_at(Ask::kHold, kTwoTabs);
  EXPECT_EQ(absorb(tabs, &buyer, made(Ask::kHold, 1)), nullptr);
  EXPECT_EQ(absorb(tabs, &buyer, made(Ask::kHold, 2), true), nullptr);
  EXPECT_EQ(buyer.hold, 2U);
  EXPECT_NE(absorb(tabs, &buyer, made(Ask::kHold, 3), false), nullptr);
  Answer joined = entry(Ask::kJoin, Place::kWaiting);
  Fan joins = fan_at(Ask::kJoin, kTwoTabs);
  EXPECT_EQ(absorb(joins, nullptr, joined), nullptr);
  joined.number = 8;
  EXPECT_EQ(absorb(joins, nullptr, joined, true), nullptr);
  EXPECT_EQ(joins.number, 8U);
  Fan clicks = fan_at(Ask::kHold, kDoubleClicks);
  EXPECT_EQ(absorb(clicks, &buyer, made(Ask::kHold, 1)), nullptr);
  EXPECT_NE(absorb(clicks, &buyer, made(Ask::kHold, 2), true), nullptr);
}

// A hold of the next seat is another hold, and not a disagreement.
TEST(Fan, a_second_seat_after_a_conflict_is_no_second_hold) {
  Fan fan = fan_at(Ask::kHold);
  Buyer buyer;
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kHold, 1)), nullptr);
  fan = after(fan, made(Ask::kHold, 1));
  fan.ask = Ask::kHold;
  EXPECT_EQ(absorb(fan, &buyer, made(Ask::kHold, 2)), nullptr);
  EXPECT_EQ(buyer.hold, 2U);
}

TEST(Draws, users_are_uuids_of_their_own) {
  std::set<std::string> users;
  for (std::uint32_t fan = 0; fan < 10'000; ++fan) {
    const std::string text = to_string(user_of(1, fan));
    EXPECT_TRUE(parse_uuid(text).has_value());
    EXPECT_EQ(text[14], '8');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    users.insert(text);
  }
  EXPECT_EQ(users.size(), 10'000U);
  EXPECT_EQ(user_of(1, 5), user_of(1, 5));
  EXPECT_NE(user_of(1, 5), user_of(2, 5));
}

// Over many fans the mean is the requested one, and the extremes show the spread.
TEST(Fan, thinks_as_long_as_it_was_said) {
  struct Case {
    Spread spread;
    std::uint32_t least, most, at_least_once;
  };
  for (const Case& c :
       {Case{Spread::kFixed, 1'000, 1'000, 1'000}, Case{Spread::kUniform, 0, 2'000, 1'950},
        Case{Spread::kExponential, 0, 20'000, 6'000}}) {
    SaleFacts facts = kFacts;
    facts.think = {c.spread, 1'000};
    facts.pay = {Spread::kFixed, 7'000};
    std::uint64_t sum = 0;
    std::uint32_t least = UINT32_MAX;
    std::uint32_t most = 0;
    constexpr std::uint32_t kFans = 20'000;
    for (std::uint32_t i = 0; i < kFans; ++i) {
      Fan fan;
      fan.ask = Ask::kPoll;
      Answer active = answer(Ask::kPoll, 200);
      active.place = Place::kActive;
      const Move move = step(fan, i, active, facts);
      EXPECT_EQ(fan.ask, Ask::kDates);
      sum += move.after_ms;
      least = std::min(least, move.after_ms);
      most = std::max(most, move.after_ms);
    }
    EXPECT_NEAR(static_cast<double>(sum) / kFans, 1'000, 25);
    EXPECT_GE(least, c.least);
    EXPECT_LE(most, c.most);
    EXPECT_GE(most, c.at_least_once);
    Fan fan;
    fan.ask = Ask::kHold;
    EXPECT_EQ(step(fan, 1, answer(Ask::kHold, 201), facts).after_ms, 7'000U);  // until the charge
    fan.ask = Ask::kHold;  // rejected: back to choosing
    const Answer taken = answer(Ask::kHold, 409, Problem::kSeatUnavailable);
    EXPECT_LE(step(fan, 1, taken, facts).after_ms, c.most);
    EXPECT_NE(fan.ask, Ask::kCharge);
  }
}

}  // namespace
}  // namespace frontrow::drop
