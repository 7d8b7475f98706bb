// The stored side of copies: directories and snapshots from before, gaps and losses in the log, the
// work of compactions.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <chrono>
#include <functional>
#include <map>
#include <thread>

#include "engine/base/hash.h"
#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "storage/local/snapshot_store.h"
#include "tests/documented_hex.h"
#include "tests/storage/local/copies_support.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kCopied = 0x0fedcba987654321;

void with_store(const TempDirectory& dir, const std::function<void(Store&)>& change) {
  auto store = open_store({dir.data() + "/db", nullptr, 1 << 20}, false);
  ASSERT_TRUE(store.ok()) << store.error();
  change(*store);
}

std::string key_text(std::uint64_t number) {
  const auto key = encode_group_key({kCopied, number});
  return {key.data(), key.size()};
}

// A directory with `synced` groups of the copied stream on disk and `more` behind them.
void make_copy(const TempDirectory& dir, std::uint64_t synced, std::uint64_t more) {
  auto journal = journal_up_to(dir.data(), 3);
  StreamOwner owner(kCopied);
  ASSERT_TRUE(journal->copies()->begin(owner.position(0)).ok());
  add_up_to(*journal->copies(), owner, synced);
  ASSERT_TRUE(journal->copies()->sync().ok());
  add_up_to(*journal->copies(), owner, synced + more);
  ASSERT_TRUE(journal->close().ok());
}

// Removes the family, as in a directory from before there were copies.
void remove_family(const TempDirectory& dir) {
  with_store(dir, [](Store& store) { ASSERT_TRUE(store.db->DropColumnFamily(store.copies).ok()); });
}

TEST(CopiesStore, directory_from_before_gets_the_family_when_opened_for_writing) {
  const TempDirectory dir;
  ASSERT_TRUE(journal_up_to(dir.data(), 4)->close().ok());
  remove_family(dir);
  {
    const auto store = open_store_read_only({dir.data() + "/db", nullptr, 1 << 20});
    ASSERT_TRUE(store.ok()) << store.error();
    EXPECT_EQ((*store)->copies, nullptr);
    EXPECT_NE((*store)->groups, nullptr);
  }
  for (int life = 0; life < 2; ++life) {
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    EXPECT_EQ(journal->copies()->streams().size(), static_cast<std::size_t>(life));
    expect_groups(*journal, 4, 4);
    StreamOwner owner(kCopied);
    ASSERT_TRUE(journal->copies()->begin(owner.position(0)).ok());
    add_up_to(*journal->copies(), owner, 3);
  }
}

TEST(CopiesStore, groups_behind_a_gap_are_removed_at_the_next_start) {
  const TempDirectory dir;
  make_copy(dir, 4, 5);
  with_store(dir, [](Store& store) {
    ASSERT_TRUE(store.db->Delete(rocksdb::WriteOptions(), store.copies, key_text(7)).ok());
  });
  StreamOwner owner(kCopied);
  for (int life = 0; life < 2; ++life) {
    auto journal = open_at(dir.data());
    Copies& copies = *journal->copies();
    EXPECT_EQ(copy_of(copies, kCopied).damage, "");
    EXPECT_EQ(copy_of(copies, kCopied).newest.number, 6U);
    expect_copied(copies, owner, 0, 6);
  }
  with_store(dir, [](Store& store) {
    std::string value;
    EXPECT_TRUE(
        store.db->Get(rocksdb::ReadOptions(), store.copies, key_text(9), &value).IsNotFound());
  });
  auto journal = open_at(dir.data());
  add_up_to(*journal->copies(), owner, 9);
  expect_copied(*journal->copies(), owner, 0, 9);
}

struct Loss {
  const char* name;
  std::function<void(Store&)> make;
  const char* damage;
};
void PrintTo(const Loss& loss, std::ostream* out) { *out << loss.name; }

class LostCopy : public testing::TestWithParam<Loss> {};

TEST_P(LostCopy, is_damaged_while_the_own_stream_is_not_and_can_be_replaced) {
  const TempDirectory dir;
  make_copy(dir, 6, 2);
  with_store(dir, GetParam().make);
  StreamOwner owner(kCopied);
  auto journal = open_at(dir.data());
  ASSERT_NE(journal, nullptr);
  Copies& copies = *journal->copies();
  EXPECT_THAT(copy_of(copies, kCopied).damage, HasSubstr(GetParam().damage));
  EXPECT_THAT(copies.add(kCopied, owner.group(9)).error(), HasSubstr(GetParam().damage));
  EXPECT_TRUE(copies.sync()->empty());
  expect_groups(*journal, 3, 3);
  append_up_to(*journal, 4);
  ASSERT_TRUE(copies.begin(owner.position(5)).ok());
  EXPECT_EQ(copy_of(copies, kCopied).damage, "");
  add_up_to(copies, owner, 9);
  expect_copied(copies, owner, 5, 9);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, LostCopy,
    testing::Values(
        Loss{"synced_group_missing",
             [](Store& store) {
               for (const std::uint64_t n : {6, 7, 8})
                 ASSERT_TRUE(
                     store.db->Delete(rocksdb::WriteOptions(), store.copies, key_text(n)).ok());
             },
             "group 6"},
        Loss{"another_group_in_its_place",
             [](Store& store) {
               StreamOwner impostor(kCopied, 301);
               const ByteBuffer& bytes = impostor.group(6);
               ASSERT_TRUE(store.db
                               ->Put(rocksdb::WriteOptions(), store.copies, key_text(6),
                                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
                               .ok());
             },
             "group 6: chain hash"},
        Loss{"position_changed",
             [](Store& store) {
               const std::string key = "synced/0fedcba987654321";
               std::string value;
               ASSERT_TRUE(store.db->Get(rocksdb::ReadOptions(), store.meta, key, &value).ok());
               value[0] ^= 1;
               ASSERT_TRUE(store.db->Put(rocksdb::WriteOptions(), store.meta, key, value).ok());
             },
             "synced/0fedcba987654321: wrong hash"}),
    [](const auto& way) { return std::string(way.param.name); });

// --- snapshots

SnapshotHead example_head() {
  return {.stream = 0x1122334455667788,
          .slot = SlotId{7},
          .group = 2,
          .seq = 2,
          .state_hash = 0x0123456789abcdef,
          .time = Instant{1'767'225'600'002},
          .parts = 1,
          .bytes = 100,
          .content_hash = 0xfedcba9876543210};
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

TEST(SnapshotStore, example_is_the_one_in_the_documentation) {
  const std::string head = encode_snapshot_head(example_head());
  EXPECT_EQ(hex_of(std::as_bytes(std::span(head))),
            documented_hex("LOG_FORMAT.md", "hex snapshot-head"));
}

TEST(SnapshotStore, head_of_the_version_before_is_of_the_own_stream) {
  const std::string bytes = bytes_of_hex(documented_hex("LOG_FORMAT.md", "hex snapshot-head-2"));
  const auto head = decode_snapshot_head(bytes, 0x55);
  ASSERT_TRUE(head.ok()) << head.error();
  EXPECT_EQ(head->stream, 0x55U);
  EXPECT_EQ(head->slot, example_head().slot);
  EXPECT_EQ(head->group, example_head().group);
  EXPECT_EQ(head->seq, example_head().seq);
  EXPECT_EQ(head->state_hash, example_head().state_hash);
  EXPECT_EQ(head->time, example_head().time);
  EXPECT_EQ(head->parts, example_head().parts);
  EXPECT_EQ(head->bytes, example_head().bytes);
  EXPECT_EQ(head->content_hash, example_head().content_hash);
}

TEST(SnapshotStore, head_of_another_stream_is_refused) {
  EXPECT_THAT(decode_snapshot_head(encode_snapshot_head(example_head()), 0x55).error(),
              HasSubstr("it is of stream 1122334455667788, not of 0000000000000055"));
}

// Writes the head of a stored snapshot anew as version 2 wrote it.
void write_as_version_2(Store& store, const std::string& key) {
  std::string value;
  ASSERT_TRUE(store.db->Get(rocksdb::ReadOptions(), store.snapshots, key, &value).ok());
  value[0] = value[2] = 2;
  value.erase(8, 8);  // the stream
  value.resize(value.size() - 8);
  const std::uint64_t sum = xxh3_64(value);
  value.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  ASSERT_TRUE(store.db->Put(rocksdb::WriteOptions(), store.snapshots, key, value).ok());
}

TEST(SnapshotStore, snapshots_of_a_directory_from_before_are_read_and_replaced) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 9);
    for (const SlotId slot : {SlotId{7}, SlotId{8}})
      ASSERT_TRUE(write_part(journal->archive(), slot, 3, 30, "from before").ok());
    ASSERT_TRUE(journal->archive().set_checkpoint_group(3).ok());
    ASSERT_TRUE(journal->close().ok());
  }
  remove_family(dir);
  with_store(dir, [](Store& store) {
    for (const char slot : {'\7', '\10'}) write_as_version_2(store, {'\0', slot, 'h'});
  });
  {
    auto journal = open_at(dir.data());
    EXPECT_EQ(read_parts(journal->archive(), SlotId{7}), "from before");
    ASSERT_TRUE(write_part(journal->archive(), SlotId{7}, 9, 90, "anew").ok());
    ASSERT_TRUE(journal->archive().set_checkpoint_group(9).ok());
  }
  auto journal = open_at(dir.data());
  EXPECT_EQ(read_parts(journal->archive(), SlotId{7}), "anew");
  EXPECT_EQ(read_parts(journal->archive(), SlotId{8}), "from before");
}

// --- compactions

// Waits for RocksDB's own threads; gives up after a minute.
bool comes_true(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Streams that grow side by side: what a flush writes is merged once, and then moves down
// unchanged.
TEST(CopiesStore, compactions_rewrite_a_group_about_once) {
  constexpr std::size_t kBuffer = 64 << 10;
  constexpr std::uint64_t kGroups = 300;
  constexpr std::size_t kGroupBytes = 10'000;
  const TempDirectory dir;
  auto store = open_store({dir.data(), nullptr, kBuffer}, true);
  ASSERT_TRUE(store.ok()) << store.error();
  for (std::uint64_t n = 1; n <= kGroups; ++n) {
    for (const std::uint64_t stream : {1, 2, 3}) {
      const auto key = encode_group_key({stream, n});
      ASSERT_TRUE(store->db
                      ->Put(rocksdb::WriteOptions(), store->copies, {key.data(), key.size()},
                            group_text(n, kGroupBytes))
                      .ok());
    }
  }
  const auto files_on = [&store](std::size_t level) {
    rocksdb::ColumnFamilyMetaData tables;
    store->db->GetColumnFamilyMetaData(store->copies, &tables);
    return tables.levels[level].files.size();
  };
  EXPECT_TRUE(comes_true([&] { return files_on(0) <= 4 && files_on(2) >= 6; }));
  std::map<std::string, std::string> stats;
  ASSERT_TRUE(store->db->GetMapProperty(store->copies, rocksdb::DB::Properties::kCFStats, &stats));
  constexpr double kGigabyte = 1 << 30;
  const double written = 3 * kGroups * kGroupBytes / kGigabyte;
  EXPECT_LT(std::stod(stats["compaction.L1.WriteGB"]), 3 * written);
  EXPECT_EQ(std::stod(stats["compaction.L2.WriteGB"]), 0.0);
}

}  // namespace
}  // namespace frontrow
