// The data directory of a single instance becomes the first of a cluster. Those of a static
// cluster: import_static_test.cc.
#include "tools/frontrow/cluster/import.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/codec/event_codec.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/shared_log/shared_journal.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/support/temp_directory.h"
#include "tests/tools/frontrow/cluster/cluster_support.h"
#include "tools/frontrow/config/cluster_identity.h"

namespace frontrow::cluster {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr SlotId kSlot{17};

class ClusterImport : public testing::Test, protected TestCluster {
 protected:
  ClusterImport() { import.directories = {{"box-1", directory.data()}}; }

  std::unique_ptr<RocksDbJournal> open() {
    auto journal = RocksDbJournal::open({.directory = directory.data()});
    EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error());
    EXPECT_TRUE(
        (*journal)
            ->replay({.on_group = [](const GroupView&) { return Status(); }, .on_progress = {}})
            .ok());
    return std::move(*journal);
  }
  // A stopped directory with these events, each a group.
  LogEnd write(const std::vector<Event>& events) {
    const auto journal = open();
    stream = journal->stream();
    std::uint64_t seq = 0;
    for (const Event& event : events) {
      ByteBuffer bytes;
      const std::size_t begin = begin_record(bytes, kSlot, ++seq, Instant{1000});
      ByteWriter writer(bytes);
      encode_event(event, writer);
      finish_record(bytes, begin, 1);
      const std::span<const std::byte> part = bytes;
      EXPECT_EQ(journal->append({{&part, 1}, 1, 1, Instant{1000}}), AppendStatus::kDurable);
    }
    const LogEnd end = journal->end();
    EXPECT_TRUE(journal->close().ok());
    return end;
  }
  // The directory of a single instance with two charges.
  LogEnd write_charges() {
    UserId user;
    user.bytes[15] = 7;
    return write({WalletCharged{user, make_charge(1), Money{100}},
                  WalletCharged{user, make_charge(2), Money{200}}});
  }
  static ChargeId make_charge(std::uint64_t counter) {
    return ChargeId{std::uint64_t{kSlot.value} << 40 | counter};
  }

  Result<std::string> run() {
    import.cluster = args;
    return import_into(store, import, patience());
  }
  void expect_refused(const std::string& why) {
    const auto before = store.content();
    const auto text = run();
    ASSERT_FALSE(text.ok()) << *text;
    EXPECT_THAT(text.error(), AllOf(HasSubstr(why), testing::Not(HasSubstr("\n"))));
    EXPECT_EQ(store.content(), before);
    EXPECT_FALSE(std::filesystem::exists(directory.data() + "/cluster.id") && !is_imported);
  }

  TempDirectory directory;
  ImportArgs import;
  std::uint64_t stream = 0;
  bool is_imported = false;
};

TEST_F(ClusterImport, directory_becomes_the_owner_of_all_slots) {
  create();
  const LogEnd end = write_charges();
  const auto text = run();
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_THAT(*text, AllOf(HasSubstr("box-1 owns all 4096 slots"), HasSubstr("up to group 2")));
  const ClusterMap now = map();
  ASSERT_EQ(now.instances.size(), 1U);
  EXPECT_EQ(now.instances[0].name, "box-1");
  EXPECT_EQ(now.instances[0].stream, stream);
  EXPECT_EQ(now.instances[0].weight, 100U);
  EXPECT_EQ(now.slots_of(1), kSlotCount);
  EXPECT_EQ(now.place(kSlot).follower_count(), 0U);
  const auto state = log().state(stream);
  ASSERT_TRUE(state.ok() && *state);
  EXPECT_EQ((*state)->last, end.number);
  EXPECT_EQ((*state)->hash, end.hash);
  const auto identity = read_cluster_identity(directory.data());
  ASSERT_TRUE(identity.ok() && *identity);
  EXPECT_EQ((*identity)->cluster, "tour");
  EXPECT_EQ((*identity)->instance, "box-1");
  SharedLog shared = log();
  EXPECT_EQ((*identity)->id, open_cluster(shared, "tour", std::nullopt)->id);
}

// As the server opens it in the cluster.
TEST_F(ClusterImport, imported_directory_goes_on_in_the_shared_log) {
  create();
  write_charges();
  ASSERT_TRUE(run().ok());
  auto local = RocksDbJournal::open({.directory = directory.data()});
  ASSERT_TRUE(local.ok()) << local.error();
  SharedLog shared = log();
  SharedJournal journal(shared, **local, **local, {.instance = "box-1", .writer = 5});
  std::size_t groups = 0;
  const Status replayed = journal.replay({.on_group =
                                              [&](const GroupView&) {
                                                ++groups;
                                                return Status();
                                              },
                                          .on_progress = {}});
  ASSERT_TRUE(replayed.ok()) << replayed.error();
  EXPECT_EQ(groups, 2U);
  const std::string text = "a record";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(journal.append({{&bytes, 1}, 1, 1, Instant{2000}}), AppendStatus::kDurable);
  EXPECT_TRUE(journal.close().ok());
}

TEST_F(ClusterImport, dry_run_writes_nothing) {
  create();
  write_charges();
  import.dry_run = true;
  const auto before = store.content();
  const auto text = run();
  ASSERT_TRUE(text.ok()) << text.error();
  EXPECT_THAT(*text, AllOf(HasSubstr("a dry run"), HasSubstr("up to group 2")));
  EXPECT_EQ(store.content(), before);
  EXPECT_FALSE(std::filesystem::exists(directory.data() + "/cluster.id"));
}

TEST_F(ClusterImport, interrupted_import_is_finished_by_the_next_one) {
  create();
  const LogEnd end = write_charges();
  SharedLog shared = log();
  // Behind the stream's state.
  ASSERT_TRUE(StreamAppender::begin_at(shared, {.stream = stream, .instance = "box-1", .writer = 1},
                                       {end.number, end.hash},
                                       [](const std::string&) { return true; })
                  .ok());
  ASSERT_TRUE(run().ok());
  // Behind the map.
  std::filesystem::remove(directory.data() + "/cluster.id");
  const ClusterMap before = map();
  const auto again = run();
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_EQ(map(), before);
  EXPECT_TRUE((*read_cluster_identity(directory.data())).has_value());
}

TEST_F(ClusterImport, instance_that_was_registered_keeps_its_id) {
  create();
  write_charges();
  change([](const ClusterMap& map) {
    return add_instance(*add_instance(map, "box-3", 1), "box-1", 50);
  });
  ASSERT_TRUE(run().ok());
  EXPECT_EQ(map().find("box-1")->id, 2);
  EXPECT_EQ(map().find("box-1")->weight, 50U);
  EXPECT_EQ(map().slots_of(2), kSlotCount);
}

TEST_F(ClusterImport, directory_of_a_cluster_is_refused) {
  create();
  write_charges();
  ASSERT_TRUE(run().ok());
  is_imported = true;
  expect_refused("belongs to the instance box-1 of the cluster tour already");
}

TEST_F(ClusterImport, directory_with_a_running_instance_is_refused) {
  create();
  write_charges();
  const auto running = open();
  expect_refused("stop it");
}

TEST_F(ClusterImport, missing_directory_is_refused) {
  create();
  expect_refused(directory.data());
}

TEST_F(ClusterImport, cluster_with_slots_is_refused) {
  begin(1);
  write_charges();
  import.directories[0].instance = "box-2";
  expect_refused("the cluster has slots already");
}

TEST_F(ClusterImport, name_of_a_running_instance_is_refused) {
  create();
  write_charges();
  beat(0);
  expect_refused("an instance box-1 runs in the cluster");
  set_state(0, MemberState::kDead);
  EXPECT_TRUE(run().ok());
}

TEST_F(ClusterImport, cluster_that_was_not_created_is_refused) {
  write_charges();
  expect_refused("frontrow cluster init");
}

// The directory is opened, and its stream goes on, before the map has it: another command did that.
TEST_F(ClusterImport, map_is_left_if_the_stream_changes_meanwhile) {
  create();
  write_charges();
  int commits = 0;
  store.on_commit([&] {
    if (++commits != 2) return;
    put(log().keys().stream(stream),
        encode_stream_state({.instance = "box-1", .writer = 9, .epoch = 2, .last = 3}));
  });
  const auto text = run();
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error(), HasSubstr("another key has changed"));
  EXPECT_TRUE(map().instances.empty());
  EXPECT_FALSE(std::filesystem::exists(directory.data() + "/cluster.id"));
}

}  // namespace
}  // namespace frontrow::cluster
