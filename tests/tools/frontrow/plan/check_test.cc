#include "tools/frontrow/plan/check_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/api/plan_document.h"
#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/plan/commands.h"
#include "tools/frontrow/plan/row_labels.h"

namespace frontrow::plans {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A section with rows of these labels.
PlanSection labelled(std::vector<std::pair<std::string, std::vector<std::string>>> rows) {
  PlanSection section{.name = "F"};
  for (auto& [label, seats] : rows) {
    PlanRow& row = section.rows.emplace_back(PlanRow{label, {}});
    for (const std::string& seat : seats) row.seats.push_back({seat});
  }
  return section;
}

std::vector<std::string> holes_of(const PlanSection& section) {
  std::vector<std::string> out;
  for (const Hole& hole : find_holes(section))
    out.push_back(section.rows[hole.row].label + ": " + text_of(hole));
  return out;
}

TEST(RowLabels, missing_numbers_of_counted_rows_are_found) {
  EXPECT_THAT(holes_of(labelled({{"1", {"1", "2", "3", "5"}},
                                 {"2", {"1", "3", "5", "11"}},
                                 {"3", {"9", "8", "5", "4"}},
                                 {"4", {"1", "2", "2", "4", "5", "6"}}})),
              ElementsAre("1: 4", "2: 7 to 9 by 2", "3: 7 to 6", "4: 3"));
  EXPECT_THAT(holes_of(labelled({{"1", {"1", "2", "3"}}, {"1", {"6", "7", "8"}}})),
              ElementsAre("1: 4 to 5"))
      << "across an aisle";
  EXPECT_THAT(holes_of(labelled({{"1", {"1", "2", "3"}},
                                 {"2", {"6", "7", "8"}},
                                 {"2", {"9", "10", "11"}},
                                 {"3", {"5", "3", "1"}},
                                 {"3", {"2", "4", "6"}},
                                 {"4", {"1", "2", "4A"}},
                                 {"5", {"1", "4"}},
                                 {"6", {"1", "4", "2", "9"}},
                                 {"7", {"1", "5", "12", "13"}}})),
              IsEmpty())
      << "whole rows, and rows without a constant step";
}

TEST(RowLabels, order_of_numbers_and_letters) {
  EXPECT_TRUE(is_before("2", "10"));
  EXPECT_FALSE(is_before("10", "2"));
  EXPECT_TRUE(is_before("A", "B"));
  EXPECT_TRUE(is_before("z", "AA"));
  EXPECT_FALSE(is_before("AA", "Z"));
  EXPECT_FALSE(is_before("1", "1"));
  EXPECT_FALSE(is_before("1", "A"));
  EXPECT_FALSE(is_before("Loge", "A")) << "a word of more than three letters is a name";
}

Plan flawed_plan() {
  Plan plan{.name = "Hall", .categories = {"VIP", "R"}};
  plan.sections.push_back(labelled({{"2", {"1", "2", "4", "5"}}, {"1", {"1", "1", "2", "3"}}}));
  plan.sections[0].rows[0].seats[0].category = 1;
  for (PlanSeat& seat : plan.sections[0].rows[1].seats) seat.y = 100;
  plan.sections[0].rows[1].seats[3].x = 100;
  return plan;
}

TEST(PlanCheck, every_fault_and_warning_is_reported) {
  const CheckReport report =
      check_report(flawed_plan(), {.prices = Prices{{"VIP", Money{100}}, {"Rang", Money{1}}}});
  EXPECT_EQ(report.text,
            "fault: sections[0].rows[1].seats[1].label: Row \"1\" seat \"1\" of \"F\" is already "
            "sections[0].rows[1].seats[0].\n"
            "fault: \"F\" row \"2\": no seat 3\n"
            "warning: \"F\" row \"1\" comes after row \"2\"\n"
            "warning: \"F\" row \"1\" seat \"1\" has the position of \"F\" row \"1\" seat \"1\"\n"
            "warning: \"F\" row \"1\" seat \"2\" has the position of \"F\" row \"1\" seat \"1\"\n"
            "fault: category \"R\": 1 seats without a price\n"
            "fault: --prices: \"Rang\" is no category of the plan\n"
            "Hall: 1 sections, 2 rows, 8 seats (0 accessible), 2 categories\n"
            "  VIP: 7 seats\n"
            "  R: 1 seats\n"
            "4 faults, 3 warnings\n");
  EXPECT_EQ(report.faults, 4U);
  EXPECT_EQ(report.warnings, 3U);
  const CheckReport lenient = check_report(flawed_plan(), {.allow_holes = true});
  EXPECT_EQ(lenient.faults, 1U);
  EXPECT_EQ(lenient.warnings, 4U);
}

TEST(PlanCheck, plan_too_large_for_its_record_is_a_fault) {
  Plan plan{.name = "Hall", .categories = {"R"}};
  for (int i = 0; i < 50; ++i) {
    PlanSection& section = plan.sections.emplace_back();
    section.name = fmt::format("{}", i);
    for (int j = 0; j < 40; ++j) {
      PlanRow& row = section.rows.emplace_back(PlanRow{fmt::format("{}", j), {}});
      for (int k = 0; k < 50; ++k) row.seats.push_back({fmt::format("a seat, the {}th", k)});
    }
  }
  EXPECT_THAT(check_report(plan, {}).text, HasSubstr("at most 921600 are possible"));
}

TEST(PlanCommands, exit_codes_tell_faults_from_warnings) {
  const TempDirectory dir;
  const std::string file = dir / "plan.json";
  Plan plan = flawed_plan();
  const auto check = [&](bool strict, bool allow_holes) {
    std::string document;
    render_plan(document, 0, plan);
    write_file(file, document);
    return check_plan({.file = file, .allow_holes = allow_holes, .strict = strict});
  };
  EXPECT_EQ(check(false, true), 1) << "a double seat";
  plan.sections[0].rows[1].seats.erase(plan.sections[0].rows[1].seats.begin());
  EXPECT_EQ(check(false, false), 1) << "a hole";
  EXPECT_EQ(check(false, true), 0) << "only warnings";
  EXPECT_EQ(check(true, true), 1) << "warnings count";
  write_file(file, "{\"name\":");
  EXPECT_EQ(check_plan({.file = file}), 1);
  write_file(file, "{\"name\":1}");
  EXPECT_EQ(check_plan({.file = file}), 1);
  EXPECT_EQ(check_plan({.file = dir / "none.json"}), 1);
}

}  // namespace
}  // namespace frontrow::plans
