#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/core/codec/plan_codec.h"
#include "engine/core/protocol/plan_fault.h"
#include "net/api/plan_document.h"
#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/plan/commands.h"
#include "tools/frontrow/plan/csv_plan.h"
#include "tools/frontrow/plan/csv_table.h"
#include "tools/frontrow/plan/pretix_plan.h"

namespace frontrow::plans {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string document_of(const Plan& plan) {
  std::string out;
  render_plan(out, 0, plan);
  return out;
}

// The plan after document, reader, compact form and document again.
Plan after_round_trip(const Plan& plan) {
  JsonReader reader;
  Plan read;
  EXPECT_TRUE(read_plan(reader, document_of(plan), read)) << reader.error().why;
  ByteBuffer bytes;
  encode_plan(read, bytes);
  const auto decoded = decode_plan(bytes);
  EXPECT_TRUE(decoded);
  EXPECT_EQ(document_of(*decoded), document_of(plan));
  return *decoded;
}

// As the plan editor of pretix writes it.
constexpr std::string_view kPretix = R"({
  "name": "Small Hall", "size": {"width": 800, "height": 600},
  "categories": [{"name": "Stalls", "color": "#7f4a91"}, {"name": "Rang", "color": "#ff0000"}],
  "zones": [
    {"name": "Main", "zone_id": "m", "uuid": "0", "position": {"x": 100, "y": 50.5},
     "areas": [{"shape": "text", "color": "#000", "border_color": "#000", "rotation": 0, "uuid": "1",
                "position": {"x": 1, "y": 1}, "text": {"text": "Stage", "position": {"x": 0, "y": 0}}}],
     "rows": [
       {"row_number": "1", "row_number_position": "both", "uuid": "2", "position": {"x": 10, "y": 0},
        "seats": [
          {"seat_number": "1", "seat_guid": "m-1-1", "uuid": "3", "position": {"x": 0, "y": 0.004},
           "category": "Stalls"},
          {"seat_number": "2", "seat_guid": "m-1-2", "uuid": "4", "position": {"x": 25.006, "y": 0},
           "category": "Rang", "radius": 10, "start_direction": null}]}]},
    {"name": "Stage", "position": {"x": 0, "y": 0}, "rows": [], "areas": []},
    {"name": "Main", "position": {"x": 0, "y": 200},
     "rows": [{"row_number": 7, "seats": [
          {"seat_number": "1", "seat_guid": "x", "position": {"x": 1, "y": 2}, "category": "Rang"}]}]},
    {"position": {"x": 0, "y": 200},
     "rows": [{"row_number": "A", "row_label": "Row %s", "seats": [
          {"seat_number": "1", "seat_guid": "y", "position": {"x": 1, "y": 2}, "category": "Rang"}]}]}
  ]})";

TEST(PretixImport, zones_become_sections_with_summed_positions) {
  const auto imported = read_pretix_plan(kPretix, "");
  ASSERT_TRUE(imported.ok()) << imported.error();
  EXPECT_THAT(imported->refused, IsEmpty());
  const Plan& plan = imported->plan;
  EXPECT_EQ(plan.name, "Small Hall");
  EXPECT_THAT(plan.categories, ElementsAre("Stalls", "Rang"));
  ASSERT_EQ(plan.sections.size(), 3U);
  EXPECT_EQ(plan.sections[0].name, "Main");
  EXPECT_EQ(plan.sections[1].name, "Main (2)");
  EXPECT_EQ(plan.sections[2].name, "Zone 4");
  EXPECT_EQ(plan.sections[0].rows[0],
            (PlanRow{"1", {{"1", 0, false, 11000, 5050}, {"2", 1, false, 13501, 5050}}}));
  EXPECT_EQ(plan.sections[1].rows[0], (PlanRow{"7", {{"1", 1, false, 100, 20200}}}));
  EXPECT_FALSE(find_plan_fault(plan));
  EXPECT_EQ(after_round_trip(plan), plan);
  EXPECT_EQ(read_pretix_plan(kPretix, "Other")->plan.name, "Other");
}

TEST(PretixImport, every_part_that_does_not_fit_is_named) {
  const auto imported =
      read_pretix_plan(R"({"name":"n","categories":[{"name":"A"},{"color":"#fff"}],
    "zones":[
      {"name":"Main","rows":[
        {"row_number":"1","seats":[
          {"seat_number":"1","position":{"x":0,"y":0},"category":"A"},
          {"position":{"x":0,"y":0},"category":"A"},
          {"seat_number":"2","category":"A"},
          {"seat_number":"3","position":{"x":0,"y":0}},
          {"seat_number":"4","position":{"x":0,"y":0},"category":"B"},
          {"seat_number":"1","position":{"x":0,"y":0},"category":"A"},
          {"seat_number":"123456789012345678901","position":{"x":0,"y":0},"category":"A"},
          {"seat_number":"5","position":{"x":1e300,"y":0},"category":"A"},
          7]},
        {"seats":[{"seat_number":"1","position":{"x":0,"y":0},"category":"A"}]},
        {"row_number":"3"}]},
      {"name":"Balcony"},
      "zone"]})",
                       "");
  ASSERT_TRUE(imported.ok()) << imported.error();
  EXPECT_THAT(
      imported->refused,
      ElementsAre(
          "category 2: no name", "zone 1 \"Main\", row 1, seat 2: no seat_number",
          "zone 1 \"Main\", row 1, seat 3: no position",
          "zone 1 \"Main\", row 1, seat 4: no category",
          "zone 1 \"Main\", row 1, seat 5: the category \"B\" is not in the plan's list",
          "zone 1 \"Main\", row 1, seat 6: seat \"1\" of row \"1\" is zone 1 \"Main\", row 1, "
          "seat 1 already",
          "zone 1 \"Main\", row 1, seat 7: the seat label is longer than 20 characters, or "
          "has control characters",
          "zone 1 \"Main\", row 1, seat 8: the position is not from -1000000 to 1000000",
          "zone 1 \"Main\", row 1, seat 9: no seat_number", "zone 1 \"Main\", row 2: no row_number",
          "zone 1 \"Main\", row 3: no list of seats", "zone 2 \"Balcony\": no list of rows",
          "zone 3: no list of rows"));
  EXPECT_EQ(imported->plan.seat_count(), 1U);
}

TEST(PretixImport, other_texts_are_refused_as_a_whole) {
  const std::pair<const char*, const char*> texts[] = {{"", "is not JSON"},
                                                       {"[1,2", "is not JSON"},
                                                       {"[]", "is not a JSON object"},
                                                       {"{}", "has no list \"zones\""},
                                                       {R"({"zones":[]})", "\"categories\""}};
  for (const auto& [text, why] : texts) {
    const auto imported = read_pretix_plan(text, "");
    ASSERT_FALSE(imported.ok()) << text;
    EXPECT_THAT(imported.error(), HasSubstr(why));
  }
}

TEST(PretixImport, cut_and_changed_files_are_survived) {
  for (std::size_t at = 0; at < kPretix.size(); ++at) {
    EXPECT_FALSE(read_pretix_plan(kPretix.substr(0, at), "").ok());
    for (const char c : {'"', '{', ']', ',', '0', '\xff'}) {
      std::string changed(kPretix);
      changed[at] = c;
      const auto imported = read_pretix_plan(changed, "");
      EXPECT_TRUE(!imported.ok() || imported->plan.seat_count() <= 4);
    }
  }
}

TEST(CsvTable, separators_quotes_line_ends_and_marks_are_taken) {
  const auto table = parse_csv(
      "\xEF\xBB\xBF"
      "a;\"b;1\" ;c,d\r\n\r\n;;\n \"x \"\"y\"\"\nz\" ; w\r1;2");
  ASSERT_TRUE(table.ok()) << table.error();
  EXPECT_EQ(table->separator, ';');
  ASSERT_EQ(table->records.size(), 3U);
  EXPECT_THAT(table->records[0].fields, ElementsAre("a", "b;1", "c,d"));
  EXPECT_EQ(table->records[1].line, 4U);
  EXPECT_THAT(table->records[1].fields, ElementsAre("x \"y\"\nz", "w"));
  EXPECT_EQ(table->records[2].line, 6U);
  EXPECT_THAT(table->records[2].fields, ElementsAre("1", "2"));
  EXPECT_EQ(parse_csv("a,b;c,d\n")->separator, ',');
  EXPECT_TRUE(parse_csv("")->records.empty());
  EXPECT_EQ(parse_csv("a,b\n1,\"2\n3\n").error(), "line 2: a quote without an end");
  EXPECT_THAT(parse_csv("a,b\n1,2\n\xe4,3\n").error(), HasSubstr("line 3: not UTF-8"));
  EXPECT_FALSE(parse_csv(std::string_view("\xff\xfe"
                                          "a\0",
                                          4))
                   .ok());
}

TEST(CsvImport, columns_may_be_in_any_order_and_case) {
  const auto imported = read_csv_plan(
      "\xEF\xBB\xBF"
      "Seat;SECTION;Row;Category;Y;X;Accessible;kind;Capacity;note\r\n"
      "1;Floor;1;VIP;4;12,5;x;;;front\r\n"
      "2;Floor;1;R;4;13.0;no;numbered;;\r\n"
      "1;Floor;2;R;;;;;;\r\n"
      ";Standing;;S;;;;General;500;\r\n"
      "3;Floor;1;R;4;13,005;YES;;;\r\n",
      "Hall");
  ASSERT_TRUE(imported.ok()) << imported.error();
  EXPECT_THAT(imported->refused, IsEmpty());
  EXPECT_THAT(imported->remarks, ElementsAre("the column \"note\" is not used"));
  const Plan& plan = imported->plan;
  EXPECT_EQ(plan.name, "Hall");
  EXPECT_THAT(plan.categories, ElementsAre("VIP", "R", "S"));
  ASSERT_EQ(plan.sections.size(), 2U);
  EXPECT_THAT(plan.sections[0].rows, ElementsAre(PlanRow{"1",
                                                         {{"1", 0, true, 1250, 400},
                                                          {"2", 1, false, 1300, 400},
                                                          {"3", 1, true, 1301, 400}}},
                                                 PlanRow{"2", {{"1", 1, false, 0, 0}}}));
  EXPECT_EQ(plan.sections[1].kind, SectionKind::kGeneral);
  EXPECT_EQ(plan.sections[1].capacity, 500U);
  EXPECT_EQ(plan.sections[1].category, 2);
  EXPECT_FALSE(find_plan_fault(plan));
  EXPECT_EQ(after_round_trip(plan), plan);
}

TEST(CsvImport, every_line_that_does_not_fit_is_named) {
  const auto imported = read_csv_plan(
      "section,row,seat,category,x,accessible,kind,capacity\n"
      "F,1,1,R\n"
      ",1,2,R\n"
      "F,,2,R\n"
      "F,1,,R\n"
      "F,1,2,\n"
      "F,1,1,R\n"
      "F,1,2,R,left\n"
      "F,1,2,R,1,perhaps\n"
      "F,1,2,R,1,,round\n"
      "F,1,2,R,1,,,5\n"
      "F,,,R,,,general,5\n"
      "G,,,R,,,general,\n"
      "G,,,R,,,general,100001\n"
      "G,1,,R,,,general,5\n"
      "G,,,,,,general,5\n"
      "G,,,R,,,general,5\n"
      "G,,,R,,,general,5\n"
      "G,1,1,R\n"
      "F,1,2,R,1,,,,9\n"
      "F,1,123456789012345678901,R\n"
      "F,1,2,R,nan\n"
      "F,1,2,R,1000001\n",
      "n");
  ASSERT_TRUE(imported.ok()) << imported.error();
  EXPECT_THAT(
      imported->refused,
      ElementsAre("line 3: no section", "line 4: no row", "line 5: no seat", "line 6: no category",
                  "line 7: seat \"1\" of row \"1\" is on line 2 already",
                  "line 8: x or y is not a number", "line 9: accessible is not yes or no",
                  "line 10: the kind is \"round\", not numbered or general",
                  "line 11: a capacity is for the kind general",
                  "line 12: the section \"F\" is numbered and general",
                  "line 13: the capacity is not from 1 to 100000",
                  "line 14: the capacity is not from 1 to 100000",
                  "line 15: a general section has no row and no seat", "line 16: no category",
                  "line 18: the general section \"G\" is there already",
                  "line 19: the section \"G\" is numbered and general",
                  "line 20: 9 fields, the header has 8",
                  "line 21: the seat label is longer than 20 characters, or has control characters",
                  "line 22: the position is not from -1000000 to 1000000",
                  "line 23: the position is not from -1000000 to 1000000"));
  EXPECT_EQ(imported->plan.seat_count(), 6U);
}

TEST(CsvImport, wrong_headers_are_refused_as_a_whole) {
  EXPECT_EQ(read_csv_plan("", "n").error(), "has no header line");
  EXPECT_EQ(read_csv_plan("section,row,seat\n", "n").error(), "has no column category");
  EXPECT_EQ(read_csv_plan("section,row,seat,category,Row\n", "n").error(),
            "has the column \"Row\" twice");
  EXPECT_THAT(read_csv_plan("section,row,seat,category,acessible\n", "n")->remarks,
              ElementsAre("the column \"acessible\" (did you mean accessible?) is not used"));
}

TEST(PlanCommands, import_writes_a_whole_file_or_none) {
  const TempDirectory dir;
  const std::string out = dir / "out.json";
  const std::string csv = dir / "Great Hall.csv";
  ImportArgs args{.format = ImportFormat::kCsv, .file = csv, .output = out};
  write_file(csv, "section,row,seat,category\nF,1,1,R\nF,1,,R\n");
  EXPECT_EQ(import_plan(args), 1);
  EXPECT_FALSE(std::filesystem::exists(out));
  args.skip_bad = true;
  EXPECT_EQ(import_plan(args), 0);
  EXPECT_THAT(read_file(out), HasSubstr("{\"name\":\"Great Hall\",\"seats\":1,"));
  EXPECT_FALSE(std::filesystem::exists(out + ".new"));
  EXPECT_EQ(check_plan({.file = out, .strict = true}), 0);

  const std::string before = read_file(out);
  write_file(csv, "section,row,seat,category\n");
  EXPECT_EQ(import_plan(args), 1) << "a plan without a seat";
  write_file(csv, "section\n");
  EXPECT_EQ(import_plan(args), 1);
  args.file = dir / "none.csv";
  EXPECT_EQ(import_plan(args), 1);
  EXPECT_EQ(read_file(out), before);
  args.file = dir.path().string();
  EXPECT_EQ(import_plan(args), 1) << "a directory";

  const std::string pretix = dir / "pretix.json";
  write_file(pretix, kPretix);
  EXPECT_EQ(import_plan({.file = pretix, .output = out, .name = "Named"}), 0);
  EXPECT_THAT(read_file(out), HasSubstr("\"name\":\"Named\""));
  EXPECT_EQ(import_plan({.file = pretix, .output = dir / "no/such/folder.json"}), 1);
}

}  // namespace
}  // namespace frontrow::plans
