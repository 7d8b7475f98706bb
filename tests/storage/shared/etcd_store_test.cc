#include "storage/shared/etcd_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/shared_log/shared_log.h"
#include "tests/storage/shared/etcd_members.h"

namespace frontrow {
namespace {

using std::chrono::steady_clock;
using testing::HasSubstr;

EtcdOptions options_of(std::vector<std::string> endpoints) {
  EtcdOptions options;
  options.endpoints = std::move(endpoints);
  return options;
}

std::unique_ptr<EtcdStore> store_of(const EtcdMembers& members) {
  return std::move(*EtcdStore::open(options_of(members.endpoints())));
}

std::int64_t ms_since(steady_clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin).count();
}

Commit put(ConsensusStore& store, std::string_view key, std::string_view value) {
  return store.commit({.expected = {}, .puts = {{key, value}}, .erased = {}});
}

TEST(EtcdOptions, MalformedOnesAreRefusedInOneLine) {
  const auto error_of = [](const EtcdOptions& options) {
    const auto store = EtcdStore::open(options);
    return store.ok() ? std::string() : store.error();
  };
  EXPECT_THAT(error_of({}), HasSubstr("no etcd endpoint"));
  for (const char* endpoint :
       {"10.0.0.1", "http://10.0.0.1:2379", ":2379", "a:0", "a:70000", "a:b"})
    EXPECT_THAT(error_of(options_of({endpoint})), HasSubstr("expected host:port")) << endpoint;
  EtcdOptions tls = options_of({"localhost:2379"});
  tls.ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(error_of(tls), HasSubstr("can't read /nowhere/ca.pem"));
  tls.ca_file = "/etc/passwd";
  EXPECT_THAT(error_of(tls), HasSubstr("/etc/passwd is not a PEM file"));
  EXPECT_EQ(error_of(options_of({"localhost:2379", "[::1]:2379"})), "");
}

TEST(EtcdStore, AnUnreachableEtcdIsNamedWithinTheDeadline) {
  EtcdOptions options = options_of({"127.0.0.1:1", "127.0.0.1:2"});
  options.deadline = milliseconds(300);
  const auto store = std::move(*EtcdStore::open(options));
  const auto begin = steady_clock::now();
  const Commit commit = put(*store, "a", "1");
  EXPECT_EQ(commit.outcome, CommitOutcome::kUnknown);
  EXPECT_THAT(commit.reason, HasSubstr("etcd at 127.0.0.1:1"));
  const Result<StoreRange> range = store->read("a", "b", 1);
  ASSERT_FALSE(range.ok());
  EXPECT_THAT(range.error(), HasSubstr("etcd at 127.0.0.1:"));
  EXPECT_LT(ms_since(begin), 5000);
  const StoreHealth health = store->health();
  ASSERT_EQ(health.members.size(), 2u);
  for (const StoreMember& member : health.members) EXPECT_NE(member.error, "");
}

class ThreeMembers : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!EtcdMembers::available()) GTEST_SKIP() << "etcd is not installed (package etcd-server)";
    members_ = std::make_unique<EtcdMembers>(3);
    store_ = store_of(*members_);
  }
  std::unique_ptr<EtcdMembers> members_;
  std::unique_ptr<EtcdStore> store_;
};

TEST_F(ThreeMembers, AnotherMemberAnswersWhenOneIsGone) {
  ASSERT_EQ(put(*store_, "a", "1").outcome, CommitOutcome::kCommitted);
  members_->kill(0);
  const auto begin = steady_clock::now();
  while (put(*store_, "a", "2").outcome != CommitOutcome::kCommitted)
    ASSERT_LT(ms_since(begin), 20'000);
  const Result<StoreRange> range = store_->read("a", "b", 1);
  ASSERT_TRUE(range.ok());
  EXPECT_EQ(range->entries.at(0).value, "2");
}

using ThoroughThreeMembers = ThreeMembers;

TEST_F(ThoroughThreeMembers, WithoutAMajorityNothingIsConfirmedNorRead) {
  ASSERT_EQ(put(*store_, "a", "1").outcome, CommitOutcome::kCommitted);
  members_->suspend(1);
  members_->suspend(2);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(put(*store_, "a", "2").outcome, CommitOutcome::kUnknown);
    EXPECT_FALSE(store_->read("a", "b", 1).ok());
  }
  EXPECT_THAT(store_->health().alarms_error, HasSubstr("etcd at "));
  members_->resume(1);
  members_->resume(2);
  const auto begin = steady_clock::now();
  while (put(*store_, "a", "3").outcome != CommitOutcome::kCommitted)
    ASSERT_LT(ms_since(begin), 20'000);
  EXPECT_EQ(store_->health().alarms_error, "");
}

// The writer goes through a change of etcd's leader: each group is there once, in order.
TEST_F(ThreeMembers, AStreamLosesNothingWhenTheLeaderIsKilled) {
  SharedLog log(*store_, "contract");
  const auto never = [](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return false;
  };
  auto writer = StreamAppender::create(log, {.stream = 7, .instance = "a", .writer = 1}, never);
  ASSERT_TRUE(writer.ok());
  for (std::uint64_t n = 1; n <= 300; ++n) {
    if (n == 100) {
      const std::size_t leader = members_->leader();
      ASSERT_LT(leader, members_->count());
      members_->kill(leader);
    }
    ASSERT_EQ(writer->append("group " + std::to_string(n), n, never), SharedAppend::kDurable) << n;
  }
  const auto groups = log.groups(7, 0, 300, 1000);
  ASSERT_TRUE(groups.ok()) << groups.error();
  ASSERT_EQ(groups->size(), 300u);
  for (std::uint64_t n = 1; n <= 300; ++n)
    EXPECT_EQ((*groups)[n - 1].bytes, "group " + std::to_string(n));
}

TEST(EtcdQuota, ADatabaseOverItsQuotaConfirmsNothingAndSaysSo) {
  if (!EtcdMembers::available()) GTEST_SKIP() << "etcd is not installed (package etcd-server)";
  const EtcdMembers members(1, {"--quota-backend-bytes=4000000"});
  const auto store = store_of(members);
  const std::string value(500'000, 'x');
  Commit commit{.outcome = CommitOutcome::kCommitted, .reason = {}};
  for (int i = 0; i < 100 && commit.outcome == CommitOutcome::kCommitted; ++i)
    commit = put(*store, "key" + std::to_string(i), value);
  // etcd applies the transaction that crosses the quota and answers with an error.
  EXPECT_EQ(commit.outcome, CommitOutcome::kUnknown);
  EXPECT_THAT(commit.reason, HasSubstr("space exceeded"));
  EXPECT_THAT(store->health().alarms, testing::ElementsAre("NOSPACE"));
}

}  // namespace
}  // namespace frontrow
