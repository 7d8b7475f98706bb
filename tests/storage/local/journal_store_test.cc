#include "storage/local/journal_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "tests/storage/local/faulty_file_system.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

constexpr std::size_t kStoreWriteBuffer = 64 << 10;

rocksdb::Status put(Store& store, std::uint64_t number, std::size_t size) {
  const auto key = encode_group_key({1, number});
  return store.db->Put(durable_write(), store.groups, {key.data(), key.size()},
                       group_text(number, size));
}

std::size_t files_on(Store& store, std::size_t level) {
  rocksdb::ColumnFamilyMetaData tables;
  store.db->GetColumnFamilyMetaData(store.groups, &tables);
  return tables.levels[level].files.size();
}

// Waits for RocksDB's own threads; gives up after a minute.
template <class Condition>
bool awaited(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(JournalStore, flushed_groups_move_down_without_being_rewritten) {
  const TempDirectory dir;
  auto store = open_store({dir.data(), nullptr, kStoreWriteBuffer}, true);
  ASSERT_TRUE(store.ok()) << store.error();
  for (std::uint64_t n = 1; n <= 100; ++n) ASSERT_TRUE(put(*store, n, 20'000).ok());
  EXPECT_TRUE(awaited([&] { return files_on(*store, 1) >= 8 && files_on(*store, 0) <= 4; }));
  std::map<std::string, std::string> stats;
  ASSERT_TRUE(store->db->GetMapProperty(store->groups, rocksdb::DB::Properties::kCFStats, &stats));
  EXPECT_GT(std::stod(stats["compaction.L0.WriteGB"]), 0.0);
  EXPECT_EQ(std::stod(stats["compaction.L1.WriteGB"]), 0.0);
}

TEST(JournalStore, failed_flush_stops_writes_though_the_disk_works_again) {
  for (const bool retryable : {false, true}) {
    const TempDirectory dir;
    const FaultyEnv faulty;
    auto store = open_store({dir.data(), faulty.env.get(), kStoreWriteBuffer}, true);
    ASSERT_TRUE(store.ok()) << store.error();
    auto error = rocksdb::IOStatus::NoSpace("injected");
    error.SetRetryable(retryable);
    faulty.files->arm(0, error, ".sst");
    for (std::uint64_t n = 1; n <= 5; ++n) put(*store, n, 20'000).PermitUncheckedError();
    ASSERT_TRUE(awaited([&] { return store->errors->failed(); }));
    EXPECT_NE(store->errors->message().find("injected"), std::string::npos);
    // RocksDB's own recovery, if enabled, would begin within a second or so, and then accept writes
    // again.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
    while (std::chrono::steady_clock::now() < until) {
      ASSERT_FALSE(put(*store, 6, 100).ok());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

TEST(JournalStore, families_are_all_there_from_the_start) {
  const TempDirectory dir;
  auto store = open_store({dir.data(), nullptr, kStoreWriteBuffer}, true);
  ASSERT_TRUE(store.ok()) << store.error();
  EXPECT_EQ(store->meta->GetName(), kMetaFamily);
  EXPECT_EQ(store->groups->GetName(), kGroupsFamily);
  EXPECT_EQ(store->snapshots->GetName(), kSnapshotsFamily);
  EXPECT_EQ(store->copies->GetName(), kCopiesFamily);
}

TEST(JournalStore, inspecting_nothing_finds_nothing_and_makes_nothing) {
  const TempDirectory dir;
  const auto content = inspect_store({dir.data(), nullptr, kStoreWriteBuffer});
  ASSERT_TRUE(content.ok()) << content.error();
  EXPECT_FALSE(content->has_value());
  EXPECT_FALSE(std::filesystem::exists(dir.data()));
}

TEST(JournalStore, creation_cut_before_the_identity_is_seen_as_such) {
  const TempDirectory dir;
  ASSERT_TRUE(open_store({dir.data(), nullptr, kStoreWriteBuffer}, true).ok());
  const auto content = inspect_store({dir.data(), nullptr, kStoreWriteBuffer});
  ASSERT_TRUE(content.ok()) << content.error();
  ASSERT_TRUE(content->has_value());
  EXPECT_FALSE((*content)->identity.has_value());
}

}  // namespace
}  // namespace frontrow
