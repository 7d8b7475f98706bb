#include "engine/runtime/membership/member_join.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/runtime/membership/support/member_fixtures.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

class MemberJoinTest : public ::testing::Test {
 protected:
  MemberJoin join_as(std::uint64_t process) {
    return {store_, keys_, member_record("a", process), [this] { return now_ms_; }};
  }
  void put(const MemberRecord& record) {
    auto content = store_.content();
    content[key_] = encode_member_record(record);
    store_.restore(content);
  }
  MemberRecord stored() { return *decode_member_record(store_.content().at(key_)); }
  // Steps 400 ms apart, up to `most`, until one joins: how many there were. 0: none did.
  int steps_until_joined(MemberJoin& join, int most = 30) {
    for (int steps = 1; steps <= most; ++steps) {
      last_ = join.step();
      if (last_.outcome == JoinOutcome::kJoined) return steps;
      now_ms_ += 400;
    }
    return 0;
  }

  ModelStore store_{3};
  SharedLogKeys keys_{"test"};
  std::string key_ = keys_.member("a");
  std::int64_t now_ms_ = 50'000;
  JoinStep last_;
};

TEST_F(MemberJoinTest, creates_the_record_of_a_new_name) {
  MemberJoin join = join_as(1);
  EXPECT_EQ(steps_until_joined(join), 1);
  EXPECT_EQ(stored(), member_record("a", 1));
  EXPECT_EQ(join.record(), stored());
}

TEST_F(MemberJoinTest, takes_a_departed_record_over_at_once) {
  for (const MemberState state : {MemberState::kLeaving, MemberState::kDead}) {
    put(member_record("a", 1, 77, state));
    MemberJoin join = join_as(2);
    EXPECT_EQ(steps_until_joined(join), 1);
    EXPECT_EQ(stored(), member_record("a", 2));
  }
}

TEST_F(MemberJoinTest, waits_until_the_record_of_an_earlier_process_has_stood_still) {
  put(member_record("a", 1, 77, MemberState::kServing));
  MemberJoin join = join_as(2);
  const std::int64_t begin_ms = now_ms_;
  EXPECT_EQ(steps_until_joined(join, 5), 0);
  EXPECT_EQ(last_.outcome, JoinOutcome::kWaiting);
  EXPECT_THAT(last_.reason, HasSubstr("the name a is in use by process 0000000000000001 at "
                                      "10.0.0.1:8080"));
  EXPECT_EQ(stored(), member_record("a", 1, 77, MemberState::kServing));
  EXPECT_EQ(steps_until_joined(join), 1);
  EXPECT_EQ(now_ms_ - begin_ms, kOverdueMs);
  EXPECT_EQ(stored(), member_record("a", 2));
}

TEST_F(MemberJoinTest, waits_as_long_as_the_earlier_process_beats) {
  MemberJoin join = join_as(2);
  for (std::uint64_t beat = 1; beat < 50; ++beat) {
    // One of four steps sees a beat.
    put(member_record("a", 1, beat / 4, MemberState::kServing));
    EXPECT_EQ(steps_until_joined(join, 1), 0);
  }
  EXPECT_EQ(steps_until_joined(join), 4) << "the beat was seen for the second time above";
}

TEST_F(MemberJoinTest, loses_against_a_beat_at_the_last_moment) {
  put(member_record("a", 1, 77));
  MemberJoin join = join_as(2);
  EXPECT_EQ(steps_until_joined(join, 5), 0);
  store_.on_commit([&] { put(member_record("a", 1, 78)); });
  EXPECT_EQ(steps_until_joined(join, 1), 0);
  store_.on_commit({});
  EXPECT_EQ(stored(), member_record("a", 1, 78));
  EXPECT_EQ(steps_until_joined(join), 6) << "the count begins anew";
}

TEST_F(MemberJoinTest, counts_no_standstill_of_the_store_or_of_itself) {
  put(member_record("a", 1, 77));
  MemberJoin join = join_as(2);
  EXPECT_EQ(steps_until_joined(join, 4), 0);
  store_.set_faults({.lost_request = 100});  // reads go on
  EXPECT_EQ(steps_until_joined(join, 20), 0);
  EXPECT_EQ(last_.outcome, JoinOutcome::kStoreAway);
  store_.set_faults({});
  EXPECT_EQ(steps_until_joined(join, 4), 0);
  now_ms_ += 60'000;
  EXPECT_EQ(steps_until_joined(join), 6);
}

TEST_F(MemberJoinTest, reports_a_store_that_is_away) {
  store_.set_majority(false);
  MemberJoin join = join_as(1);
  EXPECT_EQ(steps_until_joined(join, 1), 0);
  EXPECT_EQ(last_.outcome, JoinOutcome::kStoreAway);
  EXPECT_EQ(last_.reason, "no answer");
}

TEST_F(MemberJoinTest, finds_that_an_attempt_without_an_answer_took_effect) {
  store_.set_faults({.lost_answer = 100});
  MemberJoin join = join_as(1);
  EXPECT_EQ(steps_until_joined(join), 2);
  EXPECT_EQ(stored(), member_record("a", 1));
}

TEST_F(MemberJoinTest, a_late_attempt_does_not_undo_a_later_beat) {
  put(member_record("a", 1, 77, MemberState::kDead));
  store_.set_faults({.late_effect = 100});
  MemberJoin join = join_as(2);
  EXPECT_EQ(steps_until_joined(join, 3), 0);
  store_.set_faults({});
  EXPECT_EQ(steps_until_joined(join), 1);
  put(member_record("a", 2, 2));
  store_.deliver_late();
  EXPECT_EQ(stored(), member_record("a", 2, 2));
}

TEST_F(MemberJoinTest, of_two_processes_one_joins) {
  put(member_record("a", 1, 77));
  MemberJoin one = join_as(2);
  MemberJoin other = join_as(3);
  int joined = 0;
  for (int step = 0; step < 10; ++step) {
    joined += one.step().outcome == JoinOutcome::kJoined;
    if (joined == 0) joined += other.step().outcome == JoinOutcome::kJoined;
    if (joined > 0) break;
    now_ms_ += 400;
  }
  EXPECT_EQ(joined, 1);
  EXPECT_EQ(other.step().outcome, JoinOutcome::kWaiting);
  EXPECT_EQ(stored(), member_record("a", 2));
}

TEST_F(MemberJoinTest, takes_over_a_record_of_another_version_that_stands_still) {
  store_.restore({{key_, "v2 of a later version"}});
  MemberJoin join = join_as(1);
  EXPECT_EQ(steps_until_joined(join, 5), 0);
  EXPECT_THAT(last_.reason, HasSubstr("v2 of a later version"));
  EXPECT_EQ(steps_until_joined(join), 1);
}

}  // namespace
}  // namespace frontrow
