#include "engine/runtime/membership/map_history.h"

#include <gtest/gtest.h>

namespace frontrow {
namespace {

using Answer = MapHistory::Answer;

MapStamp stamp(std::uint64_t revision, std::uint64_t writer, std::uint64_t change) {
  return {.revision = revision, .author = "a", .writer = writer, .change = change};
}

TEST(MapHistory, contains_a_change_after_those_of_others) {
  MapHistory history;
  history.add(stamp(1, 7, 1), 4);
  EXPECT_EQ(history.contains(stamp(1, 7, 1)), Answer::kYes);
  history.add(stamp(2, 8, 1), 4);
  history.add(stamp(3, 9, 1), 4);
  EXPECT_EQ(history.contains(stamp(1, 7, 1)), Answer::kYes);
  EXPECT_EQ(history.contains(stamp(2, 7, 2)), Answer::kNo);
  EXPECT_EQ(history.contains(stamp(2, 6, 1)), Answer::kNo);
}

TEST(MapHistory, keeps_the_newest_change_of_each_writer) {
  MapHistory history;
  for (std::uint64_t revision = 1; revision <= 9; ++revision)
    history.add(stamp(revision, revision % 3, revision), 4);
  EXPECT_EQ(history.latest, stamp(9, 0, 9));
  EXPECT_EQ(history.earlier, (std::vector{stamp(7, 1, 7), stamp(8, 2, 8)}));
  EXPECT_EQ(history.forgotten, 0U);
  EXPECT_EQ(fault_of(history), "");
}

TEST(MapHistory, tells_a_forgotten_change_from_one_that_never_was) {
  MapHistory history;
  for (std::uint64_t revision = 1; revision <= 9; ++revision)
    history.add(stamp(revision, revision, 1), 4);
  EXPECT_EQ(history.forgotten, 4U);
  EXPECT_EQ(history.contains(stamp(4, 4, 1)), Answer::kForgotten);
  EXPECT_EQ(history.contains(stamp(5, 5, 1)), Answer::kYes);
  EXPECT_EQ(history.contains(stamp(5, 77, 1)), Answer::kNo);
  EXPECT_EQ(fault_of(history), "");
}

TEST(MapHistory, faults_are_named) {
  MapHistory history;
  EXPECT_EQ(fault_of(history), "revision 0 is out of order");
  history.add(stamp(1, 7, 1), 4);
  history.add(stamp(2, 8, 1), 4);
  history.add(stamp(3, 9, 1), 4);
  ASSERT_EQ(fault_of(history), "");
  const auto fault = [&](auto&& spoil) {
    MapHistory spoiled = history;
    spoil(spoiled);
    return fault_of(spoiled);
  };
  EXPECT_EQ(fault([](MapHistory& h) { h.forgotten = 1; }), "revision 1 is out of order");
  EXPECT_EQ(fault([](MapHistory& h) { h.earlier[1].revision = 1; }), "revision 1 is out of order");
  EXPECT_EQ(fault([](MapHistory& h) { h.earlier[1].revision = 3; }), "revision 3 is out of order");
  EXPECT_EQ(fault([](MapHistory& h) { h.earlier[1].writer = 7; }),
            "writer 0000000000000007 is there twice");
  EXPECT_EQ(fault([](MapHistory& h) { h.latest.writer = 7; }),
            "writer 0000000000000007 is there twice");
  EXPECT_EQ(fault([](MapHistory& h) { h.latest.author = "a b"; }),
            "revision 3 has no author, or no change of its writer");
  EXPECT_EQ(fault([](MapHistory& h) { h.earlier[0].change = 0; }),
            "revision 1 has no author, or no change of its writer");
}

}  // namespace
}  // namespace frontrow
