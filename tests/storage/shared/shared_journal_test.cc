// The journal over the shared log, on a real directory, over the model of a store and over etcd.
#include "engine/runtime/shared_log/shared_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/shared_log/shared_group.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"
#include "tests/storage/local/journal_test_support.h"
#include "tests/storage/shared/shared_etcd.h"
#include "tests/support/temp_directory.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

// One start of an instance: its directory, and its journal over the store.
class Start {
 public:
  Start(ConsensusStore& store, const std::string& directory, std::uint64_t writer = 1,
        const std::string& cluster = "tour",
        std::chrono::milliseconds sync_interval = std::chrono::milliseconds(1),
        std::chrono::milliseconds pause_max = std::chrono::milliseconds(0))
      : log_(store, cluster), local_(open_at(directory)) {
    journal_ = std::make_unique<SharedJournal>(
        log_, *local_, *local_,
        SharedJournalOptions{
            .instance = "box-1",
            .writer = writer,
            .sync_interval = sync_interval,
            .pause_max = pause_max,
            .on_note = [this](const std::string& line) { notes_.push_back(line); }});
  }

  // The records of all groups, or the error.
  Result<Texts> replay() {
    Texts texts;
    const Status replayed =
        journal_->replay({.on_group = [&](const GroupView& group) -> Status {
                            EXPECT_EQ(group.number, texts.size() + 1);
                            texts.emplace_back(reinterpret_cast<const char*>(group.records.data()),
                                               group.records.size());
                            return {};
                          },
                          .on_progress = {}});
    if (!replayed.ok()) return Error{replayed.error()};
    return texts;
  }
  AppendStatus append(const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return journal_->append(
        {.records = {&bytes, 1}, .record_count = 1, .event_count = 1, .time = {}});
  }
  void await_sync() {
    while (journal_->synced_group() < journal_->last_group())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  SharedLog& log() { return log_; }
  RocksDbJournal& local() { return *local_; }
  SharedJournal& journal() { return *journal_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  SharedLog log_;
  std::unique_ptr<RocksDbJournal> local_;
  std::vector<std::string> notes_;
  std::unique_ptr<SharedJournal> journal_;
};

// Each commit takes this long at least.
constexpr auto kCommitTakes = std::chrono::milliseconds(20);

class SlowStore final : public ConsensusStore {
 public:
  Commit commit(const Transaction& transaction) override {
    std::this_thread::sleep_for(kCommitTakes);
    return model_.commit(transaction);
  }
  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) override {
    return model_.read(from, to, limit);
  }
  Status reclaim() override { return model_.reclaim(); }
  StoreHealth health() override { return model_.health(); }

 private:
  ModelStore model_;
};

TEST(SharedJournal, append_is_followed_by_a_pause_as_long) {
  using Clock = std::chrono::steady_clock;
  const TempDirectory dir;
  SlowStore store;
  Start start(store, dir.data(), 1, "tour", std::chrono::milliseconds(1), std::chrono::hours(1));
  ASSERT_TRUE(start.replay().ok());
  start.journal().await_turn();  // nothing was appended
  for (int group = 0; group < 3; ++group) {
    const auto begin = Clock::now();
    ASSERT_EQ(start.append("a group"), AppendStatus::kDurable);
    start.journal().await_turn();
    EXPECT_GE(Clock::now() - begin, 2 * kCommitTakes);
  }
}

enum class StoreKind { kModel, kEtcd };

class SharedJournalTest : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (GetParam() == StoreKind::kModel) {
      store = std::make_unique<ModelStore>();
    } else {
      store = open_shared_etcd();
      if (store == nullptr) GTEST_SKIP() << "etcd is not installed (package etcd-server)";
    }
  }
  const std::string directory() const { return dir.data(); }

  TempDirectory dir;
  TempDirectory copy;
  std::unique_ptr<ConsensusStore> store;
};

TEST_P(SharedJournalTest, groups_come_back_after_a_restart_in_order) {
  {
    Start first(*store, directory());
    ASSERT_TRUE(first.replay().ok());
    for (const char* text : {"one", "two", "three"})
      ASSERT_EQ(first.append(text), AppendStatus::kDurable) << first.journal().failure();
    EXPECT_EQ(first.journal().last_group(), 3U);
    EXPECT_TRUE(first.journal().close().ok());
  }
  Start second(*store, directory(), 2);
  const auto texts = second.replay();
  ASSERT_TRUE(texts.ok()) << texts.error();
  EXPECT_EQ(*texts, (Texts{"one", "two", "three"}));
  EXPECT_EQ(second.append("four"), AppendStatus::kDurable);
  EXPECT_EQ(second.journal().stats().caught_up.get(), 0U);
}

// The disk of a machine that lost power is as it was some groups ago.
TEST_P(SharedJournalTest, groups_that_the_disk_has_lost_come_from_the_store) {
  {
    Start first(*store, directory());
    ASSERT_TRUE(first.replay().ok());
    ASSERT_EQ(first.append("one"), AppendStatus::kDurable);
    ASSERT_TRUE(first.journal().close().ok());
  }
  std::filesystem::copy(directory(), copy.data(), std::filesystem::copy_options::recursive);
  const std::string large(300'000, 'x');
  {
    Start second(*store, directory(), 2);
    ASSERT_TRUE(second.replay().ok());
    for (int i = 0; i < 40; ++i)
      ASSERT_EQ(second.append("lost " + std::to_string(i)), AppendStatus::kDurable);
    ASSERT_EQ(second.append(large), AppendStatus::kDurable);
  }
  {
    Start third(*store, copy.data(), 3);
    const auto texts = third.replay();
    ASSERT_TRUE(texts.ok()) << texts.error();
    ASSERT_EQ(texts->size(), 42U);
    EXPECT_EQ((*texts)[0], "one");
    EXPECT_EQ((*texts)[40], "lost 39");
    EXPECT_EQ((*texts)[41], large);
    EXPECT_EQ(third.journal().stats().caught_up.get(), 41U);
    ASSERT_EQ(third.append("after"), AppendStatus::kDurable);
    ASSERT_TRUE(third.journal().close().ok());
  }
  // They are in the directory now.
  auto alone = open_at(copy.data());
  const auto ignored = [](const GroupView&) { return Status(); };
  ASSERT_TRUE(alone->replay({.on_group = ignored, .on_progress = {}}).ok());
  EXPECT_EQ(alone->last_group(), 43U);
}

TEST_P(SharedJournalTest, directory_that_is_ahead_of_the_store_is_refused) {
  {
    Start first(*store, directory());
    ASSERT_TRUE(first.replay().ok());
    ASSERT_TRUE(first.journal().close().ok());
  }
  {
    auto local = open_at(directory());
    static_cast<void>(replayed(*local));
    append_up_to(*local, 1);
  }
  Start again(*store, directory(), 2);
  const auto texts = again.replay();
  ASSERT_FALSE(texts.ok());
  EXPECT_THAT(texts.error(), HasSubstr("the store has lost groups that it had confirmed"));
}

TEST_P(SharedJournalTest, directory_of_another_cluster_is_refused) {
  {
    Start first(*store, directory());
    ASSERT_TRUE(first.replay().ok());
    ASSERT_EQ(first.append("one"), AppendStatus::kDurable);
  }
  Start second(*store, directory(), 2, "winter-tour");
  const auto texts = second.replay();
  ASSERT_FALSE(texts.ok());
  EXPECT_THAT(texts.error(), HasSubstr("unknown to the cluster"));
}

TEST_P(SharedJournalTest, older_process_of_the_directory_is_fenced) {
  Start first(*store, directory());
  ASSERT_TRUE(first.replay().ok());
  ASSERT_EQ(first.append("one"), AppendStatus::kDurable);
  // A copy of the directory, as two processes can't have it open.
  first.await_sync();
  std::filesystem::copy(directory(), copy.data(), std::filesystem::copy_options::recursive);
  std::filesystem::remove(copy.data() + "/LOCK");
  Start second(*store, copy.data(), 2);
  ASSERT_TRUE(second.replay().ok());
  EXPECT_EQ(first.append("two"), AppendStatus::kFenced);
  EXPECT_THAT(first.journal().failure(), HasSubstr("was taken over"));
  EXPECT_EQ(first.append("two"), AppendStatus::kFailed);
  EXPECT_EQ(first.local().end().number, 1U);
  EXPECT_EQ(second.append("deux"), AppendStatus::kDurable);
}

TEST_P(SharedJournalTest, store_lets_go_of_groups_that_two_disks_have) {
  Start first(*store, directory());
  ASSERT_TRUE(first.replay().ok());
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(first.append("group"), AppendStatus::kDurable);
  EXPECT_EQ(first.journal().tail().groups, 5U);
  first.await_sync();
  // No copy has them.
  ASSERT_EQ(first.append("group"), AppendStatus::kDurable);
  EXPECT_EQ(first.journal().tail().groups, 6U);
  first.journal().release_to(4);
  first.journal().release_to(2);  // late
  first.await_sync();
  ASSERT_EQ(first.append("group"), AppendStatus::kDurable);
  EXPECT_EQ(first.journal().tail().groups, 3U);
  EXPECT_FALSE(first.log().groups(first.local().stream(), 3, 7, 10).ok());
  EXPECT_EQ(first.log().groups(first.local().stream(), 4, 7, 10)->size(), 3U);
}

TEST_P(SharedJournalTest, store_keeps_groups_that_the_own_disk_may_lack) {
  Start first(*store, directory(), 1, "tour", std::chrono::hours(1));
  ASSERT_TRUE(first.replay().ok());
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(first.append("group"), AppendStatus::kDurable);
  first.journal().release_to(5);
  ASSERT_EQ(first.append("group"), AppendStatus::kDurable);
  EXPECT_EQ(first.journal().synced_group(), 0U);
  EXPECT_EQ(first.journal().tail().groups, 6U);
}

TEST_P(SharedJournalTest, group_within_the_bound_fits_whatever_it_holds) {
  Start first(*store, directory());
  ASSERT_TRUE(first.replay().ok());
  EXPECT_EQ(first.append(group_text(1, first.journal().group_bytes_max())), AppendStatus::kDurable);
  EXPECT_EQ(first.append(group_text(1, kStoreValueMax + 1)), AppendStatus::kFailed);
  EXPECT_THAT(first.journal().failure(), HasSubstr("the shared log takes 1048576"));
}

INSTANTIATE_TEST_SUITE_P(Stores, SharedJournalTest,
                         ::testing::Values(StoreKind::kModel, StoreKind::kEtcd),
                         [](const auto& kind) {
                           return kind.param == StoreKind::kModel ? "model" : "etcd";
                         });

class SharedJournalFaults : public ::testing::Test {
 protected:
  TempDirectory dir;
  ModelStore store{7};
};

// The answer to every request may be lost, and every request may come late.
TEST_F(SharedJournalFaults, every_acknowledged_group_is_there_once_in_its_place) {
  store.set_faults({.lost_request = 10, .lost_answer = 10, .late_effect = 10, .lost_read = 10});
  Texts acknowledged;
  for (std::uint64_t process = 1; process <= 5; ++process) {
    Start start(store, dir.data(), process);
    const auto texts = start.replay();
    ASSERT_TRUE(texts.ok()) << texts.error();
    ASSERT_EQ(*texts, acknowledged);
    for (int i = 0; i < 20; ++i) {
      const std::string text = "group " + std::to_string(acknowledged.size());
      ASSERT_EQ(start.append(text), AppendStatus::kDurable) << start.journal().failure();
      acknowledged.push_back(text);
      if (i % 7 == 0) store.deliver_late();
    }
    EXPECT_GT(start.journal().stats().attempts_failed.get(), 0U);
  }
}

TEST_F(SharedJournalFaults, append_waits_for_the_store_and_goes_on) {
  Start start(store, dir.data());
  ASSERT_TRUE(start.replay().ok());
  EXPECT_EQ(start.journal().unanswered_for().count(), 0);
  store.set_majority(false);
  std::thread appends([&] { EXPECT_EQ(start.append("one"), AppendStatus::kDurable); });
  while (start.journal().unanswered_for().count() < 100)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(start.journal().last_group(), 0U);
  EXPECT_EQ(start.local().end().number, 0U);
  store.set_majority(true);
  appends.join();
  EXPECT_EQ(start.journal().unanswered_for().count(), 0);
  EXPECT_EQ(start.journal().last_group(), 1U);
  ASSERT_EQ(start.notes().size(), 2U);
  EXPECT_THAT(start.notes()[0], HasSubstr("the shared log does not answer, it is asked again"));
  EXPECT_EQ(start.notes()[1], "the shared log answers again");
}

TEST_F(SharedJournalFaults, end_of_waiting_leaves_the_outcome_open_until_the_next_start) {
  for (const bool takes_effect : {false, true}) {
    const TempDirectory place;
    ModelStore model;
    {
      Start start(model, place.data());
      ASSERT_TRUE(start.replay().ok());
      ASSERT_EQ(start.append("one"), AppendStatus::kDurable);
      model.set_faults({.lost_request = takes_effect ? 0U : 100U,
                        .lost_answer = takes_effect ? 100U : 0U,
                        .late_effect = 0,
                        .lost_read = 100});
      std::thread appends([&] { EXPECT_EQ(start.append("two"), AppendStatus::kFailed); });
      while (start.journal().stats().attempts_failed.get() < 2) std::this_thread::yield();
      start.journal().end_waiting();
      appends.join();
      EXPECT_THAT(start.journal().failure(), HasSubstr("group 2: outcome unknown"));
      model.set_faults({});
    }
    Start again(model, place.data(), 2);
    const auto texts = again.replay();
    ASSERT_TRUE(texts.ok()) << texts.error();
    EXPECT_EQ(*texts, takes_effect ? (Texts{"one", "two"}) : Texts{"one"});
  }
}

TEST_F(SharedJournalFaults, start_without_an_answer_can_be_ended) {
  store.set_majority(false);
  Start start(store, dir.data());
  std::thread ends([&] {
    while (start.journal().stats().attempts_failed.get() < 3) std::this_thread::yield();
    start.journal().end_waiting();
  });
  const auto texts = start.replay();
  ends.join();
  ASSERT_FALSE(texts.ok());
}

TEST_F(SharedJournalFaults, damaged_group_of_the_store_is_refused) {
  const TempDirectory empty;
  {
    Start start(store, dir.data());
    ASSERT_TRUE(start.replay().ok());
    ASSERT_TRUE(start.journal().close().ok());
  }
  std::filesystem::copy(dir.data(), empty.data(), std::filesystem::copy_options::recursive);
  std::uint64_t stream = 0;
  {
    Start start(store, dir.data(), 2);
    ASSERT_TRUE(start.replay().ok());
    ASSERT_EQ(start.append("one"), AppendStatus::kDurable);
    stream = start.local().stream();
  }
  auto content = store.content();
  content[SharedLogKeys("tour").group(stream, 1)][20] ^= 1;
  store.restore(content);
  Start again(store, empty.data(), 3);
  const auto texts = again.replay();
  ASSERT_FALSE(texts.ok());
  EXPECT_THAT(texts.error(), HasSubstr("a group of the shared log"));
}

}  // namespace
}  // namespace frontrow
