// The load of the last hour: the samples that are kept, and the concerts that have some.
#include "net/api/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace frontrow {
namespace {

using testing::HasSubstr;

constexpr Instant kStart{1'800'000'000'000};

ConcertSums sums_of(std::uint32_t id, std::uint64_t waiting) {
  ConcertSums sums;
  sums.concert = ConcertId{id};
  sums.waiting = waiting;
  sums.active = 2;
  sums.seats = {10, 3, 4, 5};
  sums.admitted_per_minute = 60;
  sums.sold_per_minute = 20;
  return sums;
}

std::string load_of(const History& history) {
  std::string text;
  history.write_load(text);
  return text;
}

std::string curves_of(const History& history, std::uint32_t id) {
  std::string text;
  history.write_concert(text, ConcertId{id});
  return text.find("null,\"waiting\":[]") == std::string::npos ? text : "none";
}

TEST(History, nothing_is_there_before_the_first_sample) {
  const History history{};
  EXPECT_EQ(load_of(history),
            R"({"stepSeconds":5,"until":null,"requests":[],"errors":[],"p50Us":[],"p99Us":[]})");
  EXPECT_EQ(curves_of(history, 1), "none");
}

TEST(History, sample_has_the_counts_since_the_one_before) {
  History history;
  LoadTotals totals;
  totals.requests = 100;
  totals.errors = 1;
  history.add(kStart, totals, {});
  totals.requests = 250;
  totals.errors = 4;
  // 98 values of 512 to 1023 us and two of 65536 to 131071.
  totals.latency_us[10] = 98;
  totals.latency_us[17] = 2;
  history.add(kStart + History::kStep, totals, {});
  EXPECT_EQ(load_of(history),
            R"({"stepSeconds":5,"until":"2027-01-15T08:00:05.000Z","requests":[100,150],)"
            R"("errors":[1,3],"p50Us":[0,773],"p99Us":[0,98304]})");
}

TEST(History, concert_has_a_gap_where_it_was_not_read) {
  History history;
  history.add(kStart, {}, {sums_of(2, 1)});
  history.add(kStart, {}, {sums_of(1, 7), sums_of(2, 1)});
  history.add(kStart, {}, {});
  history.add(kStart, {}, {sums_of(1, 8)});
  EXPECT_EQ(curves_of(history, 1),
            R"({"stepSeconds":5,"until":"2027-01-15T08:00:00.000Z","waiting":[null,7,null,8],)"
            R"("active":[null,2,null,2],"held":[null,3,null,3],"sold":[null,4,null,4],)"
            R"("admittedPerMinute":[null,60,null,60],"soldPerMinute":[null,20,null,20]})");
}

TEST(History, sample_of_an_hour_ago_goes_for_the_newest) {
  History history;
  LoadTotals totals;
  for (std::size_t i = 0; i < History::kSamplesMax + 1; ++i) {
    totals.requests += i;
    history.add(kStart, totals, {sums_of(1, i)});
  }
  EXPECT_THAT(load_of(history), HasSubstr("\"requests\":[1,2,3,"));
  EXPECT_THAT(load_of(history), HasSubstr(",719,720],\"errors\""));
  EXPECT_THAT(curves_of(history, 1), HasSubstr("\"waiting\":[1,2,3,"));
}

TEST(History, busiest_concerts_are_kept) {
  History history;
  std::vector<ConcertSums> concerts;
  for (std::uint32_t id = 1; id <= History::kConcertsMax + 20; ++id)
    concerts.push_back(sums_of(id, id));
  history.add(kStart, {}, concerts);
  EXPECT_EQ(curves_of(history, 20), "none");
  EXPECT_NE(curves_of(history, 21), "none");
  // Those that become busier go in, and the idle ones out.
  for (std::uint32_t id = 1; id <= 20; ++id) concerts[id - 1].waiting = 1000;
  history.add(kStart, {}, concerts);
  EXPECT_NE(curves_of(history, 20), "none");
  EXPECT_EQ(curves_of(history, 21), "none");
  EXPECT_NE(curves_of(history, 120), "none");
}

}  // namespace
}  // namespace frontrow
