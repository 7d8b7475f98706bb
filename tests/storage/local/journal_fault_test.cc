// Write and sync errors under a running journal: acknowledged groups remain, later appends are
// refused, and only a new process can determine the state.
#include <gtest/gtest.h>

#include <string>

#include "storage/local/rocksdb_journal.h"
#include "tests/storage/local/faulty_file_system.h"
#include "tests/storage/local/journal_test_support.h"

namespace rocksdb {

static void PrintTo(const IOStatus& error, std::ostream* out) { *out << error.ToString(); }

}  // namespace rocksdb

namespace frontrow {
namespace {

using rocksdb::IOStatus;

constexpr std::uint64_t kFaultGroups = 7;
constexpr std::size_t kFaultGroupBytes = 20'000;
constexpr std::size_t kSmallWriteBuffer =
    64 << 10;  // so that log, table files and manifest are all written

IOStatus no_space() {
  IOStatus s = IOStatus::NoSpace("injected");
  s.SetRetryable(true);  // as the real file system reports it
  return s;
}

// Appends up to kFaultGroups groups; returns how many were acknowledged. After the first refusal no
// append may be acknowledged, though the file system works again.
std::uint64_t append_through_fault(RocksDbJournal& journal) {
  std::uint64_t acknowledged = 0;
  bool refused = false;
  for (std::uint64_t n = 1; n <= kFaultGroups; ++n) {
    const AppendStatus status =
        append_text(journal, group_text(acknowledged + 1, kFaultGroupBytes));
    EXPECT_NE(status, AppendStatus::kFenced);
    if (status == AppendStatus::kDurable) {
      EXPECT_FALSE(refused) << "acknowledged after a failure: " << journal.failure();
      ++acknowledged;
    } else {
      refused = true;
      EXPECT_NE(journal.failure(), "");
    }
  }
  EXPECT_EQ(journal.last_group(), acknowledged);
  return acknowledged;
}

std::unique_ptr<RocksDbJournal> open_on(const FaultyEnv& faulty, const TempDirectory& dir) {
  return open_journal(
      {.directory = dir.data(), .env = faulty.env.get(), .write_buffer_bytes = kSmallWriteBuffer});
}

class EveryOperation : public ::testing::TestWithParam<IOStatus> {};

TEST_P(EveryOperation, failing_once_loses_nothing_acknowledged) {
  int index = 0;
  int refusals = 0;
  for (bool fired = true; fired; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 2000);
    const TempDirectory dir;
    const FaultyEnv faulty;
    std::uint64_t acknowledged = 0;
    {
      auto journal = open_on(faulty, dir);
      ASSERT_NE(journal, nullptr);
      replayed(*journal);
      faulty.files->arm(index, GetParam());
      acknowledged = append_through_fault(*journal);
      if (acknowledged < kFaultGroups) ++refusals;
      fired = faulty.files->fired();
    }
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    const std::uint64_t found =
        expect_groups(*journal, acknowledged, acknowledged + 1, kFaultGroupBytes);
    append_up_to(*journal, found + 2, kFaultGroupBytes);
  }
  // Every group costs at least an append and a sync of the log, and each failure must be detected.
  EXPECT_GE(refusals, 2 * static_cast<int>(kFaultGroups));
}

INSTANTIATE_TEST_SUITE_P(JournalFault, EveryOperation,
                         ::testing::Values(IOStatus::IOError("injected"), no_space()),
                         [](const auto& error) {
                           return error.param.IsNoSpace() ? "with_no_space" : "with_an_io_error";
                         });

TEST(JournalFault, open_that_fails_at_any_operation_can_be_repeated) {
  const TempDirectory dir;
  journal_up_to(dir.data(), 3);
  bool fired = true;
  int index = 0;
  int refusals = 0;
  for (; fired; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 500);
    const FaultyEnv faulty;
    faulty.files->arm(index, IOStatus::IOError("injected"));
    if (!refusal({.directory = dir.data(), .env = faulty.env.get()}).empty()) ++refusals;
    fired = faulty.files->fired();
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    expect_groups(*journal, 3, 3);
  }
  EXPECT_GE(refusals, 5);
}

TEST(JournalFault, creation_that_fails_at_any_operation_can_be_repeated) {
  bool fired = true;
  for (int index = 0; fired; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 500);
    const TempDirectory dir;
    const FaultyEnv faulty;
    faulty.files->arm(index, IOStatus::IOError("injected"));
    static_cast<void>(refusal({.directory = dir.data(), .env = faulty.env.get()}));
    fired = faulty.files->fired();
    EXPECT_EQ(refusal_at(dir.data()), "");
  }
}

// RocksDB by default would flush again once there is space, clear its error and continue behind a
// gap.
TEST(JournalFault, full_disk_in_the_background_is_final) {
  const TempDirectory dir;
  const FaultyEnv faulty;
  std::uint64_t acknowledged = 0;
  {
    auto journal = open_on(faulty, dir);
    replayed(*journal);
    faulty.files->arm(0, no_space(), ".sst");
    while (acknowledged < 10'000 &&
           append_text(*journal, group_text(acknowledged + 1, kFaultGroupBytes)) ==
               AppendStatus::kDurable) {
      ++acknowledged;
    }
    EXPECT_TRUE(faulty.files->fired());
    ASSERT_LT(acknowledged, 10'000U);
    EXPECT_NE(journal->failure().find("injected"), std::string::npos) << journal->failure();
    EXPECT_EQ(append_text(*journal, group_text(acknowledged + 1, kFaultGroupBytes)),
              AppendStatus::kFailed);
    EXPECT_FALSE(journal->close().ok());
  }
  auto journal = open_at(dir.data());
  expect_groups(*journal, acknowledged, acknowledged + 1, kFaultGroupBytes);
}

}  // namespace
}  // namespace frontrow
