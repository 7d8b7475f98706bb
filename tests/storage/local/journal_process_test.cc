// Tests that need a second process: kill -9, the lock, a takeover.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/storage/local/journal_test_support.h"
#include "tests/storage/local/writer_process.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kForever = 1'000'000'000;

TEST(JournalProcess, killed_writer_loses_nothing_acknowledged) {
  const TempDirectory dir;
  std::uint64_t stored = 0;
  for (int life = 0; life < 10; ++life) {
    SCOPED_TRACE("life " + std::to_string(life));
    WriterProcess writer(dir.data(), kForever);
    std::uint64_t acknowledged = stored;
    for (int n = 0; n < 5 + 3 * life; ++n) {
      const auto number = writer.next_acknowledged();
      ASSERT_TRUE(number.has_value());
      EXPECT_EQ(*number, acknowledged + 1);
      acknowledged = *number;
    }
    writer.kill();
    while (const auto number = writer.next_acknowledged()) acknowledged = *number;

    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    stored = expect_groups(*journal, acknowledged, acknowledged + 1);
    EXPECT_EQ(journal->epoch(), 2U * (life + 1U));
    EXPECT_FALSE(journal->opened_after_clean_stop());
  }
}

TEST(JournalProcess, directory_of_a_living_process_is_refused_by_its_pid) {
  const TempDirectory dir;
  WriterProcess writer(dir.data(), kForever);
  ASSERT_TRUE(writer.next_acknowledged().has_value());
  EXPECT_EQ(refusal_at(dir.data()), dir.data() + "/LOCK: the data directory is in use by process " +
                                        std::to_string(writer.pid()));
  writer.kill();
  EXPECT_EQ(refusal_at(dir.data()), "");
}

TEST(JournalProcess, owner_whose_lock_was_forced_is_fenced_and_writes_nothing) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 3);
  std::filesystem::remove(dir.data() + "/LOCK");
  std::filesystem::remove(dir.data() + "/db/LOCK");
  {
    WriterProcess thief(dir.data(), 8);
    EXPECT_TRUE(thief.ended_well());
  }
  EXPECT_EQ(append_text(*journal, group_text(4)), AppendStatus::kFenced);
  EXPECT_EQ(append_text(*journal, group_text(4)), AppendStatus::kFailed);
  EXPECT_EQ(journal->last_group(), 3U);
  journal.reset();
  // A fenced journal keeps its database open until its process ends, so only another process can
  // read it.
  WriterProcess heir(dir.data(), 9);
  EXPECT_EQ(heir.next_acknowledged(), 9U);
  EXPECT_TRUE(heir.ended_well());
}

}  // namespace
}  // namespace frontrow
