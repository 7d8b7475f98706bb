#include "engine/core/protocol/plan_fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/core/protocol/limits.h"
#include "tests/support/random_plan.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

// Two numbered sections of two rows and two seats, and a general one.
Plan sound_plan() {
  Plan plan{.name = "Hall", .categories = {"VIP", "R"}};
  for (const char* name : {"Floor", "Balcony"}) {
    PlanSection section{.name = name};
    for (const char* row : {"1", "2"}) section.rows.push_back({row, {{"1"}, {"2", 1}}});
    plan.sections.push_back(section);
  }
  PlanSection stand{.name = "Stand", .kind = SectionKind::kGeneral};
  stand.capacity = 10;
  stand.category = 1;
  plan.sections.push_back(stand);
  return plan;
}

struct WrongPlan {
  std::function<void(Plan&)> change;
  const char* field;
  const char* why;
};

const std::vector<WrongPlan>& wrong_plans() {
  static const std::vector<WrongPlan> kAll = {
      {[](Plan& p) { p.sections.clear(); }, "sections", "at least one seat"},
      {[](Plan& p) { p.sections[2].capacity = kSeatsPerDateMax; }, "sections",
       "at most 100000 seats, this one 100008"},
      {[](Plan& p) { p.name.clear(); }, "name", "1 to 200 characters"},
      {[](Plan& p) { p.name.assign(201, 'x'); }, "name", "1 to 200 characters"},
      {[](Plan& p) { p.name = "a\nb"; }, "name", "control characters"},
      {[](Plan& p) { p.categories = {"R", "R"}; }, "categories[1]",
       "The category \"R\" is already categories[0]."},
      {[](Plan& p) { p.categories[0].clear(); }, "categories[0]", "1 to 100 characters"},
      {[](Plan& p) {
         for (int i = 0; i < 200; ++i) p.categories.push_back(std::to_string(i));
       },
       "categories", "at most 200 categories"},
      {[](Plan& p) { p.sections[1].name = "Floor"; }, "sections[1].name",
       "The section \"Floor\" is already sections[0]."},
      {[](Plan& p) { p.sections[1].name.clear(); }, "sections[1].name", "1 to 100 characters"},
      {[](Plan& p) {
         for (int i = 0; i < 2000; ++i) {
           p.sections.push_back(p.sections[2]);
           p.sections.back().name = std::to_string(i);
         }
       },
       "sections", "at most 2000 sections"},
      {[](Plan& p) { p.sections[2].rows.push_back({"1", {{"1"}}}); }, "sections[2].rows",
       "general section has no rows"},
      {[](Plan& p) { p.sections[2].capacity = 0; }, "sections[2].capacity",
       "capacity of 1 to 100000"},
      {[](Plan& p) { p.sections[2].category = 2; }, "sections[2].category",
       "not one of the plan's"},
      {[](Plan& p) { p.sections[0].capacity = 5; }, "sections[0].capacity",
       "rows instead of a capacity"},
      {[](Plan& p) { p.sections[0].category = 1; }, "sections[0].category", "not itself"},
      {[](Plan& p) { p.sections[0].rows.clear(); }, "sections[0].rows", "at least one row"},
      {[](Plan& p) {
         p.sections[0].rows.clear();
         for (int i = 0; i < 2001; ++i) p.sections[0].rows.push_back({std::to_string(i), {{"1"}}});
       },
       "sections[0].rows", "at most 2000 rows"},
      {[](Plan& p) { p.sections[1].rows[0].seats.clear(); }, "sections[1].rows[0].seats",
       "at least one seat"},
      {[](Plan& p) { p.sections[1].rows[1].label.clear(); }, "sections[1].rows[1].label",
       "1 to 20 characters"},
      {[](Plan& p) { p.sections[1].rows[1].seats[1].label.assign(21, 'x'); },
       "sections[1].rows[1].seats[1].label", "1 to 20 characters"},
      {[](Plan& p) { p.sections[1].rows[1].seats[1].category = 2; },
       "sections[1].rows[1].seats[1].category", "not one of the plan's"},
      {[](Plan& p) { p.sections[0].rows[0].seats[1].x = kPositionMax + 1; },
       "sections[0].rows[0].seats[1].x", "from -1000000 to 1000000"},
      {[](Plan& p) { p.sections[0].rows[0].seats[1].y = -kPositionMax - 1; },
       "sections[0].rows[0].seats[1].y", "from -1000000 to 1000000"},
      {[](Plan& p) { p.sections[0].rows[1].seats[1].label = "1"; },
       "sections[0].rows[1].seats[1].label",
       "Row \"2\" seat \"1\" of \"Floor\" is already sections[0].rows[1].seats[0]."},
      {[](Plan& p) { p.sections[0].rows[1].label = "1"; }, "sections[0].rows[1].seats[0].label",
       "Row \"1\" seat \"1\" of \"Floor\" is already sections[0].rows[0].seats[0]."},
  };
  return kAll;
}

TEST(PlanFaults, sound_plans_have_none) {
  EXPECT_FALSE(find_plan_fault(sound_plan()));
  Plan aisle = sound_plan();
  aisle.sections[0].rows[1] = {"1", {{"3"}, {"4"}}};
  EXPECT_FALSE(find_plan_fault(aisle)) << "a row with an aisle";
  Plan full = sound_plan();
  full.sections[2].capacity = kSeatsPerDateMax - 8;
  EXPECT_FALSE(find_plan_fault(full));
  Plan korean = sound_plan();
  korean.sections[0].rows[0].seats[0].label.clear();
  for (int i = 0; i < 20; ++i) korean.sections[0].rows[0].seats[0].label += "\xec\x84\x9d";
  EXPECT_FALSE(find_plan_fault(korean)) << "texts are counted in code points";
}

TEST(PlanFaults, each_fault_names_its_field) {
  for (const WrongPlan& wrong : wrong_plans()) {
    Plan plan = sound_plan();
    wrong.change(plan);
    const auto fault = find_plan_fault(plan);
    ASSERT_TRUE(fault) << wrong.field << wrong.why;
    EXPECT_EQ(fault->field, wrong.field) << wrong.why;
    EXPECT_THAT(fault->why, HasSubstr(wrong.why));
    EXPECT_TRUE(fault->why.ends_with('.')) << fault->why;
  }
}

TEST(PlanFaults, all_are_found_up_to_the_bound) {
  Plan plan = sound_plan();
  plan.categories[1] = "VIP";
  for (PlanRow& row : plan.sections[0].rows) row.seats = {{"1"}, {"1"}, {"1"}};
  EXPECT_EQ(find_plan_faults(plan, 100).size(), 5U);
  EXPECT_EQ(find_plan_faults(plan, 2).size(), 2U);
}

TEST(PlanFaults, capacities_beyond_32_bits_are_counted) {
  Plan plan = sound_plan();
  plan.sections[2].capacity = UINT32_MAX - 4;
  EXPECT_EQ(find_plan_fault(plan)->field, "sections");
  plan.sections.push_back(plan.sections[2]);
  plan.sections[3].name = "Stand 2";
  EXPECT_THAT(find_plan_fault(plan)->why, HasSubstr("8589934"));
}

TEST(PlanFaults, largest_plan_has_its_one_double_found) {
  Plan plan = regular_plan();
  EXPECT_FALSE(find_plan_fault(plan));
  plan.sections.back().rows.back().seats.back().label = "1";
  EXPECT_EQ(find_plan_fault(plan)->field, "sections[49].rows[39].seats[49].label");
}

TEST(PlanTexts, control_characters_and_lengths_are_refused) {
  EXPECT_TRUE(is_plan_text("a", 1));
  EXPECT_TRUE(is_plan_text("\xf0\x9f\x8e\xab", 1));
  EXPECT_FALSE(is_plan_text("", 1));
  EXPECT_FALSE(is_plan_text("ab", 1));
  EXPECT_FALSE(is_plan_text("a\x7f", 5));
  EXPECT_FALSE(is_plan_text(std::string_view("a\0", 2), 5));
  EXPECT_FALSE(is_plan_text("a" + std::string(30, '\x80'), 5)) << "bytes are bounded, too";
}

}  // namespace
}  // namespace frontrow
