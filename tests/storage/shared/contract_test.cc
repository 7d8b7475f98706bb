// The contract of a ConsensusStore (consensus_store.h), for each implementation: a store that
// passes carries the shared log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/shared_log/consensus_store.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"
#include "tests/storage/shared/shared_etcd.h"

namespace frontrow {
namespace {

enum class Kind { kModel, kEtcd };

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kModel) {
      store_ = std::make_unique<ModelStore>();
    } else {
      store_ = open_shared_etcd();
      if (store_ == nullptr) GTEST_SKIP() << "etcd is not installed (package etcd-server)";
    }
    // The tests of one etcd do not see each other's keys.
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    prefix_ = std::string("/contract/") + info->name() + "/";
  }

  std::string key(std::string_view name) const { return prefix_ + std::string(name); }

  CommitOutcome put(const std::string& key, std::optional<std::string_view> from,
                    std::string_view to) {
    return store_->commit({.expected = {{key, from}}, .puts = {{key, to}}, .erased = {}}).outcome;
  }

  std::vector<std::string> values(std::size_t limit = 100) {
    const Result<StoreRange> range = store_->read(prefix_, end_of_prefix(prefix_), limit);
    EXPECT_TRUE(range.ok());
    std::vector<std::string> found;
    if (range.ok())
      for (const StoreEntry& entry : range->entries) found.push_back(entry.value);
    return found;
  }

  std::unique_ptr<ConsensusStore> store_;
  std::string prefix_;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, AnAbsentKeyIsExpectedAbsentOnly) {
  EXPECT_EQ(put(key("a"), std::nullopt, "1"), CommitOutcome::kCommitted);
  EXPECT_EQ(put(key("a"), std::nullopt, "2"), CommitOutcome::kRefused);
  EXPECT_THAT(values(), ElementsAre("1"));
}

TEST_P(StoreContract, AValueIsExpectedToTheByte) {
  const std::string binary("\0\xff\n\"", 4);
  ASSERT_EQ(put(key("a"), std::nullopt, binary), CommitOutcome::kCommitted);
  EXPECT_EQ(put(key("a"), binary.substr(0, 3), "2"), CommitOutcome::kRefused);
  EXPECT_EQ(put(key("a"), "", "2"), CommitOutcome::kRefused);
  EXPECT_EQ(put(key("a"), binary, "2"), CommitOutcome::kCommitted);
  EXPECT_EQ(put(key("a"), binary, "3"), CommitOutcome::kRefused);
  EXPECT_THAT(values(), ElementsAre("2"));
}

TEST_P(StoreContract, AnEmptyValueIsPresent) {
  ASSERT_EQ(put(key("a"), std::nullopt, ""), CommitOutcome::kCommitted);
  EXPECT_EQ(put(key("a"), std::nullopt, "1"), CommitOutcome::kRefused);
  EXPECT_EQ(put(key("a"), "", "1"), CommitOutcome::kCommitted);
}

TEST_P(StoreContract, ARefusedTransactionWritesNothing) {
  ASSERT_EQ(put(key("a"), std::nullopt, "1"), CommitOutcome::kCommitted);
  const std::string a = key("a"), b = key("b"), c = key("c");
  EXPECT_EQ(store_
                ->commit({.expected = {{b, std::nullopt}, {a, "other"}},
                          .puts = {{b, "2"}, {c, "2"}},
                          .erased = {{a, b}}})
                .outcome,
            CommitOutcome::kRefused);
  EXPECT_THAT(values(), ElementsAre("1"));
}

TEST_P(StoreContract, ATransactionWritesAndErasesTogether) {
  for (const char* name : {"1", "2", "3", "4"})
    ASSERT_EQ(put(key(name), std::nullopt, name), CommitOutcome::kCommitted);
  const std::string from = key("1"), to = key("3"), added = key("5"), last = key("4");
  EXPECT_EQ(store_
                ->commit({.expected = {{last, "4"}},
                          .puts = {{added, "5"}, {last, "4b"}},
                          .erased = {{from, to}}})
                .outcome,
            CommitOutcome::kCommitted);
  EXPECT_THAT(values(), ElementsAre("3", "4b", "5"));
}

TEST_P(StoreContract, ARangeIsReadInOrderAndInPages) {
  for (const char* name : {"b", "d", "a", "c"})
    ASSERT_EQ(put(key(name), std::nullopt, name), CommitOutcome::kCommitted);
  const Result<StoreRange> page = store_->read(key("b"), end_of_prefix(prefix_), 2);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].key, key("b"));
  EXPECT_EQ(page->entries[1].key, key("c"));
  EXPECT_TRUE(page->more);
  const Result<StoreRange> rest = store_->read(key("d"), end_of_prefix(prefix_), 2);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->entries.size(), 1u);
  EXPECT_FALSE(rest->more);
  const Result<StoreRange> exclusive = store_->read(key("a"), key("b"), 2);
  ASSERT_TRUE(exclusive.ok());
  EXPECT_EQ(exclusive->entries.size(), 1u);
}

TEST_P(StoreContract, AValueOfTheLargestSizeIsKept) {
  std::string large(kStoreValueMax, 'x');
  for (std::size_t i = 0; i < large.size(); i += 7) large[i] = static_cast<char>(i);
  ASSERT_EQ(put(key("a"), std::nullopt, large), CommitOutcome::kCommitted);
  EXPECT_TRUE(values() == std::vector{large});
}

TEST_P(StoreContract, ATransactionOfTheLargestSizeIsTaken) {
  std::vector<std::string> keys;
  keys.reserve(kStoreTransactionMax);
  for (std::size_t i = 0; i < kStoreTransactionMax; ++i) keys.push_back(key(std::to_string(i)));
  Transaction transaction;
  for (const std::string& each : keys) {
    transaction.expected.push_back({each, std::nullopt});
    transaction.puts.push_back({each, "1"});
  }
  EXPECT_EQ(store_->commit(transaction).outcome, CommitOutcome::kCommitted);
  EXPECT_EQ(values().size(), kStoreTransactionMax);
}

TEST_P(StoreContract, ATransactionBeyondABoundIsRefusedWithAReason) {
  ASSERT_EQ(put(key("a"), std::nullopt, "1"), CommitOutcome::kCommitted);
  const auto fails = [&](const Transaction& transaction, std::string_view reason) {
    const Commit commit = store_->commit(transaction);
    EXPECT_EQ(commit.outcome, CommitOutcome::kFailed) << reason;
    EXPECT_THAT(commit.reason, testing::HasSubstr(std::string(reason)));
  };
  const std::string a = key("a"), b = key("b");
  const std::string large(kStoreValueMax + 1, 'x');
  fails({.expected = {}, .puts = {{a, large}}, .erased = {}}, "1048577 bytes");
  fails({.expected = {}, .puts = {{a, "2"}, {b, "2"}, {a, "3"}}, .erased = {}}, "put twice");
  fails({.expected = {}, .puts = {{a, "2"}}, .erased = {{a, b}}}, "put and erased");
  std::vector<std::string> keys;
  keys.reserve(kStoreTransactionMax + 1);
  for (std::size_t i = 0; i <= kStoreTransactionMax; ++i) keys.push_back(key(std::to_string(i)));
  Transaction many_puts, many_comparisons;
  for (const std::string& each : keys) {
    many_puts.puts.push_back({each, "2"});
    many_comparisons.expected.push_back({each, std::nullopt});
  }
  fails(many_puts, "65 writes");
  fails(many_comparisons, "65 comparisons");
  EXPECT_THAT(values(), ElementsAre("1"));
}

TEST_P(StoreContract, ReclaimedSpaceLeavesTheNewestValues) {
  ASSERT_EQ(put(key("a"), std::nullopt, "0"), CommitOutcome::kCommitted);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(put(key("a"), std::to_string(i), std::to_string(i + 1)), CommitOutcome::kCommitted);
    EXPECT_TRUE(store_->reclaim().ok());
    EXPECT_TRUE(store_->reclaim().ok()) << "nothing new since";
  }
  EXPECT_THAT(values(), ElementsAre("5"));
}

TEST_P(StoreContract, OfRacingWritersEachStepHasOneWinner) {
  ASSERT_EQ(put(key("a"), std::nullopt, "0"), CommitOutcome::kCommitted);
  constexpr int kThreads = 4, kSteps = 50;
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int step = 0; step < kSteps; ++step) {
        // All threads try each step; read() sees what another one has committed.
        const CommitOutcome outcome = put(key("a"), std::to_string(step), std::to_string(step + 1));
        if (outcome == CommitOutcome::kCommitted) won.fetch_add(1);
        EXPECT_NE(outcome, CommitOutcome::kFailed);
        const Result<StoreRange> seen = store_->read(key("a"), key("a") + '\0', 1);
        ASSERT_TRUE(seen.ok());
        EXPECT_GT(std::stoi(seen->entries.at(0).value), step);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won.load(), kSteps);
  EXPECT_THAT(values(), ElementsAre(std::to_string(kSteps)));
}

TEST_P(StoreContract, HealthNamesAMemberThatLeads) {
  const StoreHealth health = store_->health();
  ASSERT_FALSE(health.members.empty());
  int leaders = 0;
  for (const StoreMember& member : health.members) {
    EXPECT_EQ(member.error, "");
    EXPECT_NE(member.version, "");
    leaders += member.is_leader ? 1 : 0;
  }
  EXPECT_EQ(leaders, 1);
  EXPECT_THAT(health.alarms, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Of, StoreContract, ::testing::Values(Kind::kModel, Kind::kEtcd),
                         [](const auto& kind) {
                           return kind.param == Kind::kModel ? "model" : "etcd";
                         });

}  // namespace
}  // namespace frontrow
