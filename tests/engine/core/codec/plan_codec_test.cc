#include "engine/core/codec/plan_codec.h"

#include <gtest/gtest.h>

#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"
#include "tests/support/random_plan.h"

namespace frontrow {
namespace {

ByteBuffer encoded_plan(const Plan& plan) {
  ByteBuffer bytes;
  encode_plan(plan, bytes);
  return bytes;
}

// Counted and listed labels, both kinds of sections, an accessible seat, an odd position.
Plan golden_plan() {
  Plan plan{.name = "Hall", .categories = {"VIP", "R"}};
  PlanSection floor{.name = "Floor"};
  PlanRow row{"1", {}};
  for (std::int32_t i = 0; i < 4; ++i)
    row.seats.push_back({std::to_string(i + 1), 1, i == 3, 100 + 50 * i, 400});
  floor.rows.push_back(row);
  floor.rows.push_back({"2", {{"1A", 0, false, 100, 500}, {"1B", 1, true, 99, 500}}});
  plan.sections.push_back(floor);
  PlanSection stand{.name = "Stand", .kind = SectionKind::kGeneral};
  stand.capacity = 300;
  stand.category = 1;
  plan.sections.push_back(stand);
  return plan;
}

ByteBuffer bytes_of_hex(std::string_view hex) {
  ByteBuffer bytes;
  std::string digits;
  for (const char c : hex) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    digits.clear();
  }
  return bytes;
}

TEST(PlanCodec, small_plan_has_its_golden_bytes) {
  const ByteBuffer golden = bytes_of_hex(
      "01 0400 48616c6c"              // version, name
      "02 0300 564950 0100 52"        // categories
      "02 0500 466c6f6f72 01 02"      // sections; Floor, numbered, rows
      "01 31 04"                      // row 1: label, seats
      "11 01"                         // labels: 4 that count up by 1 from 1
      "02 c801 07 64"                 // x: 1 listed (100), 3 equal (50)
      "02 a006 07 00"                 // y: 1 listed (400), 3 equal (0)
      "09 01"                         // category: 4 equal
      "01 04"                         // accessible: the fourth
      "01 32 02"                      // row 2
      "08 02 3141 02 3142"            // labels: 2 listed
      "04 00 01"                      // x: to the first seat of row 1, then -1
      "04 c801 00"                    // y
      "04 00 01"                      // categories
      "01 02"                         // accessible: the second
      "0500 5374616e64 02 ac02 01");  // Stand, general, capacity, category
  EXPECT_EQ(encoded_plan(golden_plan()), golden);
  EXPECT_EQ(decode_plan(golden), golden_plan());
}

TEST(PlanCodec, random_plans_come_back_and_have_one_encoding) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Plan plan = random_plan(seed);
    ASSERT_FALSE(find_plan_fault(plan)) << seed << find_plan_fault(plan)->field;
    const ByteBuffer bytes = encoded_plan(plan);
    const auto decoded = decode_plan(bytes);
    ASSERT_TRUE(decoded) << seed;
    EXPECT_EQ(*decoded, plan) << seed;
    EXPECT_EQ(encoded_plan(*decoded), bytes) << seed;
  }
}

TEST(PlanCodec, labels_of_every_form_come_back) {
  const std::vector<std::vector<std::string>> rows = {
      {"1"},
      {"7", "8"},
      {"1", "2", "3"},
      {"1", "3", "5", "7"},
      {"30", "29", "28"},
      {"2", "1", "0"},
      {"1", "2", "4", "6", "8"},
      {"10", "9", "8", "9a", "7", "6", "5"},
      {"01", "02", "03"},
      {"1", "2", "3", "5", "6", "7"},
      {"999999997", "999999998", "999999999", "1000000000", "1000000001", "1000000002"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Plan plan{.name = "n", .categories = {"c"}, .sections = {{.name = "s", .rows = {{"1", {}}}}}};
    for (const std::string& label : rows[i]) plan.sections[0].rows[0].seats.push_back({label});
    EXPECT_EQ(decode_plan(encoded_plan(plan)), plan) << i;
  }
}

TEST(PlanCodec, every_cut_is_refused) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ByteBuffer bytes = encoded_plan(random_plan(seed));
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_FALSE(decode_plan({bytes.data(), size})) << seed << " " << size;
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_plan(bytes));
  }
}

TEST(PlanCodec, changed_bytes_give_a_plan_without_fault_or_none) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    ByteBuffer bytes = encoded_plan(random_plan(seed));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::byte before = bytes[at];
      for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        bytes[at] = before ^ static_cast<std::byte>(flip);
        const auto plan = decode_plan(bytes);
        ASSERT_FALSE(plan && find_plan_fault(*plan)) << seed << " " << at;
      }
      bytes[at] = before;
    }
  }
}

TEST(PlanCodec, random_bytes_give_a_plan_without_fault_or_none) {
  Prng prng(3);
  for (int i = 0; i < 20'000; ++i) {
    // A beginning that the decoder accepts, so that the rest is looked at.
    ByteBuffer bytes = bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 01 01");
    const std::uint64_t size = prng.below(40);
    for (std::uint64_t k = 0; k < size; ++k)
      bytes.push_back(static_cast<std::byte>(prng.chance(50) ? prng.below(8) : prng.below(256)));
    const auto plan = decode_plan(bytes);
    EXPECT_FALSE(plan && find_plan_fault(*plan));
  }
}

// A numbered section "c" with one category "b"; the rest of the bytes is its rows.
std::optional<Plan> with_rows(std::string_view rows) {
  return decode_plan(bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 01" + std::string(rows)));
}

TEST(PlanCodec, each_wrong_field_is_refused) {
  ASSERT_TRUE(with_rows("01 01 31 01 05 01 03 00 03 00 03 00 00"));
  const std::pair<const char*, const char*> wrong[] = {
      {"no rows", "00"},
      {"more rows than there are", "02 01 31 01 05 01 03 00 03 00 03 00 00"},
      {"too many rows", "d10f 01 31 01 05 01 03 00 03 00 03 00 00"},
      {"no label", "01 00 01 05 01 03 00 03 00 03 00 00"},
      {"no seats", "01 01 31 00 05 01 03 00 03 00 03 00 00"},
      {"too many seats", "01 01 31 a18d06 05 01 03 00 03 00 03 00 00"},
      {"piece without seats", "01 01 31 01 01 01 05 01 03 00 03 00 03 00 00"},
      {"piece past the row", "01 01 31 01 09 01 03 00 03 00 03 00 00"},
      {"count below zero", "01 01 31 02 0b 00 05 00 05 00 05 00 00"},
      {"count past nine digits", "01 01 31 02 09 ff93ebdc03 05 00 05 00 05 00 00"},
      {"numbers past the row", "01 01 31 01 05 01 05 00 03 00 03 00 00"},
      {"position out of range", "01 01 31 01 05 01 03 82a8d65f 03 00 03 00 00"},
      {"position far out of range", "01 01 31 01 05 01 03 ffffffffffffffffff01 03 00 03 00 00"},
      {"varint of more than 64 bits", "01 01 31 01 05 01 03 ffffffffffffffffff02 03 00 03 00 00"},
      {"varint longer than need be", "01 01 31 01 05 8100 03 00 03 00 03 00 00"},
      {"unknown category", "01 01 31 01 05 01 03 00 03 00 03 01 00"},
      {"category out of range", "01 01 31 01 05 01 03 00 03 00 03 808004 00"},
      {"accessible past the row", "01 01 31 01 05 01 03 00 03 00 03 00 01 02"},
      {"accessible twice", "01 01 31 02 09 01 05 00 05 00 05 00 02 01 00"},
      {"label twice", "01 01 31 02 08 01 31 01 31 05 00 05 00 05 00 00"},
      {"byte after the end", "01 01 31 01 05 01 03 00 03 00 03 00 00 00"},
  };
  for (const auto& [name, rows] : wrong) EXPECT_FALSE(with_rows(rows)) << name;
  ByteBuffer bytes = encoded_plan(golden_plan());
  bytes[0] = std::byte{2};
  EXPECT_FALSE(decode_plan(bytes)) << "version";
  EXPECT_FALSE(decode_plan(bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 03"))) << "kind";
  EXPECT_FALSE(decode_plan(bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 02 00 00")))
      << "capacity 0";
  EXPECT_TRUE(decode_plan(bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 02 a08d06 00")));
  EXPECT_FALSE(decode_plan(bytes_of_hex("01 0100 61 01 0100 62 01 0100 63 02 a18d06 00")))
      << "capacity";
}

TEST(PlanCodec, largest_plans_keep_their_sizes) {
  const Plan regular = regular_plan();
  ASSERT_EQ(regular.seat_count(), kSeatsPerDateMax);
  const ByteBuffer small = encoded_plan(regular);
  EXPECT_LT(small.size(), 100U * 1024);
  EXPECT_EQ(decode_plan(small), regular);
  const Plan irregular = irregular_plan();
  const ByteBuffer large = encoded_plan(irregular);
  EXPECT_LT(large.size(), kPlanBytesMax);
  EXPECT_EQ(decode_plan(large), irregular);
  RecordProperty("regular_bytes", static_cast<int>(small.size()));
  RecordProperty("irregular_bytes", static_cast<int>(large.size()));
}

}  // namespace
}  // namespace frontrow
