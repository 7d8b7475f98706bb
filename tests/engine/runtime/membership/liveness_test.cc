#include "engine/runtime/membership/liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/runtime/membership/support/member_fixtures.h"

namespace frontrow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LivenessTest : public ::testing::Test {
 protected:
  void put(const MemberRecord& record) { records_[record.name] = record; }
  void erase(const std::string& name) { records_.erase(name); }

  // An observation that takes 5 ms; the names that are overdue after it.
  std::vector<std::string> observe(std::int64_t at_ms) {
    MemberList list;
    for (const auto& [name, record] : records_)
      list.members.push_back({record, encode_member_record(record)});
    list.unreadable = unreadable_;
    liveness_.observe({.asked_ms = at_ms, .seen_ms = at_ms + 5}, list);
    now_ms_ = at_ms;
    std::vector<std::string> names;
    for (const Member& member : liveness_.overdue()) names.push_back(member.record.name);
    return names;
  }
  // Further observations, 400 ms apart, until a member is overdue: how many there were. At most 20.
  int beats_until_overdue() {
    for (int beats = 1; beats <= 20; ++beats)
      if (!observe(now_ms_ + 400).empty()) return beats;
    return 0;
  }

  std::map<std::string, MemberRecord> records_;
  std::vector<UnreadableMember> unreadable_;
  Liveness liveness_{"me"};
  std::int64_t now_ms_ = 0;
};

TEST_F(LivenessTest, a_record_is_overdue_after_five_beats_and_two_seconds) {
  put(member_record("a", 1));
  EXPECT_THAT(observe(10'000), IsEmpty()) << "the first sight";
  for (const std::int64_t at_ms : {10'401, 10'802, 11'203, 11'604})
    EXPECT_THAT(observe(at_ms), IsEmpty()) << at_ms;
  EXPECT_THAT(observe(12'004), IsEmpty()) << "five beats, and 1999 ms after it was seen";
  EXPECT_THAT(observe(12'005), ElementsAre("a"));
}

TEST_F(LivenessTest, two_seconds_without_five_beats_are_not_enough) {
  put(member_record("a", 1));
  observe(10'000);
  for (const std::int64_t at_ms : {10'900, 11'800, 12'700, 13'600})
    EXPECT_THAT(observe(at_ms), IsEmpty()) << at_ms;
  EXPECT_THAT(observe(14'500), ElementsAre("a"));
}

TEST_F(LivenessTest, a_beat_or_another_process_begins_the_count_anew) {
  put(member_record("a", 1));
  observe(10'000);
  ASSERT_EQ(beats_until_overdue(), 6);
  put(member_record("a", 1, 2));
  EXPECT_EQ(beats_until_overdue(), 7) << "the first sight and six beats";
  put(member_record("a", 2, 2));
  EXPECT_EQ(beats_until_overdue(), 7);
}

TEST_F(LivenessTest, a_member_that_beats_is_never_overdue) {
  for (std::uint64_t beat = 1; beat < 100; ++beat) {
    // Three of four beats are missed.
    put(member_record("a", 1, beat / 4));
    EXPECT_THAT(observe(10'000 + static_cast<std::int64_t>(beat) * 400), IsEmpty());
  }
}

TEST_F(LivenessTest, each_member_has_a_count_of_its_own) {
  put(member_record("a", 1));
  put(member_record("b", 1));
  observe(10'000);
  put(member_record("b", 1, 2));
  observe(10'400);
  put(member_record("c", 1));
  ASSERT_EQ(beats_until_overdue(), 5);
  EXPECT_THAT(observe(now_ms_), ElementsAre("a"));
  EXPECT_THAT(observe(now_ms_ + 400), ElementsAre("a", "b"));
  EXPECT_THAT(observe(now_ms_ + 400), ElementsAre("a", "b", "c"));
}

TEST_F(LivenessTest, the_observer_itself_is_never_overdue) {
  put(member_record("me", 1));
  observe(10'000);
  EXPECT_EQ(beats_until_overdue(), 0);
}

// SIGSTOP of the observer, the store away, a leader change: all look the same to it.
TEST_F(LivenessTest, after_a_pause_of_the_observer_every_count_begins_anew) {
  for (const std::int64_t pause_ms : {1001, 2500, 60'000}) {
    put(member_record("a", static_cast<std::uint64_t>(pause_ms)));
    observe(now_ms_ + 10'000);
    for (int beat = 0; beat < 4; ++beat) observe(now_ms_ + 400);
    EXPECT_THAT(observe(now_ms_ + pause_ms), IsEmpty()) << pause_ms;
    EXPECT_EQ(beats_until_overdue(), 6) << pause_ms;
  }
}

TEST_F(LivenessTest, a_pause_during_the_read_counts_as_well) {
  put(member_record("a", 1));
  observe(10'000);
  for (int beat = 0; beat < 4; ++beat) observe(now_ms_ + 400);
  MemberList list;
  list.members.push_back({records_["a"], encode_member_record(records_["a"])});
  liveness_.observe({.asked_ms = now_ms_ + 400, .seen_ms = now_ms_ + 30'000}, list);
  EXPECT_THAT(liveness_.overdue(), IsEmpty());
}

TEST_F(LivenessTest, a_departed_member_is_not_overdue) {
  put(member_record("a", 1, 1, MemberState::kLeaving));
  put(member_record("b", 1, 1, MemberState::kDead));
  observe(10'000);
  EXPECT_EQ(beats_until_overdue(), 0) << "there is nothing to find out";
}

TEST_F(LivenessTest, a_record_that_disappears_is_overdue_once_after_the_same_wait) {
  put(member_record("a", 1));
  observe(10'000);
  observe(10'400);
  erase("a");
  EXPECT_EQ(beats_until_overdue(), 7);
  ASSERT_EQ(liveness_.overdue().size(), 1U);
  EXPECT_FALSE(liveness_.overdue().front().text);
  EXPECT_EQ(liveness_.overdue().front().record.process, 1U) << "the last one that was seen";
  EXPECT_EQ(beats_until_overdue(), 0);
}

TEST_F(LivenessTest, a_departed_record_that_disappears_is_overdue_at_once) {
  put(member_record("a", 1, 1, MemberState::kLeaving));
  observe(10'000);
  erase("a");
  EXPECT_THAT(observe(10'400), ElementsAre("a"));
  EXPECT_EQ(beats_until_overdue(), 0);
  put(member_record("a", 2));
  EXPECT_EQ(beats_until_overdue(), 7) << "it is back";
}

TEST_F(LivenessTest, an_expected_member_without_a_record_becomes_overdue) {
  liveness_.expect({"a", "me"});
  observe(10'000);
  EXPECT_EQ(beats_until_overdue(), 6);
  EXPECT_THAT(observe(now_ms_ + 400), ElementsAre("a")) << "and stays so";
  put(member_record("a", 1));
  EXPECT_THAT(observe(now_ms_ + 400), IsEmpty());
  liveness_.expect({});
  erase("a");
  EXPECT_EQ(beats_until_overdue(), 7);
}

TEST_F(LivenessTest, a_record_that_can_t_be_read_is_left_alone) {
  liveness_.expect({"a"});
  put(member_record("a", 1));
  observe(10'000);
  erase("a");
  unreadable_ = {{.name = "a", .reason = "v2"}};
  EXPECT_EQ(beats_until_overdue(), 0);
}

}  // namespace
}  // namespace frontrow
