#include "tools/frontrow/workload/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace frontrow::drop {
namespace {

using testing::HasSubstr;

std::vector<std::int64_t> times_of(Arrivals::Plan plan) {
  std::vector<std::int64_t> times;
  Arrivals arrivals(std::move(plan));
  while (const auto next = arrivals.next_ms()) {
    times.push_back(*next);
    arrivals.pop();
  }
  return times;
}

std::size_t between(const std::vector<std::int64_t>& times, std::int64_t from, std::int64_t to) {
  return static_cast<std::size_t>(std::count_if(
      times.begin(), times.end(), [&](std::int64_t t) { return from <= t && t < to; }));
}

TEST(Arrivals, every_shape_lets_all_come_in_order_and_in_time) {
  for (const Shape shape : {Shape::kSpike, Shape::kRamp}) {
    const auto times = times_of({.shape = shape, .fans = 1000, .over_ms = 10'000});
    EXPECT_EQ(times.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
    EXPECT_GE(times.front(), 0);
    EXPECT_LE(times.back(), 10'000);
    EXPECT_GT(times.back(), 9'000);
  }
}

TEST(Arrivals, spike_falls_by_e_each_sixth) {
  const auto times = times_of({.shape = Shape::kSpike, .fans = 100'000, .over_ms = 60'000});
  const auto first = static_cast<double>(between(times, 0, 10'000));
  const auto second = static_cast<double>(between(times, 10'000, 20'000));
  EXPECT_NEAR(first / second, 2.718, 0.02);
}

TEST(Arrivals, ramp_has_three_quarters_in_its_second_half) {
  const auto times = times_of({.shape = Shape::kRamp, .fans = 10'000, .over_ms = 20'000});
  EXPECT_NEAR(static_cast<double>(between(times, 10'000, 20'001)), 7'500, 5);
}

TEST(Arrivals, poisson_has_its_rate_and_its_spread) {
  const auto times =
      times_of({.shape = Shape::kPoisson, .fans = 100'000, .over_ms = 100'000, .seed = 3});
  EXPECT_NEAR(static_cast<double>(times.back()), 100'000, 1'500);
  // The mean rate, with the variance of a Poisson process.
  double squares = 0;
  for (int second = 0; second < 90; ++second) {
    const double off =
        static_cast<double>(between(times, second * 1'000, (second + 1) * 1'000)) - 1'000;
    squares += off * off;
  }
  EXPECT_NEAR(squares / 90, 1'000, 500);
}

TEST(Arrivals, poisson_repeats_with_its_seed_and_not_with_another) {
  const Arrivals::Plan plan{.shape = Shape::kPoisson, .fans = 100, .over_ms = 10'000, .seed = 3};
  Arrivals::Plan other = plan;
  other.seed = 4;
  EXPECT_EQ(times_of(plan), times_of(plan));
  EXPECT_NE(times_of(plan), times_of(other));
}

TEST(Arrivals, csv_puts_each_step_where_it_says) {
  const auto steps = parse_arrival_steps("seconds,fans\n0,10\n# a lull\n2.5, 0\r\n4,30\n5,20\n");
  ASSERT_TRUE(steps.ok()) << steps.error();
  const auto times = times_of({.shape = Shape::kCsv, .fans = 60, .steps = *steps});
  EXPECT_EQ(between(times, 0, 2'500), 10U);
  EXPECT_EQ(between(times, 2'500, 4'000), 0U);
  EXPECT_EQ(between(times, 4'000, 5'000), 30U);
  EXPECT_EQ(between(times, 5'000, 6'000), 20U);
  EXPECT_EQ(times.size(), 60U);
}

TEST(Arrivals, csv_is_scaled_to_the_fans_asked_for) {
  const auto steps = parse_arrival_steps("0,1\n10,3");
  ASSERT_TRUE(steps.ok()) << steps.error();
  const auto times = times_of({.shape = Shape::kCsv, .fans = 4'000, .steps = *steps});
  EXPECT_EQ(between(times, 0, 10'000), 1'000U);
  EXPECT_EQ(between(times, 10'000, 20'001), 3'000U);
}

TEST(Arrivals, csv_of_a_spreadsheet_is_read_past_its_byte_order_mark) {
  for (const char* text : {"\xEF\xBB\xBFseconds,fans\r\n0,7\r\n",
                           "\xEF\xBB\xBF"
                           "0,7\r\n"}) {
    const auto steps = parse_arrival_steps(text);
    ASSERT_TRUE(steps.ok()) << steps.error();
    EXPECT_EQ(fans_in(*steps), 7U);
  }
}

TEST(Arrivals, csv_mistakes_are_named_by_line) {
  const auto mistake = [](std::string_view text) {
    const auto steps = parse_arrival_steps(text);
    return steps.ok() ? std::string("none") : steps.error();
  };
  EXPECT_THAT(mistake("0,1\n5"), HasSubstr("line 2: is not"));
  EXPECT_THAT(mistake("0,1\n\n-1,2"), HasSubstr("line 3: seconds"));
  EXPECT_THAT(mistake("0,1\n5,2.5"), HasSubstr("line 2: fans"));
  EXPECT_THAT(mistake("0,1\n5,x"), HasSubstr("line 2: fans"));
  EXPECT_THAT(mistake("5,1\n5,2"), HasSubstr("line 2: seconds must grow"));
  EXPECT_THAT(mistake("0,1\nseconds,fans"), HasSubstr("line 2"));
  EXPECT_THAT(mistake("nan,1"), HasSubstr("line 1"));
  EXPECT_THAT(mistake("0,0"), HasSubstr("no line has fans"));
  EXPECT_THAT(mistake(""), HasSubstr("no line has fans"));
}

}  // namespace
}  // namespace frontrow::drop
