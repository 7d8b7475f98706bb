#include "engine/runtime/membership/beat_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "tests/engine/runtime/membership/support/member_fixtures.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NextBeat, is_after_the_interval_and_makes_up_for_none) {
  EXPECT_EQ(next_beat_ms(1000, 1003), 1400);
  EXPECT_EQ(next_beat_ms(1000, 1400), 1400);
  EXPECT_EQ(next_beat_ms(1000, 2500), 2500) << "at once, after a late step";
  EXPECT_EQ(next_beat_ms(2500, 2503), 2900) << "then after the interval";
}

class BeatThreadTest : public ::testing::Test {
 protected:
  BeatCallbacks callbacks() {
    return {
        .on_waiting = [this](const std::string&) { calls_.emplace_back("waiting"); },
        .on_joined = [this] { calls_.emplace_back("joined"); },
        .on_members =
            [this](const MemberList& list) {
              calls_.push_back("members " + std::to_string(list.members.size()));
            },
        .on_departed =
            [this](const Member& member) { calls_.push_back("departed " + member.record.name); },
        .on_store_away =
            [this](const StoreAway& away) {
              calls_.push_back("away " + std::to_string(away.away_ms) + " lease " +
                               std::to_string(away.lease_left_ms) + ": " + away.reason);
            },
        .on_store_back = [this] { calls_.emplace_back("back"); },
        .on_ended =
            [this](BeatOutcome outcome, const std::string&) {
              calls_.push_back("ended " + std::to_string(static_cast<int>(outcome)));
            },
    };
  }
  void put(const MemberRecord& record) {
    auto content = store_.content();
    content[keys_.member(record.name)] = encode_member_record(record);
    store_.restore(content);
  }
  MemberRecord stored() { return *decode_member_record(store_.content().at(keys_.member("me"))); }
  // The callbacks of the next step, 400 ms after the one before.
  std::vector<std::string> step() {
    calls_.clear();
    now_ms_ += 400;
    goes_on_ = beats_.step();
    return calls_;
  }

  ModelStore store_{9};
  SharedLogKeys keys_{"test"};
  Lease lease_;
  std::int64_t now_ms_ = 10'000;
  std::vector<std::string> calls_;
  bool goes_on_ = true;
  BeatThread beats_{store_, keys_,       member_record("me", 1),
                    lease_, callbacks(), [this] { return now_ms_; }};
};

TEST_F(BeatThreadTest, joins_then_beats_and_reports_changes_once) {
  EXPECT_THAT(step(), ElementsAre("joined"));
  EXPECT_FALSE(lease_.is_valid(now_ms_));
  EXPECT_THAT(step(), ElementsAre("members 1"));
  EXPECT_TRUE(lease_.is_valid(now_ms_));
  EXPECT_THAT(step(), IsEmpty());
  put(member_record("other", 2));
  EXPECT_THAT(step(), ElementsAre("members 2"));
  put(member_record("other", 2, 2));
  EXPECT_THAT(step(), IsEmpty()) << "a beat is no change";
  put(member_record("other", 2, 3, MemberState::kLeaving));
  EXPECT_THAT(step(), ElementsAre("members 2", "departed other"));
  EXPECT_TRUE(goes_on_);
}

TEST_F(BeatThreadTest, applies_state_weight_and_expected_members) {
  step();
  beats_.set_state(MemberState::kServing);
  beats_.set_weight(5);
  beats_.expect({"other"});
  step();
  EXPECT_EQ(stored().state, MemberState::kServing);
  EXPECT_EQ(stored().weight, 5U);
  for (int i = 0; i < 4; ++i) EXPECT_THAT(step(), IsEmpty());
  EXPECT_THAT(step(), ElementsAre("departed other"));
}

TEST_F(BeatThreadTest, reports_how_long_the_store_is_away_and_what_is_left_of_the_lease) {
  step();
  step();
  store_.set_majority(false);
  EXPECT_THAT(step(), ElementsAre("away 400 lease 1100: no answer"));
  EXPECT_THAT(step(), ElementsAre("away 800 lease 700: no answer"));
  step();
  EXPECT_THAT(step(), ElementsAre("away 1600 lease 0: no answer"));
  store_.set_majority(true);
  EXPECT_THAT(step(), ElementsAre("back"));
  EXPECT_THAT(step(), IsEmpty());
}

TEST_F(BeatThreadTest, reports_a_name_that_is_in_use_and_a_membership_that_has_ended) {
  put(member_record("me", 2));
  EXPECT_THAT(step(), ElementsAre("waiting"));
  put(member_record("me", 2, 2, MemberState::kLeaving));
  EXPECT_THAT(step(), ElementsAre("joined"));
  EXPECT_THAT(step(), ElementsAre("members 1"));
  put(member_record("me", 1, 2, MemberState::kDead));
  EXPECT_THAT(step(), ElementsAre("ended 2"));
  EXPECT_FALSE(goes_on_);
  EXPECT_TRUE(lease_.is_revoked());
}

TEST_F(BeatThreadTest, leaves_also_when_it_has_never_joined) {
  EXPECT_TRUE(beats_.leave().ok());
  EXPECT_THAT(store_.content(), IsEmpty());
}

// The only test in real time.
TEST(BeatThreadRun, beats_until_it_is_stopped_and_leaves) {
  ModelStore store(1);
  const SharedLogKeys keys("test");
  Lease lease;
  std::atomic<int> beats_seen{0};
  store.on_commit([&] { ++beats_seen; });
  BeatThread beats(store, keys, member_record("me", 1), lease, {});
  beats.start();
  beats.set_state(MemberState::kServing);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (beats_seen < 3 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_GE(beats_seen, 3);
  EXPECT_TRUE(beats.leave().ok());
  EXPECT_TRUE(lease.is_revoked());
  const Result<MemberRecord> record = decode_member_record(store.content().at(keys.member("me")));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->state, MemberState::kLeaving);
  beats.stop();
}

}  // namespace
}  // namespace frontrow
