#include "engine/runtime/shared_log/shared_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kStream = 0xabc;

bool never(const std::string&) { return false; }

class SharedLogTest : public ::testing::Test {
 protected:
  static StreamIdentity identity(std::uint64_t writer) {
    return {.stream = kStream, .instance = "a", .writer = writer};
  }
  StreamAppender create() {
    Result<StreamAppender> writer = StreamAppender::create(log_, identity(1), never);
    EXPECT_TRUE(writer.ok());
    return std::move(*writer);
  }
  // Appends groups up to `last`, each with its number as chain hash.
  static void append_to(StreamAppender& writer, std::uint64_t last) {
    while (writer.state().last < last) {
      const std::uint64_t n = writer.state().last + 1;
      ASSERT_EQ(writer.append("g" + std::to_string(n), n, never), SharedAppend::kDurable);
    }
  }
  std::vector<std::string> bytes_after(std::uint64_t after) {
    std::vector<std::string> all;
    const auto state = log_.state(kStream);
    EXPECT_TRUE(state.ok() && *state);
    const auto groups = log_.groups(kStream, after, (*state)->last, 1000);
    EXPECT_TRUE(groups.ok());
    if (groups.ok())
      for (const SharedGroup& group : *groups) all.push_back(group.bytes);
    return all;
  }

  ModelStore store_{7};
  SharedLog log_{store_, "test"};
};

TEST_F(SharedLogTest, GroupsAreReadAsTheyWereAppended) {
  StreamAppender writer = create();
  append_to(writer, 3);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1", "g2", "g3"));
  EXPECT_THAT(bytes_after(2), testing::ElementsAre("g3"));
  const auto state = log_.state(kStream);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->last, 3u);
  EXPECT_EQ((*state)->hash, 3u);
}

TEST_F(SharedLogTest, AStreamBeginsOnce) {
  create();
  const auto second = StreamAppender::create(log_, identity(2), never);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error(), HasSubstr("exists already"));
}

TEST_F(SharedLogTest, StreamBegunAtAPositionIsOpenedThere) {
  const auto begun = StreamAppender::begin_at(log_, identity(1), {.number = 7, .hash = 77}, never);
  ASSERT_TRUE(begun.ok()) << begun.error();
  const auto state = log_.state(kStream);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ(**state, *begun);
  EXPECT_EQ(begun->trimmed, 7u);
  // The directory has neither more nor less than that.
  for (const StreamPosition wrong : {StreamPosition{6, 66}, {7, 78}, {8, 88}})
    EXPECT_FALSE(StreamAppender::open(log_, identity(2), wrong, never).ok()) << wrong.number;
  auto writer = StreamAppender::open(log_, identity(2), {.number = 7, .hash = 77}, never);
  ASSERT_TRUE(writer.ok()) << writer.error();
  append_to(*writer, 8);
  EXPECT_THAT(bytes_after(7), testing::ElementsAre("g8"));
}

TEST_F(SharedLogTest, StreamBeginsAtOnePositionUntilItIsOpened) {
  const StreamPosition position{.number = 7, .hash = 77};
  ASSERT_TRUE(StreamAppender::begin_at(log_, identity(1), position, never).ok());
  const auto again = StreamAppender::begin_at(log_, identity(2), position, never);
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_EQ(again->writer, 1u) << "the state as it is in the store";
  EXPECT_FALSE(StreamAppender::begin_at(log_, identity(1), {7, 78}, never).ok());
  EXPECT_FALSE(StreamAppender::begin_at(log_, identity(1), {8, 77}, never).ok());
  EXPECT_FALSE(
      StreamAppender::begin_at(log_, {.stream = kStream, .instance = "b"}, position, never).ok());
  ASSERT_TRUE(StreamAppender::open(log_, identity(3), position, never).ok());
  const auto late = StreamAppender::begin_at(log_, identity(1), position, never);
  ASSERT_FALSE(late.ok());
  EXPECT_THAT(late.error(), HasSubstr("exists already, written by a"));
}

TEST_F(SharedLogTest, StreamBeginsAtAPositionThroughLostAnswers) {
  store_.set_faults({.lost_request = 20, .lost_answer = 40, .late_effect = 0, .lost_read = 20});
  const auto begun = StreamAppender::begin_at(log_, identity(1), {7, 77}, never);
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(store_.content().at(log_.keys().stream(kStream)), encode_stream_state(*begun));
  store_.set_majority(false);
  EXPECT_FALSE(StreamAppender::begin_at(log_, identity(1), {7, 77}, [](const std::string&) {
                 return true;
               }).ok());
}

TEST_F(SharedLogTest, ALaterProcessOfTheDirectoryFencesTheEarlierOne) {
  StreamAppender first = create();
  append_to(first, 2);
  auto second = StreamAppender::open(log_, identity(2), {.number = 2, .hash = 2}, never);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(first.append("late", 3, never), SharedAppend::kFenced);
  append_to(*second, 3);
  EXPECT_THAT(bytes_after(2), testing::ElementsAre("g3"));
}

TEST_F(SharedLogTest, NothingIsAppendedAfterTheSeal) {
  StreamAppender writer = create();
  append_to(writer, 2);
  const auto sealed = log_.seal(kStream, "b");
  ASSERT_TRUE(sealed.ok());
  EXPECT_EQ(sealed->last, 2u);
  EXPECT_EQ(writer.append("late", 3, never), SharedAppend::kFenced);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1", "g2"));
}

// The writer was slow, or its process was started again: it goes on, and who sealed the stream
// takes nothing over, as that transaction expects the sealed state.
TEST_F(SharedLogTest, WriterThatComesBackLiftsTheSeal) {
  StreamAppender writer = create();
  append_to(writer, 2);
  const auto sealed = log_.seal(kStream, "b");
  ASSERT_TRUE(sealed.ok());
  auto again = StreamAppender::open(log_, identity(2), {.number = 2, .hash = 2}, never);
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_FALSE(again->state().is_sealed());
  EXPECT_GT(again->state().epoch, sealed->epoch);
  const std::string expected = encode_stream_state(*sealed);
  EXPECT_EQ(store_
                .commit({.expected = {{log_.keys().stream(kStream), expected}},
                         .puts = {{log_.keys().map(), "taken"}},
                         .erased = {}})
                .outcome,
            CommitOutcome::kRefused);
  append_to(*again, 3);
  EXPECT_EQ(writer.append("late", 3, never), SharedAppend::kFenced);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1", "g2", "g3"));
}

TEST_F(SharedLogTest, TheFirstSealStays) {
  create();
  ASSERT_TRUE(log_.seal(kStream, "b").ok());
  const auto second = log_.seal(kStream, "c");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->sealed_by, "b");
}

TEST_F(SharedLogTest, ADirectoryMayBeBehindButNotAheadNorElsewhere) {
  StreamAppender writer = create();
  append_to(writer, 4);
  const auto error_of = [&](StreamPosition position) {
    const auto opened = StreamAppender::open(log_, identity(9), position, never);
    return opened.ok() ? std::string() : opened.error();
  };
  EXPECT_EQ(error_of({.number = 2, .hash = 2}), "");
  EXPECT_EQ(error_of({.number = 4, .hash = 4}), "");
  EXPECT_THAT(error_of({.number = 5, .hash = 5}), HasSubstr("has lost groups"));
  EXPECT_THAT(error_of({.number = 4, .hash = 5}), HasSubstr("another chain hash"));
  const auto other = StreamAppender::open(log_, {.stream = kStream, .instance = "b", .writer = 3},
                                          {.number = 4, .hash = 4}, never);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error(), HasSubstr("belongs to the instance a"));
  const auto unknown =
      StreamAppender::open(log_, {.stream = 1, .instance = "a", .writer = 3}, {}, never);
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error(), HasSubstr("is unknown to the cluster"));
}

TEST_F(SharedLogTest, TheNextAppendErasesWhatIsTrimmed) {
  StreamAppender writer = create();
  append_to(writer, 5);
  writer.trim_to(3);
  writer.trim_to(2);  // does not go back
  EXPECT_THAT(bytes_after(0), testing::SizeIs(5));
  append_to(writer, 6);
  EXPECT_THAT(bytes_after(3), testing::ElementsAre("g4", "g5", "g6"));
  EXPECT_FALSE(log_.groups(kStream, 2, 6, 10).ok());
  writer.trim_to(100);
  EXPECT_EQ(writer.trim_now(never), SharedAppend::kDurable);
  EXPECT_EQ(writer.state().trimmed, 6u);
  EXPECT_THAT(bytes_after(6), testing::IsEmpty());
  EXPECT_FALSE(log_.groups(kStream, 5, 6, 10).ok()) << "nothing is left, which is not the end";
  const auto behind = StreamAppender::open(log_, identity(2), {.number = 5, .hash = 5}, never);
  ASSERT_FALSE(behind.ok());
  EXPECT_THAT(behind.error(), HasSubstr("keeps groups after 6 only"));
}

TEST_F(SharedLogTest, AMissingGroupIsNamed) {
  StreamAppender writer = create();
  append_to(writer, 4);
  auto content = store_.content();
  content.erase(log_.keys().group(kStream, 3));
  store_.restore(content);
  EXPECT_TRUE(log_.groups(kStream, 0, 4, 2).ok()) << "the page before it";
  for (const std::uint64_t after : {0, 1, 2}) {
    const auto groups = log_.groups(kStream, after, 4, 10);
    ASSERT_FALSE(groups.ok());
    EXPECT_THAT(groups.error(), HasSubstr("group 3 of stream 0000000000000abc"));
  }
  content.erase(log_.keys().group(kStream, 4));
  store_.restore(content);
  EXPECT_FALSE(log_.groups(kStream, 3, 4, 10).ok()) << "the newest one";
}

TEST_F(SharedLogTest, ASideChangeTakesEffectWithTheGroupOrNotAtAll) {
  StreamAppender writer = create();
  const SideChange first{.key = log_.keys().map(), .from = std::nullopt, .to = "map 1"};
  ASSERT_EQ(writer.append("g1", 1, never, first), SharedAppend::kDurable);
  EXPECT_EQ(writer.append("g2", 2, never, first), SharedAppend::kRefused);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1"));
  EXPECT_EQ(writer.append("other g2", 2, never), SharedAppend::kDurable);
  EXPECT_EQ(store_.content().at(log_.keys().map()), "map 1");
}

// The trap of every log with retries: the first attempt takes effect after the second was sent.
TEST_F(SharedLogTest, ALateAttemptDoesNotAppendTwice) {
  StreamAppender writer = create();
  store_.set_faults({.late_effect = 100});
  int attempts = 0;
  const auto result = writer.append("g1", 1, [&](const std::string&) {
    if (++attempts == 3) store_.set_faults({});
    return false;
  });
  EXPECT_EQ(result, SharedAppend::kDurable);
  EXPECT_EQ(store_.late_count(), 3u);
  append_to(writer, 2);
  store_.deliver_late();
  append_to(writer, 3);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1", "g2", "g3"));
}

TEST_F(SharedLogTest, WithoutAMajorityTheOutcomeStaysUnknownUntilTheSameGroupIsSettled) {
  StreamAppender writer = create();
  store_.set_majority(false);
  int attempts = 0;
  const auto three_times = [&](const std::string&) { return ++attempts == 3; };
  EXPECT_EQ(writer.append("g1", 1, three_times), SharedAppend::kGivenUp);
  EXPECT_EQ(writer.state().last, 0u);
  store_.set_majority(true);
  store_.deliver_late();
  EXPECT_EQ(writer.append("g1", 1, never), SharedAppend::kDurable);
  EXPECT_THAT(bytes_after(0), testing::ElementsAre("g1"));
}

TEST_F(SharedLogTest, AStoreThatWasRestoredFromABackupIsNoticed) {
  StreamAppender writer = create();
  append_to(writer, 2);
  const auto backup = store_.content();
  append_to(writer, 5);
  store_.restore(backup);
  EXPECT_EQ(writer.append("g6", 6, never), SharedAppend::kDiverged);
}

// Two processes and a takeover over a store with every fault: what was confirmed is in the log, in
// order, and nothing else is.
TEST_F(SharedLogTest, WhatWasConfirmedIsReadAfterTheSeal) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    ModelStore store(seed);
    SharedLog log(store, "test");
    Prng random(seed);
    std::vector<std::string> confirmed;
    auto current = StreamAppender::create(log, identity(1), never);
    ASSERT_TRUE(current.ok());
    StreamAppender stale = *current;
    store.set_faults({.lost_request = 10, .lost_answer = 15, .late_effect = 15, .lost_read = 20});
    for (int step = 0; step < 40; ++step) {
      if (random.chance(15)) store.deliver_late();
      if (random.chance(10)) {
        // A new process, whose directory has all that was confirmed.
        stale = *current;
        const std::uint64_t n = confirmed.size();
        current = StreamAppender::open(log, identity(step + 2), {.number = n, .hash = n}, never);
        ASSERT_TRUE(current.ok()) << "seed " << seed << ": " << current.error();
        ASSERT_EQ(current->state().last, confirmed.size()) << "seed " << seed;
      }
      if (random.chance(20) && stale.state().epoch != current->state().epoch) {
        EXPECT_EQ(stale.append("stale", stale.state().last + 1, never), SharedAppend::kFenced)
            << "seed " << seed;
      }
      int attempts = 0;
      const std::string group = "group " + std::to_string(step);
      const auto result = current->append(group, confirmed.size() + 1,
                                          [&](const std::string&) { return ++attempts == 3; });
      if (result == SharedAppend::kDurable) {
        confirmed.push_back(group);
      } else {
        ASSERT_EQ(result, SharedAppend::kGivenUp) << "seed " << seed;
        break;  // the process ends with a group in doubt
      }
    }
    Result<StreamState> sealed = log.seal(kStream, "b");
    while (!sealed.ok()) sealed = log.seal(kStream, "b");
    store.set_faults({});
    store.deliver_late();
    const auto groups = log.groups(kStream, 0, sealed->last, 1000);
    ASSERT_TRUE(groups.ok());
    ASSERT_EQ(groups->size(), sealed->last);
    ASSERT_GE(groups->size(), confirmed.size()) << "seed " << seed;
    ASSERT_LE(groups->size(), confirmed.size() + 1) << "seed " << seed;
    for (std::size_t i = 0; i < confirmed.size(); ++i)
      ASSERT_EQ((*groups)[i].bytes, confirmed[i]) << "seed " << seed;
  }
}

}  // namespace
}  // namespace frontrow
