#include "engine/runtime/membership/member_beat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/runtime/membership/support/member_fixtures.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class MemberBeatTest : public ::testing::Test {
 protected:
  MemberBeatTest() { put(member_record("me", 1)); }

  void put(const MemberRecord& record) {
    auto content = store_.content();
    content[keys_.member(record.name)] = encode_member_record(record);
    store_.restore(content);
  }
  void erase(const std::string& name) {
    auto content = store_.content();
    content.erase(keys_.member(name));
    store_.restore(content);
  }
  MemberRecord stored(const std::string& name) {
    return *decode_member_record(store_.content().at(keys_.member(name)));
  }
  // The next step, 400 ms after the one before.
  BeatStep step() {
    now_ms_ += 400;
    return beat_.beat();
  }
  // Steps until a member is departed; its name, "" after 20 steps.
  std::string departs() {
    for (steps_ = 1; steps_ <= 20; ++steps_) {
      const BeatStep beat = step();
      EXPECT_EQ(beat.outcome, BeatOutcome::kGood) << beat.reason;
      if (!beat.departed.empty()) {
        departed_ = beat.departed.front();
        return departed_.record.name;
      }
    }
    return {};
  }

  ModelStore store_{5};
  SharedLogKeys keys_{"test"};
  Lease lease_;
  std::int64_t now_ms_ = 10'000;
  MemberBeat beat_{store_, keys_, member_record("me", 1), lease_, [this] { return now_ms_; }};
  int steps_ = 0;
  Member departed_;
};

TEST_F(MemberBeatTest, rewrites_the_record_and_extends_the_lease) {
  put(member_record("other", 2));
  const BeatStep first = step();
  EXPECT_EQ(first.outcome, BeatOutcome::kGood);
  EXPECT_EQ(stored("me"), member_record("me", 1, 2));
  EXPECT_EQ(beat_.record(), stored("me"));
  EXPECT_EQ(lease_.until_ms(), 10'400 + kLeaseMs);
  ASSERT_TRUE(first.list);
  ASSERT_EQ(first.list->members.size(), 2U);
  EXPECT_EQ(first.list->members[0].record, stored("me"));
  EXPECT_EQ(first.list->members[1].record, stored("other"));
  EXPECT_THAT(first.departed, IsEmpty());
  step();
  EXPECT_EQ(stored("me").beat, 3U);
}

TEST_F(MemberBeatTest, a_slow_beat_leaves_the_rest_of_its_lease) {
  now_ms_ = 20'000;
  store_.on_commit([&] { now_ms_ += 1400; });
  EXPECT_EQ(beat_.beat().outcome, BeatOutcome::kGood);
  EXPECT_TRUE(lease_.is_valid(now_ms_ + 99));
  EXPECT_FALSE(lease_.is_valid(now_ms_ + 100));
}

TEST_F(MemberBeatTest, writes_a_new_state_and_weight_with_the_next_beat) {
  beat_.set_state(MemberState::kServing);
  beat_.set_weight(7);
  EXPECT_EQ(stored("me").state, MemberState::kJoining);
  step();
  EXPECT_EQ(stored("me").state, MemberState::kServing);
  EXPECT_EQ(stored("me").weight, 7U);
}

TEST_F(MemberBeatTest, without_an_answer_sends_the_same_text_again) {
  store_.set_faults({.late_effect = 100});
  for (int i = 0; i < 3; ++i) {
    const BeatStep away = step();
    EXPECT_EQ(away.outcome, BeatOutcome::kStoreAway);
    EXPECT_EQ(away.reason, "no answer");
    EXPECT_FALSE(away.list);
    beat_.set_weight(50);  // not in a text that was sent already
  }
  EXPECT_FALSE(lease_.is_valid(now_ms_));
  store_.set_faults({});
  EXPECT_EQ(step().outcome, BeatOutcome::kGood);
  EXPECT_EQ(stored("me"), member_record("me", 1, 2)) << "once forward, in three attempts";
  EXPECT_EQ(lease_.until_ms(), now_ms_ + kLeaseMs) << "this attempt took effect, no earlier one";
  step();
  store_.deliver_late();
  EXPECT_EQ(stored("me").beat, 3U);
  EXPECT_EQ(stored("me").weight, 50U);
  EXPECT_EQ(step().outcome, BeatOutcome::kGood);
}

// The earlier attempt took effect at an unknown time, so its lease counts from its sending.
TEST_F(MemberBeatTest, an_attempt_that_took_effect_unseen_is_followed_by_a_new_beat) {
  store_.set_faults({.lost_answer = 100});
  EXPECT_EQ(step().outcome, BeatOutcome::kStoreAway);
  EXPECT_EQ(stored("me").beat, 2U);
  store_.set_faults({});
  EXPECT_EQ(step().outcome, BeatOutcome::kGood);
  EXPECT_EQ(stored("me").beat, 3U);
  EXPECT_EQ(lease_.until_ms(), now_ms_ + kLeaseMs);
}

TEST_F(MemberBeatTest, an_attempt_that_took_effect_unseen_gives_the_lease_of_its_first_sending) {
  store_.set_faults({.lost_answer = 100});
  step();  // takes effect
  const std::int64_t first_sent_ms = now_ms_;
  step();  // refused, without an answer
  store_.set_faults({});
  // The second commit of the step, the new beat, gets no answer.
  int commits = 0;
  store_.on_commit([&] {
    if (++commits == 2) store_.set_faults({.lost_request = 100});
  });
  EXPECT_EQ(step().outcome, BeatOutcome::kStoreAway);
  EXPECT_EQ(lease_.until_ms(), first_sent_ms + kLeaseMs);
  EXPECT_EQ(beat_.record().beat, 2U);
}

TEST_F(MemberBeatTest, a_refusal_that_can_t_be_read_stays_unknown) {
  store_.set_faults({.lost_answer = 100});
  step();
  store_.set_faults({.lost_read = 100});
  EXPECT_EQ(step().outcome, BeatOutcome::kStoreAway);
  EXPECT_FALSE(lease_.is_revoked());
  store_.set_faults({});
  EXPECT_EQ(step().outcome, BeatOutcome::kGood);
  EXPECT_EQ(stored("me").beat, 3U);
}

TEST_F(MemberBeatTest, a_beat_without_a_list_is_good) {
  store_.set_faults({.lost_read = 100});
  const BeatStep blind = step();
  EXPECT_EQ(blind.outcome, BeatOutcome::kGood);
  EXPECT_FALSE(blind.list);
  EXPECT_EQ(blind.reason, "no answer");
  EXPECT_TRUE(lease_.is_valid(now_ms_));
}

TEST_F(MemberBeatTest, ends_for_good_when_another_process_has_the_name) {
  step();
  put(member_record("me", 2));
  for (int i = 0; i < 2; ++i) {
    const BeatStep refused = step();
    EXPECT_EQ(refused.outcome, BeatOutcome::kNameTaken);
    EXPECT_THAT(refused.reason, HasSubstr("taken over by process 0000000000000002"));
    EXPECT_TRUE(lease_.is_revoked());
    EXPECT_EQ(stored("me"), member_record("me", 2));
    erase("me");  // no later step sends anything
    put(member_record("me", 2));
  }
  EXPECT_FALSE(beat_.leave().ok());
  EXPECT_EQ(stored("me"), member_record("me", 2));
}

TEST_F(MemberBeatTest, ends_for_good_when_declared_dead_or_erased) {
  put(member_record("me", 1, 1, MemberState::kDead));
  EXPECT_EQ(step().outcome, BeatOutcome::kDeclaredDead);
  EXPECT_TRUE(lease_.is_revoked());

  Lease lease;
  MemberBeat erased(store_, keys_, member_record("x", 1), lease, [this] { return now_ms_; });
  const BeatStep step = erased.beat();
  EXPECT_EQ(step.outcome, BeatOutcome::kErased);
  EXPECT_EQ(step.reason, "the record of x was erased");
  EXPECT_TRUE(lease.is_revoked());
}

TEST_F(MemberBeatTest, ends_for_good_when_the_store_has_an_older_record) {
  for (int i = 0; i < 3; ++i) step();
  put(member_record("me", 1, 2));
  const BeatStep refused = step();
  EXPECT_EQ(refused.outcome, BeatOutcome::kNameTaken);
  EXPECT_THAT(refused.reason, HasSubstr("restored from a backup"));
}

TEST_F(MemberBeatTest, declares_a_member_dead_that_stands_still) {
  put(member_record("other", 2, 9, MemberState::kServing));
  EXPECT_EQ(departs(), "other");
  EXPECT_EQ(steps_, 6) << "the first sight and five beats, in 2 s";
  EXPECT_EQ(stored("other"), member_record("other", 2, 9, MemberState::kDead));
  EXPECT_EQ(departed_.record, stored("other"));
  EXPECT_EQ(departed_.text, encode_member_record(stored("other")));
  EXPECT_EQ(departs(), "") << "reported once";
  put(member_record("other", 3));
  EXPECT_EQ(departs(), "other") << "its next process, for itself";
}

TEST_F(MemberBeatTest, a_beat_at_the_last_moment_refuses_the_declaration) {
  put(member_record("other", 2, 9));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step().departed, IsEmpty());
  int commits = 0;
  store_.on_commit([&] {
    if (++commits == 2) put(member_record("other", 2, 10));
  });
  EXPECT_THAT(step().departed, IsEmpty());
  EXPECT_EQ(commits, 2);
  EXPECT_EQ(stored("other"), member_record("other", 2, 10));
  EXPECT_EQ(departs(), "other");
  EXPECT_EQ(steps_, 6) << "the count began anew";
}

// Two members that find each other dead: the second declaration expects a record that is dead now.
TEST_F(MemberBeatTest, a_member_that_was_declared_dead_declares_none) {
  put(member_record("other", 2, 9));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step().departed, IsEmpty());
  int commits = 0;
  store_.on_commit([&] {
    if (++commits == 2) put(member_record("me", 1, stored("me").beat, MemberState::kDead));
  });
  EXPECT_THAT(step().departed, IsEmpty());
  EXPECT_EQ(stored("other"), member_record("other", 2, 9));
  EXPECT_EQ(step().outcome, BeatOutcome::kDeclaredDead);
}

TEST_F(MemberBeatTest, a_declaration_without_an_answer_is_found_by_the_next_step) {
  put(member_record("other", 2, 9));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step().departed, IsEmpty());
  int commits = 0;
  store_.on_commit([&] { store_.set_faults({.lost_answer = ++commits == 2 ? 100U : 0U}); });
  EXPECT_THAT(step().departed, IsEmpty());
  EXPECT_EQ(stored("other").state, MemberState::kDead);
  EXPECT_EQ(step().departed.size(), 1U);
}

TEST_F(MemberBeatTest, a_late_declaration_does_not_meet_a_member_that_beats_again) {
  put(member_record("other", 2, 9));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step().departed, IsEmpty());
  int commits = 0;
  store_.on_commit([&] { store_.set_faults({.late_effect = ++commits == 2 ? 100U : 0U}); });
  EXPECT_THAT(step().departed, IsEmpty());
  put(member_record("other", 2, 10));
  store_.deliver_late();
  EXPECT_EQ(stored("other"), member_record("other", 2, 10));
}

TEST_F(MemberBeatTest, a_member_that_leaves_is_departed_at_once) {
  put(member_record("other", 2, 9, MemberState::kServing));
  step();
  put(member_record("other", 2, 10, MemberState::kLeaving));
  EXPECT_EQ(departs(), "other");
  EXPECT_EQ(steps_, 1);
  EXPECT_EQ(departed_.record.state, MemberState::kLeaving);
  EXPECT_EQ(departs(), "");
  EXPECT_EQ(stored("other").state, MemberState::kLeaving);
}

TEST_F(MemberBeatTest, an_expected_member_without_a_record_is_departed_without_a_text) {
  beat_.expect({"other"});
  EXPECT_EQ(departs(), "other");
  EXPECT_FALSE(departed_.text);
  EXPECT_EQ(departs(), "");
  EXPECT_FALSE(store_.content().contains(keys_.member("other")));
}

TEST_F(MemberBeatTest, a_store_without_writes_kills_none) {
  put(member_record("other", 2, 9));
  step();
  store_.set_faults({.lost_request = 100});
  for (int i = 0; i < 150; ++i) EXPECT_EQ(step().outcome, BeatOutcome::kStoreAway);
  store_.set_faults({});
  for (int i = 0; i < 5; ++i) EXPECT_THAT(step().departed, IsEmpty());
}

TEST_F(MemberBeatTest, leaves_with_its_last_beat) {
  step();
  EXPECT_TRUE(lease_.is_valid(now_ms_));
  EXPECT_TRUE(beat_.leave().ok());
  EXPECT_TRUE(lease_.is_revoked());
  EXPECT_EQ(stored("me"), member_record("me", 1, 3, MemberState::kLeaving));
}

TEST_F(MemberBeatTest, leaves_after_a_beat_without_an_answer) {
  store_.set_faults({.lost_answer = 100});
  step();
  store_.set_faults({});
  EXPECT_TRUE(beat_.leave().ok());
  EXPECT_EQ(stored("me").state, MemberState::kLeaving);
}

TEST_F(MemberBeatTest, leaving_ends_without_a_store) {
  store_.set_majority(false);
  const Status left = beat_.leave();
  ASSERT_FALSE(left.ok());
  EXPECT_THAT(left.error(), HasSubstr("me could not write that it leaves: no answer"));
  EXPECT_TRUE(lease_.is_revoked());
}

}  // namespace
}  // namespace frontrow
