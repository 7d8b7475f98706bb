// The journal's directory below a shared log (local_log.h): groups without a sync of each.
#include "engine/runtime/journal/local_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/storage/local/journal_test_support.h"
#include "tests/storage/local/writer_process.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

ByteBuffer next_group(const RocksDbJournal& journal, std::size_t size = 300) {
  const std::string text = group_text(journal.end().number + 1, size);
  const auto bytes = std::as_bytes(std::span(text));
  ByteBuffer group;
  journal.encode_next({.records = {&bytes, 1}, .record_count = 2, .event_count = 3, .time = {}},
                      group);
  return group;
}

void add_up_to(RocksDbJournal& journal, std::uint64_t last) {
  while (journal.end().number < last) {
    const auto added = journal.add(next_group(journal));
    ASSERT_TRUE(added.ok()) << added.error();
    EXPECT_EQ(added->number, journal.end().number);
    EXPECT_EQ(added->record_count, 2U);
  }
}

TEST(LocalLog, encoding_changes_nothing) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 2);
  const LogEnd before = journal->end();
  EXPECT_EQ(next_group(*journal), next_group(*journal));
  EXPECT_EQ(journal->end(), before);
}

TEST(LocalLog, added_groups_come_back_in_order) {
  const TempDirectory dir;
  LogEnd end;
  {
    auto journal = journal_up_to(dir.data(), 2);
    add_up_to(*journal, 5);
    EXPECT_EQ(journal->last_group(), 2U);  // on disk
    EXPECT_EQ(*journal->sync(), 5U);
    EXPECT_EQ(*journal->sync(), 5U);
    EXPECT_EQ(journal->last_group(), 5U);
    add_up_to(*journal, 7);
    end = journal->end();
  }
  // The page cache outlives the process.
  auto journal = open_at(dir.data());
  EXPECT_EQ(expect_groups(*journal, 7, 7), 7U);
  EXPECT_EQ(journal->end(), end);
}

// A group of an earlier process that the disk had lost has an earlier epoch.
TEST(LocalLog, groups_of_earlier_owners_are_added_behind_a_later_start) {
  const TempDirectory dir;
  ByteBuffer second;
  {
    auto journal = journal_up_to(dir.data(), 1);
    second = next_group(*journal);
  }
  static_cast<void>(open_at(dir.data()));
  auto journal = open_at(dir.data());
  static_cast<void>(replayed(*journal));
  ASSERT_TRUE(journal->add(second).ok());
  add_up_to(*journal, 3);
  journal.reset();
  journal = open_at(dir.data());
  expect_groups(*journal, 3, 3);
}

TEST(LocalLog, group_that_does_not_follow_is_refused_for_good) {
  const TempDirectory one;
  const TempDirectory other;
  auto journal = journal_up_to(one.data(), 3);
  const ByteBuffer next = next_group(*journal);
  const auto strange = journal->add(next_group(*journal_up_to(other.data(), 3)));
  ASSERT_FALSE(strange.ok());
  EXPECT_THAT(strange.error(), HasSubstr("a group of the shared log: stream"));
  EXPECT_FALSE(journal->add(next).ok());
  EXPECT_FALSE(journal->sync().ok());
  EXPECT_FALSE(journal->close().ok());
  journal.reset();
  expect_groups(*open_at(one.data()), 3, 3);
}

TEST(LocalLog, damaged_group_is_refused) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 1);
  ByteBuffer group = next_group(*journal);
  group.back() ^= std::byte{1};
  const auto added = journal->add(group);
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error(), HasSubstr("chain hash"));
}

TEST(LocalLog, directory_that_another_process_owns_is_left_alone) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 1);
  std::filesystem::remove(dir.data() + "/LOCK");
  const auto added = journal->add(next_group(*journal));
  ASSERT_FALSE(added.ok());
  EXPECT_THAT(added.error(), HasSubstr("another process took the data directory over"));
}

// A power cut that takes the end of one of RocksDB's log files, and less of the next one.
TEST(LocalLog, groups_behind_a_gap_are_cut_off_and_added_again) {
  for (const bool is_flushed : {false, true}) {
    SCOPED_TRACE(is_flushed);
    const TempDirectory dir;
    std::vector<ByteBuffer> groups;
    std::uint64_t stream = 0;
    {
      auto journal = journal_up_to(dir.data(), 2);
      stream = journal->stream();
      for (std::uint64_t last = 3; last <= 5; ++last) add_up_to(*journal, last);
    }
    {
      // The groups that the store has, made by a copy of the directory.
      const TempDirectory other;
      std::filesystem::copy(dir.data(), other.data(), std::filesystem::copy_options::recursive);
      auto journal = open_at(other.data());
      expect_groups(*journal, 5, 5);
      while (journal->end().number < 9) {
        groups.push_back(next_group(*journal));
        ASSERT_TRUE(journal->add(groups.back()).ok());
      }
    }
    {
      auto store = open_store({.path = dir.data() + "/db"}, false);
      ASSERT_TRUE(store.ok()) << store.error();
      for (std::uint64_t number = 7; number <= 8; ++number) {
        const auto key = encode_group_key({stream, number});
        const ByteBuffer& group = groups[number - 6];
        ASSERT_TRUE(store->db
                        ->Put({}, store->groups, {key.data(), key.size()},
                              {reinterpret_cast<const char*>(group.data()), group.size()})
                        .ok());
      }
      if (is_flushed) {  // by a start that was cut short
        ASSERT_TRUE(store->db->Flush({}, store->groups).ok());
      }
      ASSERT_TRUE(store->close().ok());
    }
    EXPECT_THAT(refusal_at(dir.data()), HasSubstr("group"));
    {
      auto journal = open_journal({.directory = dir.data(), .cuts_at_gap = true});
      ASSERT_NE(journal, nullptr);
      expect_groups(*journal, 5, 5);
      for (const ByteBuffer& group : groups) {
        const auto added = journal->add(group);
        ASSERT_TRUE(added.ok()) << added.error();
      }
      EXPECT_EQ(*journal->sync(), 9U);
      ASSERT_TRUE(journal->close().ok());
    }
    expect_groups(*open_at(dir.data()), 9, 9);
  }
}

// A power cut that leaves some pages of what was not synced: RocksDB's log is damaged in its
// middle.
TEST(LocalLog, damage_above_the_watermark_is_cut_off_and_the_groups_added_again) {
  const TempDirectory dir;
  std::vector<ByteBuffer> groups;
  {
    auto journal = journal_up_to(dir.data(), 2);
    while (journal->end().number < 9) {
      groups.push_back(next_group(*journal));
      ASSERT_TRUE(journal->add(groups.back()).ok());
    }
  }
  std::filesystem::path newest;
  for (const auto& file : std::filesystem::directory_iterator(dir.data() + "/db")) {
    if (file.path().extension() == ".log" && file.path() > newest) newest = file.path();
  }
  {
    std::fstream log(newest, std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(static_cast<std::streamoff>(std::filesystem::file_size(newest) * 6 / 10));
    log << std::string(100, '\0');
  }
  EXPECT_THAT(refusal_at(dir.data()), HasSubstr("the log is damaged"));
  auto journal = open_journal({.directory = dir.data(), .cuts_at_gap = true});
  ASSERT_NE(journal, nullptr);
  static_cast<void>(replayed(*journal));
  const std::uint64_t kept = journal->end().number;
  EXPECT_GE(kept, 2U);
  EXPECT_LT(kept, 9U);
  for (std::size_t i = kept - 2; i < groups.size(); ++i) {
    const auto added = journal->add(groups[i]);
    ASSERT_TRUE(added.ok()) << added.error();
  }
  EXPECT_EQ(*journal->sync(), 9U);
  ASSERT_TRUE(journal->close().ok());
  journal.reset();
  expect_groups(*open_at(dir.data()), 9, 9);
}

TEST(LocalLog, gap_below_the_watermark_is_refused_in_any_case) {
  const TempDirectory dir;
  std::uint64_t stream = 0;
  {
    auto journal = journal_up_to(dir.data(), 9);
    stream = journal->stream();
  }
  {
    auto store = open_store({.path = dir.data() + "/db"}, false);
    ASSERT_TRUE(store.ok()) << store.error();
    const auto key = encode_group_key({stream, 6});
    ASSERT_TRUE(store->db->Delete({}, store->groups, {key.data(), key.size()}).ok());
    ASSERT_TRUE(store->close().ok());
  }
  EXPECT_THAT(refusal({.directory = dir.data(), .cuts_at_gap = true}), HasSubstr("damaged"));
}

TEST(LocalLog, any_operation_that_fails_loses_nothing_synced) {
  int refusals = 0;
  bool is_beyond = false;
  for (int index = 0; !is_beyond; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 2000);
    const TempDirectory dir;
    std::uint64_t synced = 0;
    {
      WriterProcess writer(dir.data(), FaultAt{index});
      while (const auto number = writer.next_acknowledged()) synced = *number;
      const WriterProcess::End end = writer.end();
      ASSERT_NE(end, WriterProcess::End::kWrong);
      is_beyond = end == WriterProcess::End::kWell;
      if (end == WriterProcess::End::kRefused || end == WriterProcess::End::kAborted) ++refusals;
    }
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    expect_groups(*journal, synced, kLocalLogGroups, kLocalLogBytes);
  }
  EXPECT_GE(refusals, static_cast<int>(kLocalLogGroups));
}

}  // namespace
}  // namespace frontrow
