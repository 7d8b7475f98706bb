#include "storage/local/rocksdb_journal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <thread>
#include <vector>

#include "tests/storage/local/journal_test_support.h"
#include "tests/storage/local/writer_process.h"

namespace frontrow {
namespace {

TEST(RocksDbJournal, new_stream_is_empty_and_private) {
  const TempDirectory dir;
  auto journal = open_at(dir.data());
  EXPECT_TRUE(replayed(*journal).empty());
  EXPECT_EQ(journal->last_group(), 0U);
  EXPECT_EQ(journal->epoch(), 1U);
  EXPECT_NE(journal->stream(), 0U);
  EXPECT_FALSE(journal->opened_after_clean_stop());
  struct stat st;
  ASSERT_EQ(::stat(dir.data().c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0700U);
}

TEST(RocksDbJournal, appended_groups_are_replayed_as_they_were) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 25);
    ASSERT_TRUE(journal->close().ok());
  }
  auto journal = open_at(dir.data());
  EXPECT_TRUE(journal->opened_after_clean_stop());
  expect_groups(*journal, 25, 25);
}

TEST(RocksDbJournal, reopened_stream_goes_on_numbering_with_the_next_epoch) {
  const TempDirectory dir;
  std::uint64_t stream = 0;
  for (std::uint64_t life = 1; life <= 4; ++life) {
    auto journal = open_at(dir.data());
    EXPECT_EQ(journal->epoch(), life);
    EXPECT_TRUE(life == 1 || journal->stream() == stream);
    stream = journal->stream();
    expect_groups(*journal, 3 * (life - 1), 3 * (life - 1));
    append_up_to(*journal, 3 * life);
    // Every other life ends without close().
    if (life % 2 == 0) {
      EXPECT_TRUE(journal->close().ok());
    }
  }
}

TEST(RocksDbJournal, clean_stop_is_forgotten_by_the_next_crash) {
  const TempDirectory dir;
  for (const bool clean : {true, false, true}) {
    auto journal = open_at(dir.data());
    replayed(*journal);
    if (clean) {
      EXPECT_TRUE(journal->close().ok());
    }
    journal.reset();
    auto next = open_at(dir.data());
    EXPECT_EQ(next->opened_after_clean_stop(), clean);
  }
}

TEST(RocksDbJournal, groups_of_many_table_files_are_replayed_in_order) {
  const TempDirectory dir;
  const JournalOptions options{.directory = dir.data(), .write_buffer_bytes = 64 << 10};
  {
    auto journal = open_journal(options);
    replayed(*journal);
    append_up_to(*journal, 150, 20'000);
  }
  EXPECT_GE(database_files(dir.data(), ".sst").size(), 5U);
  auto journal = open_journal(options);
  expect_groups(*journal, 150, 150, 20'000);
}

TEST(RocksDbJournal, second_opener_is_refused_and_told_who_holds_it) {
  const TempDirectory dir;
  auto journal = open_at(dir.data());
  EXPECT_EQ(refusal_at(dir.data()), dir.data() + "/LOCK: the data directory is in use by process " +
                                        std::to_string(::getpid()));
  journal.reset();
  EXPECT_EQ(refusal_at(dir.data()), "");
}

TEST(RocksDbJournal, stream_other_than_the_wanted_one_is_refused) {
  const TempDirectory dir;
  open_journal({.directory = dir.data(), .stream = 0xab});
  EXPECT_EQ(refusal({.directory = dir.data(), .stream = 0xcd}),
            dir.data() + ": the log is of stream 00000000000000ab, not 00000000000000cd");
  EXPECT_EQ(refusal({.directory = dir.data(), .stream = 0xab}), "");
}

TEST(RocksDbJournal, directory_without_parent_is_refused) {
  const TempDirectory dir;
  EXPECT_NE(refusal_at(dir.data() + "/a/b").find("cannot create the directory"), std::string::npos);
}

TEST(RocksDbJournal, error_of_the_visitor_ends_the_replay_with_the_group_named) {
  const TempDirectory dir;
  journal_up_to(dir.data(), 5);
  auto journal = open_at(dir.data());
  int calls = 0;
  const auto on_group = [&](const GroupView& group) -> Status {
    ++calls;
    if (group.number == 3) return Error{"seat 7 has two owners"};
    return {};
  };
  const Status status = journal->replay({.on_group = on_group, .on_progress = {}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error(),
            dir.data() + ": group 3 (byte 760 of the stream): seat 7 has two owners");
  EXPECT_EQ(calls, 3);
}

TEST(RocksDbJournal, long_replay_reports_its_progress) {
  const TempDirectory dir;
  constexpr std::uint64_t kGroups = 12;
  journal_up_to(dir.data(), kGroups);
  auto journal = open_at(dir.data());
  // Each group takes 30 ms here; reports come at intervals of at least 100 ms.
  const auto on_group = [](const GroupView&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return Status();
  };
  std::vector<ReplayProgress> reports;
  const auto on_progress = [&](const ReplayProgress& progress) {
    reports.push_back(progress);
    return true;
  };
  ASSERT_TRUE(journal->replay({.on_group = on_group, .on_progress = on_progress}).ok());
  ASSERT_FALSE(reports.empty());
  EXPECT_LT(reports.size(), kGroups);
  for (const ReplayProgress& report : reports) {
    EXPECT_EQ(report.groups_total, kGroups);
    EXPECT_EQ(report.bytes_done, report.groups_done * (80 + 300));
  }
}

TEST(RocksDbJournal, replay_stops_where_its_visitor_wants_no_more) {
  const TempDirectory dir;
  constexpr std::uint64_t kGroups = 12;
  journal_up_to(dir.data(), kGroups);
  auto journal = open_at(dir.data());
  std::uint64_t groups = 0;
  const auto on_group = [&groups](const GroupView&) {
    ++groups;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return Status();
  };
  const auto on_progress = [](const ReplayProgress&) { return false; };
  const Status status = journal->replay({.on_group = on_group, .on_progress = on_progress});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error(), dir.data() + fmt::format(": stopped after group {} of 12", groups));
  EXPECT_LT(groups, kGroups);
}

TEST(RocksDbJournal, lock_taken_over_fences_the_owner_for_good) {
  struct Case {
    const char* name;
    void (*take_over)(const std::string& lock);
  };
  const Case cases[] = {
      {"removed", [](const std::string& lock) { std::filesystem::remove(lock); }},
      {"replaced",
       [](const std::string& lock) {
         std::filesystem::remove(lock);
         write_file(lock, "pid 1 epoch 2\n");
       }},
      {"rewritten", [](const std::string& lock) { write_file(lock, "pid 1 epoch 2\n"); }},
  };
  for (const Case& c : cases) {
    const TempDirectory dir;
    auto journal = journal_up_to(dir.data(), 2);
    c.take_over(dir.data() + "/LOCK");
    EXPECT_EQ(append_text(*journal, group_text(3)), AppendStatus::kFenced) << c.name;
    EXPECT_NE(journal->failure().find("took the data directory over"), std::string::npos) << c.name;
    EXPECT_EQ(append_text(*journal, group_text(3)), AppendStatus::kFailed) << c.name;
    EXPECT_FALSE(journal->close().ok()) << c.name;
    journal.reset();
    // A fenced journal keeps its database open until its process ends, so only another process can
    // read it, and only without the lock that this process's RocksDB still has.
    std::filesystem::remove(dir.data() + "/db/LOCK");
    WriterProcess heir(dir.data(), 3);
    EXPECT_EQ(heir.next_acknowledged(), 3U) << c.name;
    EXPECT_TRUE(heir.ended_well()) << c.name;
  }
}

TEST(RocksDbJournal, space_is_low_below_the_reserve_only) {
  const TempDirectory dir;
  auto journal = open_journal({.directory = dir.data(), .reserve_bytes = 1});
  EXPECT_GT(journal->space().free_bytes, 0U);
  EXPECT_FALSE(journal->space().low());
  journal.reset();
  journal = open_journal(
      {.directory = dir.data(), .reserve_bytes = std::numeric_limits<std::uint64_t>::max()});
  EXPECT_TRUE(journal->space().low());
}

}  // namespace
}  // namespace frontrow
