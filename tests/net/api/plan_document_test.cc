#include "net/api/plan_document.h"

#include <gtest/gtest.h>

#include "engine/base/bytes.h"
#include "engine/core/codec/plan_codec.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"
#include "tests/support/random_plan.h"

namespace frontrow {
namespace {

std::string rendered_plan(const Plan& plan, std::uint32_t id = 0) {
  std::string out;
  render_plan(out, id, plan);
  return out;
}

Plan plan_of(std::string_view body) {
  JsonReader reader;
  Plan plan;
  EXPECT_TRUE(read_plan(reader, body, plan)) << reader.error().field << " " << reader.error().why;
  return plan;
}

constexpr std::string_view kHall = R"({
  "name": "Olympic Hall", "categories": ["VIP", "R", "S"],
  "sections": [
    {"name": "Floor A", "category": "R", "rows": [
      {"label": "1", "seats": [{"label": "1", "category": "VIP", "x": 12.5, "y": 4, "accessible": true},
                               {"label": "2", "x": -0.05}]},
      {"label": "2", "category": "S", "first": 9, "count": 3, "x": 1, "y": 2.5, "dx": 0.55}]},
    {"name": "Standing", "kind": "general", "capacity": 500, "category": "S"}]})";

TEST(PlanDocument, read_fills_every_member) {
  const Plan plan = plan_of(kHall);
  EXPECT_EQ(plan.name, "Olympic Hall");
  EXPECT_EQ(plan.categories, (std::vector<std::string>{"VIP", "R", "S"}));
  ASSERT_EQ(plan.sections.size(), 2U);
  const std::vector<PlanRow> rows = {
      {"1", {{"1", 0, true, 1250, 400}, {"2", 1, false, -5, 0}}},
      {"2", {{"9", 2, false, 100, 250}, {"10", 2, false, 155, 250}, {"11", 2, false, 210, 250}}}};
  EXPECT_EQ(plan.sections[0].rows, rows);
  EXPECT_EQ(plan.sections[0].category, 0);
  EXPECT_EQ(plan.sections[1].kind, SectionKind::kGeneral);
  EXPECT_EQ(plan.sections[1].capacity, 500U);
  EXPECT_EQ(plan.sections[1].category, 2);
  EXPECT_FALSE(find_plan_fault(plan));
}

TEST(PlanDocument, rendered_form_has_whole_seats_and_their_numbers) {
  EXPECT_EQ(
      rendered_plan(plan_of(kHall), 7),
      R"({"planId":7,"name":"Olympic Hall","seats":505,"categories":["VIP","R","S"],"sections":[)"
      R"({"name":"Floor A","rows":[{"label":"1","firstSeat":1,"seats":[)"
      R"({"label":"1","category":"VIP","x":12.5,"y":4,"accessible":true},)"
      R"({"label":"2","category":"R","x":-0.05,"y":0}]},)"
      R"({"label":"2","firstSeat":3,"seats":[{"label":"9","category":"S","x":1,"y":2.5},)"
      R"({"label":"10","category":"S","x":1.55,"y":2.5},)"
      R"({"label":"11","category":"S","x":2.1,"y":2.5}]}]},)"
      R"({"name":"Standing","kind":"general","capacity":500,"category":"S","firstSeat":6}]})");
}

TEST(PlanDocument, rendered_plans_are_read_again) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Plan plan = random_plan(seed);
    const std::string document = rendered_plan(plan, 3);
    ASSERT_EQ(plan_of(document), plan) << document;
    ByteBuffer bytes;
    encode_plan(plan_of(document), bytes);
    EXPECT_EQ(rendered_plan(*decode_plan(bytes), 3), document);
  }
}

TEST(PlanDocument, categories_may_come_last) {
  const Plan plan = plan_of(R"({"sections": [
      {"rows": [{"seats": [{"label": "1", "category": "S"}, {"label": "2"}], "category": "R", "label": "1"},
                {"label": "2", "first": 1, "count": 1}], "category": "VIP", "name": "F"},
      {"name": "G", "capacity": 2, "category": "R", "kind": "general"}],
    "categories": ["VIP", "R", "S"], "name": "n"})");
  EXPECT_EQ(plan.sections[0].rows[0].seats[0].category, 2);
  EXPECT_EQ(plan.sections[0].rows[0].seats[1].category, 1);
  EXPECT_EQ(plan.sections[0].rows[1].seats[0].category, 0);
  EXPECT_EQ(plan.sections[1].category, 1);
  JsonReader reader;
  Plan lacking;
  EXPECT_FALSE(read_plan(reader,
                         R"({"sections":[{"name":"G","capacity":2,"category":"R","kind":"general"}],
                             "categories":["S"],"name":"n"})",
                         lacking));
  EXPECT_EQ(reader.error().field, "categories");
  EXPECT_EQ(reader.error().why, "lacks \"R\" of a seat");
}

TEST(PlanDocument, each_wrong_member_is_named) {
  const std::string row = R"({"name":"F","category":"R","rows":[{"label":"1",)";
  const std::vector<std::pair<std::string, std::pair<const char*, const char*>>> wrong = {
      {"", {"sections", "must have at least 1 items"}},
      {R"({"name":"F","rows":[{"label":"1","seats":[{"label":"1","category":"X"}]}]})",
       {"sections[0].rows[0].seats[0].category", "must be one of the plan's categories"}},
      {R"({"name":"F","rows":[{"label":"1","seats":[{"label":"1"}]}]})",
       {"sections[0].rows[0].category", "is missing, and seat 1 and the section have none"}},
      {R"({"name":"F"})", {"sections[0].rows", "is missing"}},
      {R"({"name":"F","rows":[]})", {"sections[0].rows", "must have at least 1 items"}},
      {R"({"name":"F","kind":"loose"})", {"sections[0].kind", "must be one of numbered, general"}},
      {R"({"name":"F","kind":"general","category":"R"})", {"sections[0].capacity", "is missing"}},
      {R"({"name":"F","kind":"general","capacity":4})", {"sections[0].category", "is missing"}},
      {R"({"name":"F","kind":"general","capacity":0})",
       {"sections[0].capacity", "must be an integer from 1 to 100000"}},
      {row + R"("seats":[{"label":"1"}]}],"capacity":4})",
       {"sections[0].capacity", "is for general sections"}},
      {row + R"("seats":[{"label":"1"}]}],"kind":"general","capacity":1})",
       {"sections[0].rows", "is for numbered sections"}},
      {row + R"("seats":[{"label":""}]}]})",
       {"sections[0].rows[0].seats[0].label", "must be a string of 1 to 20 characters"}},
      {row + R"("seats":[{"label":"1","x":1.234}]}]})",
       {"sections[0].rows[0].seats[0].x",
        "must be a number from -1000000 to 1000000 with at most 2 digits after the point"}},
      {row + R"("seats":[{"label":"1","colour":1}]}]})",
       {"sections[0].rows[0].seats[0].colour", "is unknown"}},
      {row + R"("first":1}]})", {"sections[0].rows[0].count", "is missing"}},
      {row + R"("count":1}]})", {"sections[0].rows[0].first", "is missing"}},
      {row + R"("x":1}]})", {"sections[0].rows[0].seats", "is missing"}},
      {row + R"("seats":[{"label":"1"}],"dx":1}]})",
       {"sections[0].rows[0].dx", "is for rows without seats"}},
      {row + R"("seats":[{"label":"1"}],"first":1}]})",
       {"sections[0].rows[0].first", "is for rows without seats"}},
      {row + R"("first":1,"count":100,"dx":99999}]})",
       {"sections[0].rows[0].dx", "gives the last seat a position out of range"}},
      {row + R"("first":1,"count":99999},{"label":"2","first":1,"count":2}]})",
       {"sections[0].rows[1]", "takes the plan past 100000 seats"}},
      {row +
           R"("first":1,"count":99999}]},{"name":"G","kind":"general","capacity":2,"category":"S"})",
       {"sections[1]", "takes the plan past 100000 seats"}},
      {row + R"("first":1,"count":1,"firstSeat":"1"}]})",
       {"sections[0].rows[0].firstSeat", "must be an integer from 0 to 9007199254740991"}},
  };
  for (const auto& [sections, expected] : wrong) {
    JsonReader reader;
    Plan plan;
    const std::string body = R"({"name":"n","categories":["R","S"],"sections":[)" + sections + "]}";
    EXPECT_FALSE(read_plan(reader, body, plan)) << body;
    EXPECT_EQ(reader.error().kind, JsonError::Kind::kInvalidField) << body;
    EXPECT_EQ(reader.error().field, expected.first) << body;
    EXPECT_EQ(reader.error().why, expected.second) << body;
  }
}

TEST(PlanDocument, positions_are_read_exactly) {
  const std::pair<const char*, std::int32_t> exact[] = {{"0", 0},
                                                        {"0.0", 0},
                                                        {"0.07", 7},
                                                        {"-0.07", -7},
                                                        {"1.1", 110},
                                                        {"1.10", 110},
                                                        {"29.99", 2999},
                                                        {"1000000", kPositionMax},
                                                        {"-1000000.00", -kPositionMax},
                                                        {"8.2 ", 820},
                                                        {"70000.03", 7'000'003}};
  const auto body = [](std::string_view x) {
    return R"({"name":"n","categories":["R"],"sections":[{"name":"F","category":"R","rows":[)"
           R"({"label":"1","seats":[{"label":"1","x":)" +
           std::string(x) + "}]}]}]}";
  };
  for (const auto& [text, hundredths] : exact)
    EXPECT_EQ(plan_of(body(text)).sections[0].rows[0].seats[0].x, hundredths) << text;
  for (const char* refused : {"1e2", "1E0", "-0", "-0.0", "0.001", "0.100", "1000000.01", "\"1\"",
                              "null", "true", "[1]", "123456789012345678901234567890"}) {
    JsonReader reader;
    Plan plan;
    EXPECT_FALSE(read_plan(reader, body(refused), plan)) << refused;
    EXPECT_EQ(reader.error().field, "sections[0].rows[0].seats[0].x") << refused;
  }
  for (const char* broken : {"1.", ".5", "01", "+1", "1.2.3", "--1"}) {
    JsonReader reader;
    Plan plan;
    EXPECT_FALSE(read_plan(reader, body(broken), plan)) << broken;
    EXPECT_EQ(reader.error().kind, JsonError::Kind::kMalformed) << broken;
  }
}

TEST(PlanDocument, cut_and_changed_documents_are_survived) {
  const std::string document = rendered_plan(plan_of(kHall), 7);
  for (std::size_t size = 0; size < document.size(); ++size) {
    JsonReader reader;
    Plan plan;
    ASSERT_FALSE(read_plan(reader, std::string_view(document).substr(0, size), plan)) << size;
  }
  for (std::size_t at = 0; at < document.size(); ++at) {
    for (const char c : {'"', '{', '}', '[', ']', ',', ':', '0', '-', '\\', '\x01', '\xff'}) {
      std::string changed = document;
      changed[at] = c;
      JsonReader reader;
      Plan plan;
      if (read_plan(reader, changed, plan)) {
        EXPECT_LE(plan.seat_count(), kSeatsPerDateMax);
      }
    }
  }
}

TEST(PlanDocument, largest_plans_are_read_as_they_were_written) {
  for (const Plan& plan : {regular_plan(), irregular_plan()})
    EXPECT_EQ(plan_of(rendered_plan(plan, 1)), plan);
}

}  // namespace
}  // namespace frontrow
