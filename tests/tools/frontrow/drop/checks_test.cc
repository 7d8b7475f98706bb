// Checks during a sale (Watch) and against the server's figures afterwards (BooksCheck).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tools/frontrow/drop/books.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::drop {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WatchTest : public testing::Test {
 protected:
  Violations violations;
  Watch watch{violations};
};

TEST_F(WatchTest, a_later_join_with_a_lower_number_is_told) {
  const Watch::Known early = watch.known();
  watch.on_number(5, true, early);
  watch.on_number(3, true, early);  // was sent before 5 was answered: no order is implied
  EXPECT_THAT(violations.kept(), IsEmpty());
  const Watch::Known late = watch.known();
  watch.on_number(4, false, late);  // an old place, reported again
  watch.on_number(6, true, late);
  EXPECT_THAT(violations.kept(), IsEmpty());
  watch.on_number(5, true, late);
  EXPECT_THAT(violations.kept(), ElementsAre(HasSubstr("after number 5 got number 5")));
}

TEST_F(WatchTest, who_waits_behind_somebody_who_is_in_was_overtaken) {
  const Watch::Known early = watch.known();
  watch.on_active(10);
  watch.on_waiting(9, early);  // may have been decided before 10 was admitted
  watch.on_waiting(11, watch.known());
  EXPECT_THAT(violations.kept(), IsEmpty());
  watch.on_waiting(9, watch.known());
  EXPECT_THAT(violations.kept(), ElementsAre(HasSubstr("number 9 waits although number 10 is in")));
}

TEST_F(WatchTest, cap_counts_those_who_are_surely_in_together) {
  watch.on_visit(100, 200);
  watch.on_visit(150, 300);
  watch.on_visit(200, 250);  // begins as the first ends
  watch.on_visit(400, 400);  // has no length
  EXPECT_EQ(watch.most_inside(), 2U);
  watch.check_cap(2);
  EXPECT_EQ(violations.count(), 0U);
  watch.on_visit(10, 1'000'000);
  watch.check_cap(2);
  EXPECT_THAT(violations.kept(), ElementsAre(HasSubstr("3 fans were in the shop at once")));
}

TEST(Violations, keeps_the_first_and_counts_all) {
  Violations violations;
  for (int i = 0; i < 100; ++i) violations.add(std::to_string(i));
  EXPECT_EQ(violations.count(), 100U);
  EXPECT_EQ(violations.kept().size(), Violations::kKept);
  EXPECT_EQ(violations.kept().front(), "0");
}

// Three fans, two of whom bought, and server figures that agree with them.
struct Story {
  Date date = *parse_date("2027-05-01");
  SaleView before;
  SaleView after;
  std::vector<ToldFan> told;
  std::vector<BookedFan> booked;
  bool exclusive = true;

  Story() {
    before.dates = {{.date = date, .seats = 10, .free = 10}};
    before.revenue = 1'000;  // of earlier sales
    before.payments = 1;
    after = before;
    after.dates[0].sold = 2;
    after.revenue = 1'900;
    after.payments = 3;
    told = {{.fan = 0,
             .user = "u0",
             .payment = 71,
             .amount = 500,
             .date = date,
             .seats = {3},
             .balance = 20},
            {.fan = 1, .user = "u1", .payment = 72, .amount = 400, .date = date, .seats = {4}},
            {.fan = 2, .user = "u2", .date = date, .seats = {4}, .balance = 500}};
    booked = {{.payments = {{71, 500, date, {3}}}, .balance = 20},
              {.payments = {{72, 400, date, {4}}}, .balance = 0},
              {.payments = {}, .balance = 500}};
  }

  std::vector<std::string> violations() {
    Violations found;
    BooksCheck check(before, found);
    for (std::size_t i = 0; i < told.size(); ++i) check.check(told[i], booked[i]);
    report = check.finish(after, exclusive);
    return found.kept();
  }
  BooksReport report;
};

TEST(BooksCheck, books_that_agree) {
  Story story;
  EXPECT_THAT(story.violations(), IsEmpty());
  EXPECT_EQ(story.report.fans, 3U);
  EXPECT_EQ(story.report.payments, 2U);
  EXPECT_EQ(story.report.revenue, 900);
  EXPECT_EQ(story.report.unsure, 0U);
}

TEST(BooksCheck, every_disagreement_is_named) {
  struct Case {
    const char* named;
    std::function<void(Story&)> change;
  };
  const Case cases[] = {
      {"seat 3 of 2027-05-01 was sold twice",
       [](Story& s) { s.booked[1].payments[0].seats = {3}; }},
      {"seat 11 of 2027-05-01 does not exist",
       [](Story& s) { s.booked[1].payments[0].seats = {11}; }},
      {"which is no date of the sale", [](Story& s) { s.booked[0].payments[0].date.days += 1; }},
      {"payment 71 of fan 0 (u0) was acknowledged, the books have none",
       [](Story& s) { s.booked[0].payments.clear(); }},
      {"payment 71 of fan 0 (u0) was acknowledged, the books have another one",
       [](Story& s) { s.booked[0].payments[0].payment = 99; }},
      {"fan 0 (u0) paid 2 times",
       [](Story& s) { s.booked[0].payments.push_back({99, 1, s.date, {9}}); }},
      {"is not what was acknowledged", [](Story& s) { s.booked[0].payments[0].amount = 501; }},
      {"is not what was acknowledged", [](Story& s) { s.booked[0].payments[0].seats = {7}; }},
      {"payment 99 of fan 2 (u2) was never acknowledged",
       [](Story& s) { s.booked[2].payments = {{99, 1, s.date, {9}}}; }},
      {"money: fan 2 (u2) should have 500 in the wallet, the books say 499",
       [](Story& s) { s.booked[2].balance = 499; }},
      {"revenue: the fans' payments are 900, not the revenue of 901",
       [](Story& s) { s.after.revenue = 1'901; }},
      {"revenue: the fans made 2 payments, not the 3 of the sale",
       [](Story& s) { s.after.payments = 4; }},
      {"seats: the fans have 2 seats of 2027-05-01, not the 3 that are sold",
       [](Story& s) { s.after.dates[0].sold = 3; }},
  };
  for (const Case& c : cases) {
    Story story;
    c.change(story);
    EXPECT_THAT(story.violations(), testing::Contains(HasSubstr(c.named)));
  }
}

TEST(BooksCheck, all_seats_of_a_hold_by_quantity_are_compared) {
  Story story;
  story.told[0].seats = {3, 8};
  EXPECT_THAT(story.violations(), testing::Contains(HasSubstr("seats 3, 8 of 2027-05-01")));
  story.booked[0].payments[0].seats = {3, 8};
  story.after.dates[0].sold = 3;
  EXPECT_THAT(story.violations(), IsEmpty());
}

TEST(BooksCheck, a_payment_whose_outcome_nobody_told_may_be_there_or_not) {
  Story story;
  story.told[1].payment = 0;
  story.told[1].unsure = true;
  EXPECT_THAT(story.violations(), IsEmpty());
  EXPECT_EQ(story.report.unsure, 1U);
  story.told[2].unsure = true;
  EXPECT_THAT(story.violations(), IsEmpty());
}

TEST(BooksCheck, others_may_buy_too_in_a_sale_that_is_not_ours) {
  Story story;
  story.exclusive = false;
  story.after.revenue = 5'000;
  story.after.payments = 9;
  story.after.dates[0].sold = 8;
  EXPECT_THAT(story.violations(), IsEmpty());
  story.after.revenue = 1'899;
  EXPECT_THAT(story.violations(), ElementsAre(HasSubstr("more than the revenue of 899")));
}

}  // namespace
}  // namespace frontrow::drop
