// Seating plans: registration, and the dates that take their sections from one.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Plans : ::testing::Test {
  PlanId register_plan(const Plan& plan) {
    const Reply reply = w.ask(kAdmin, CreatePlan{bytes_of_plan(plan)});
    EXPECT_GRANTED(reply);
    return body_of<PlanCreated>(reply).plan;
  }
  // The first date of a small concert, from the plan.
  Reply create(PlanId plan, std::vector<CategoryPrice> prices) {
    ConcertSpec spec = small_concert();
    spec.dates[0].sections.clear();
    spec.rules.seats_per_user = 9;
    return w.ask(kAdmin, CreateConcert{spec, {{plan, std::move(prices)}}});
  }
  Reply hold(const Fan& fan, std::string section, std::string category, std::uint32_t quantity) {
    return w.ask(fan.caller, PlaceHold{.concert = fan.concert,
                                       .date = first_date(),
                                       .seats = {},
                                       .section = std::move(section),
                                       .quantity = quantity,
                                       .category = std::move(category)});
  }
  std::vector<std::uint32_t> given(const Reply& reply) {
    std::vector<std::uint32_t> numbers;
    for (const SeatNumber seat : body_of<HoldView>(reply).seats) numbers.push_back(seat.value);
    return numbers;
  }

  World w;
};

using Numbers = std::vector<std::uint32_t>;

TEST_F(Plans, plan_is_read_back_as_it_was_registered) {
  const PlanId first = register_plan(small_plan());
  Plan other = small_plan();
  other.name = "The Barn";
  const PlanId second = register_plan(other);
  EXPECT_EQ(first, PlanId{1});
  EXPECT_EQ(second, PlanId{2});
  EXPECT_EQ(*body_of<PlanView>(w.ask(kAdmin, ReadPlan{second})).document, bytes_of_plan(other));
  const auto plans = body_of<PlansView>(w.ask(kAdmin, ListPlans{})).plans;
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[1].name, "The Barn");
  EXPECT_EQ(plans[1].seats, 9U);
  EXPECT_REJECT(Reject::kPlanNotFound, w.ask(kAdmin, ReadPlan{PlanId{3}}));
  EXPECT_REJECT(Reject::kPlanNotFound, w.ask(kAdmin, ReadPlan{PlanId{}}));
}

TEST_F(Plans, bytes_that_are_no_plan_are_refused) {
  std::vector<std::byte> bytes = bytes_of_plan(small_plan());
  bytes.pop_back();
  EXPECT_REJECT(Reject::kPlanRefused, w.ask(kAdmin, CreatePlan{bytes}));
  EXPECT_REJECT(Reject::kPlanRefused, w.ask(kAdmin, CreatePlan{{}}));
  EXPECT_REJECT(Reject::kPlanRefused,
                w.ask(kAdmin, CreatePlan{std::vector<std::byte>(kPlanBytesMax + 1)}));
}

TEST_F(Plans, number_of_plans_is_bounded) {
  for (std::uint32_t i = 0; i < kPlansMax; ++i) register_plan(small_plan());
  EXPECT_REJECT(Reject::kTooManyPlans, w.ask(kAdmin, CreatePlan{bytes_of_plan(small_plan())}));
}

TEST_F(Plans, date_has_the_runs_rows_and_prices_of_its_plan) {
  const PlanId plan = register_plan(small_plan());
  const Reply created = create(plan, {{"S", Money{500}}, {"R", Money{900}}});
  ASSERT_EQ(created.reject, Reject::kNone);
  const ConcertDate& date = *w.concert(body_of<ConcertCreated>(created).concert).dates[0];
  EXPECT_EQ(date.plan, plan);
  EXPECT_EQ(date.seats.total(), 9U);
  EXPECT_EQ(date.seats.rows(), (Numbers{3, 3, 3}));
  const auto& sections = date.seats.sections();
  ASSERT_EQ(sections.size(), 3U);
  EXPECT_EQ(sections[0].category, "R");
  EXPECT_EQ(sections[0].last, SeatNumber{4}) << "a run goes on in the next row";
  EXPECT_EQ(sections[1].name, "hall");
  EXPECT_EQ(sections[1].price, Money{500});
  EXPECT_EQ(sections[2].kind, SectionKind::kGeneral);
}

TEST_F(Plans, prices_must_be_those_of_the_categories) {
  const PlanId plan = register_plan(small_plan());
  const Reply missing = create(plan, {{"R", Money{900}}});
  EXPECT_REJECT(Reject::kPriceMissing, missing);
  EXPECT_EQ(body_of<RejectDetail>(missing).text, "S");
  const Reply unknown = create(plan, {{"R", Money{1}}, {"S", Money{1}}, {"T", Money{1}}});
  EXPECT_REJECT(Reject::kNoSuchCategory, unknown);
  EXPECT_EQ(body_of<RejectDetail>(unknown).text, "T");
  EXPECT_REJECT(Reject::kPlanNotFound, create(PlanId{7}, {}));
}

TEST_F(Plans, hold_by_quantity_keeps_to_rows_and_categories) {
  const PlanId plan = register_plan(small_plan());
  const Reply created = create(plan, {{"S", Money{500}}, {"R", Money{900}}});
  const ConcertId c = body_of<ConcertCreated>(created).concert;
  const Fan ann = w.join(c, 1);
  const Fan bob = w.join(c, 2);
  EXPECT_EQ(given(hold(ann, "hall", "", 2)), (Numbers{1, 2}));
  EXPECT_EQ(given(hold(ann, "", "S", 1)), (Numbers{6})) << "5 would leave 4 and 6 alone";
  EXPECT_EQ(given(hold(bob, "hall", "R", 2)), (Numbers{3, 4})) << "of two rows, so apart";
  EXPECT_EQ(given(hold(bob, "floor", "S", 1)), (Numbers{7}));
  EXPECT_EQ(given(hold(bob, "hall", "S", 1)), (Numbers{5}));
  EXPECT_REJECT(Reject::kNotAvailable, hold(bob, "hall", "", 1));
  const Reply unknown = hold(bob, "", "VIP", 1);
  EXPECT_REJECT(Reject::kSectionNotFound, unknown);
}

TEST_F(Plans, seat_beside_another_category_is_not_left_alone) {
  const PlanId plan = register_plan(small_plan());
  ConcertSpec spec = small_concert();
  spec.rules.no_single_seats = true;
  spec.dates[0].sections.clear();
  const Reply created =
      w.ask(kAdmin, CreateConcert{spec, {{plan, {{"S", Money{500}}, {"R", Money{900}}}}}});
  const Fan ann = w.join(body_of<ConcertCreated>(created).concert, 1);
  // Seats 4 (R), 5 and 6 (S) are one row: taking 5 leaves 4 and 6 alone, and 5 with 6 leaves 4.
  EXPECT_REJECT(Reject::kSingleSeatLeft, w.hold(ann, {2}));
  EXPECT_GRANTED(w.hold(ann, {4}));
}

// The settings of a concert with many dates of a plan of many runs would exceed one record.
TEST_F(Plans, dates_of_a_large_plan_are_bounded_together) {
  Plan plan{.name = "Stadium", .categories = {"A", "B"}, .sections = {}};
  for (int i = 0; i < 1500; ++i) {
    PlanRow row{"1", {}};
    row.seats.push_back({.label = "1", .category = 0});
    row.seats.push_back({.label = "2", .category = 1});
    plan.sections.push_back({.name = "block " + std::to_string(i), .rows = {row}});
  }
  const PlanId id = register_plan(plan);
  ConcertSpec spec = small_concert();
  const DateSpec date{.date = first_date(), .sections = {}};
  spec.dates.clear();
  std::vector<PlannedDate> planned;
  for (int i = 0; i < 8; ++i) {
    spec.dates.push_back(date);
    spec.dates.back().date.days += i;
    planned.push_back({id, {{"A", Money{1}}, {"B", Money{2}}}});
  }
  EXPECT_GRANTED(w.ask(kAdmin, CreateConcert{spec, planned}));
  while (spec.dates.size() < 100) {
    spec.dates.push_back(date);
    spec.dates.back().date.days += static_cast<std::int32_t>(spec.dates.size());
    planned.push_back(planned.back());
  }
  EXPECT_REJECT(Reject::kPlanRefused, w.ask(kAdmin, CreateConcert{spec, planned}));
}

TEST_F(Plans, dates_of_one_plan_have_prices_of_their_own) {
  const PlanId plan = register_plan(small_plan());
  ConcertSpec spec = small_concert();
  spec.dates[0].sections.clear();
  spec.dates.push_back(spec.dates[0]);
  ++spec.dates[1].date.days;
  const Reply created = w.ask(kAdmin, CreateConcert{spec,
                                                    {{plan, {{"R", Money{9}}, {"S", Money{5}}}},
                                                     {plan, {{"S", Money{6}}, {"R", Money{8}}}}}});
  const Concert& c = w.concert(body_of<ConcertCreated>(created).concert);
  EXPECT_EQ(c.dates[1]->seats.rows(), c.dates[0]->seats.rows());
  EXPECT_EQ(c.dates[0]->seats.price_of(SeatNumber{1}), Money{9});
  EXPECT_EQ(c.dates[1]->seats.price_of(SeatNumber{1}), Money{8});
  EXPECT_EQ(c.dates[1]->seats.price_of(SeatNumber{6}), Money{6});
}

// Without plans, too: the record has to fit into the shared log.
TEST_F(Plans, sections_that_are_listed_are_bounded_together) {
  ConcertSpec spec = small_concert();
  const SectionSpec section{.name = std::string(400, 'x'), .seats = 1, .price = Money{1}};
  spec.dates[0].sections.assign(200, section);
  const DateSpec date = spec.dates[0];
  while (spec.dates.size() < 11) {
    spec.dates.push_back(date);
    spec.dates.back().date.days += static_cast<std::int32_t>(spec.dates.size());
  }
  EXPECT_GRANTED(w.ask(kAdmin, CreateConcert{spec}));
  spec.dates.push_back(date);
  spec.dates.back().date.days += 20;
  EXPECT_REJECT(Reject::kPlanRefused, w.ask(kAdmin, CreateConcert{spec}));
}

TEST_F(Plans, restarted_directory_has_its_plans) {
  register_plan(small_plan());
  w.restart();
  w.restart();
  EXPECT_EQ(*body_of<PlanView>(w.ask(kAdmin, ReadPlan{PlanId{1}})).document,
            bytes_of_plan(small_plan()));
  EXPECT_EQ(register_plan(small_plan()), PlanId{2});
}

}  // namespace
}  // namespace frontrow
