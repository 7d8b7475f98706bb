#include "engine/base/calendar.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

TEST(Date, date_round_trips_over_every_day_of_eighty_centuries) {
  const Date first = *parse_date("1970-01-01");
  const Date last = *parse_date("9999-12-31");
  EXPECT_EQ(first.days, 0);
  EXPECT_EQ(last.days, 2'932'896);
  std::string before;
  for (std::int32_t day = first.days; day <= last.days; day += 1 + day % 3) {
    const std::string text = to_string(Date{day});
    ASSERT_EQ(parse_date(text), Date{day}) << text;
    ASSERT_LT(before, text) << "text order is the order of days";
    before = text;
  }
}

TEST(Date, leap_days_exist_in_leap_years_only) {
  EXPECT_TRUE(parse_date("2024-02-29"));
  EXPECT_TRUE(parse_date("2000-02-29"));
  EXPECT_FALSE(parse_date("2023-02-29"));
  EXPECT_FALSE(parse_date("2100-02-29"));
  EXPECT_EQ(parse_date("2024-03-01")->days - parse_date("2024-02-28")->days, 2);
}

TEST(Date, times_of_a_day_are_read_written_packed_and_in_order) {
  const Date evening = *parse_date("2026-12-24T19:30");
  EXPECT_EQ(evening, (Date{20'811, 19 * 60 + 30}));
  EXPECT_EQ(to_string(evening), "2026-12-24T19:30");
  EXPECT_LT(*parse_date("2026-12-24"), *parse_date("2026-12-24T00:00"));
  EXPECT_LT(*parse_date("2026-12-24T14:00"), evening);
  EXPECT_LT(evening, *parse_date("2026-12-25"));
  for (const char* text :
       {"1970-01-01", "1970-01-01T00:00", "2026-12-24T23:59", "4840-01-01T23:59", "9999-12-31"}) {
    const Date date = *parse_date(text);
    EXPECT_EQ(to_string(date), text);
    EXPECT_EQ(unpack_date(pack(date)), date) << text;
  }
  EXPECT_EQ(pack(Date{20'811}), 20'811U) << "a day is packed as in every log before";
  EXPECT_FALSE(unpack_date(0x8000'0000U | 1440)) << "a minute that no day has";
  for (const char* text : {"2026-12-24T24:00", "2026-12-24T19:60", "2026-12-24 19:30",
                           "2026-12-24T1930", "2026-12-24T19:3", "2026-12-24T19:30Z",
                           "2026-12-24t19:30", "2026-12-24T-1:30", "4841-12-24T19:30"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Date, bad_texts_are_refused) {
  for (const char* text :
       {"", "2026-12-2", "2026-12-245", "2026/12/24", "26-12-24", "2026-13-01", "2026-00-10",
        "2026-04-31", "2026-12-00", "2026-12-32", "1969-12-31", "+026-12-24", "2026-1a-24",
        " 2026-12-24", "2026-12-24 ", "-2026-12-2", "2026-12 24"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(InstantText, instant_is_read_with_any_offset_and_fraction) {
  const struct {
    const char* text;
    const char* utc;
  } cases[] = {
      {"2026-12-24T20:00:00Z", "2026-12-24T20:00:00.000Z"},
      {"2026-12-24t20:00:00z", "2026-12-24T20:00:00.000Z"},
      {"2026-12-24T20:00:00.5Z", "2026-12-24T20:00:00.500Z"},
      {"2026-12-24T20:00:00.1239Z", "2026-12-24T20:00:00.123Z"},
      {"2026-12-24T20:00:00.999999999Z", "2026-12-24T20:00:00.999Z"},
      {"2026-12-24T20:00:00+09:00", "2026-12-24T11:00:00.000Z"},
      {"2026-12-24T20:00:00-05:30", "2026-12-25T01:30:00.000Z"},
      {"2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00.000Z"},
      {"2024-02-29T23:59:59.001-00:01", "2024-03-01T00:00:59.001Z"},
      {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
      {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
  };
  for (const auto& [text, utc] : cases) {
    const auto instant = parse_instant(text);
    ASSERT_TRUE(instant) << text;
    EXPECT_EQ(to_string(*instant), utc) << text;
    EXPECT_EQ(parse_instant(utc), instant) << text;
  }
}

TEST(InstantText, bad_texts_are_refused) {
  for (const char* text : {"",
                           "2026-12-24",
                           "2026-12-24T20:00:00",
                           "2026-12-24 20:00:00Z",
                           "2026-12-24T24:00:00Z",
                           "2026-12-24T20:60:00Z",
                           "2026-12-24T23:59:60Z",
                           "2026-12-24T20:00:00.Z",
                           "2026-12-24T20:00:00.1234567890Z",
                           "2026-12-24T20:00:00.5",
                           "2026-12-24T20:00:00+9:00",
                           "2026-12-24T20:00:00+0900",
                           "2026-12-24T20:00:00+24:00",
                           "2026-12-24T20:00:00+09:60",
                           "2026-12-24T20:00:00ZZ",
                           "2026-12-24T20-00:00Z",
                           "2026-02-30T20:00:00Z",
                           "2026-12-24T2:000:00Z",
                           "2026-12-24T20:00:00,5Z",
                           "2026-12-24T-1:00:00Z"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

// An offset can move an instant beyond the years that the text form can represent.
TEST(InstantText, instants_outside_the_years_are_refused) {
  EXPECT_FALSE(parse_instant("9999-12-31T23:59:59-00:01"));
  EXPECT_FALSE(parse_instant("1970-01-01T00:00:00+00:01"));
  EXPECT_TRUE(parse_instant("9999-12-31T23:59:59+00:01"));
}

TEST(InstantText, instants_round_trip_to_the_millisecond) {
  for (std::int64_t ms = 1; ms < 253'402'300'800'000; ms = ms * 3 + 7) {
    EXPECT_EQ(parse_instant(to_string(Instant{ms})), Instant{ms});
  }
}

}  // namespace
}  // namespace frontrow
